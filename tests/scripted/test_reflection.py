"""Focal points, insights and relationships pass the host's parsers."""

from __future__ import annotations

import ast
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted.prompts import chat, complete, enveloped, innocent

STATEMENTS = st.lists(
    st.one_of(
        st.sampled_from(["Ida Berg is baking bread", "Max Roe is conversing about cats. Really"]),
        st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=80)
        .filter(innocent)
        # Prompts are stripped, and memories are not empty.
        .map(str.strip)
        .filter(bool),
    ),
    min_size=1,
    max_size=30,
)


@given(STATEMENTS)
def test_focal_points_are_the_text_of_a_list(statements: list[str]) -> None:
    body = "\n".join(statements)
    prompt = (
        f"{body}\n\nGiven only the information above, what are 3 most salient high-level"
        " questions we can answer?\n1)"
    )
    questions = ast.literal_eval(json.loads(chat(enveloped(prompt)))["output"])
    assert len(set(questions)) == 3
    lines = ("1) " + complete(prompt, max_tokens=150).strip()).split("\n")
    assert [line.split(") ")[-1] for line in lines] == questions


@given(STATEMENTS)
def test_insights_have_evidence_among_the_statements(statements: list[str]) -> None:
    numbered = "".join(f"{n}. {text}\n" for n, text in enumerate(statements))
    prompt = (
        f"Input:\n{numbered}\n\nWhat 5 high-level insights can you infer from the above"
        " statements? (example format: insight (because of 1, 5, 3))\n1."
    )
    found = {}
    for line in ("1. " + complete(prompt, max_tokens=150).strip()).split("\n"):
        row = line.split(". ")[-1]
        evidence = row.split("(because of ")[1].split(")")[0]
        found[row.split("(because of ")[0].strip()] = [int(n) for n in re.findall(r"\d+", evidence)]
    assert len(found) == 5
    assert all(0 <= n < len(statements) for numbers in found.values() for n in numbers)


@pytest.mark.parametrize("verb", ["characterize", "summarize"])
def test_relationships_depend_on_conversations(verb: str) -> None:
    prompt = (
        "[Statements]\n{}\n\nBased on the statements above, "
        + verb
        + " Ida Berg and Max Roe's relationship.\n\n\""
    )
    strangers = json.loads(chat(enveloped(prompt.format("the desk is idle"))))["output"]
    friends = json.loads(chat(enveloped(prompt.format("Max Roe is conversing with Ida"))))["output"]
    assert strangers != friends
    for text in (strangers, friends):
        assert "Ida Berg" in text.split('"')[0]
        assert "Max Roe" in text.split('"')[0]


def test_a_whisper_becomes_a_statement() -> None:
    prompt = (
        "Translate the following thought into a statement about Ida Berg. \n\n"
        'Thought: "You are running for mayor"\nStatement: "'
    )
    assert complete(prompt, max_tokens=50) == 'Ida Berg is running for mayor"'


def test_relevant_statements_for_a_question_come_first() -> None:
    prompt = (
        "Statements: \nthe desk is idle\nIda Berg is baking bread\n\nAn interviewer said to Ida"
        ' Berg: \n"Do you like baking?"\n\nSummarize the Statements that are most relevant to the'
        " interviewer's line:\n\""
    )
    assert json.loads(chat(enveloped(prompt)))["output"].startswith("Ida Berg is baking bread.")

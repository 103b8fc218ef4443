"""Emojis, triples, object states, poignancy and yes-or-no answers as the host reads them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted.prompts import chat, complete, describe, enveloped, innocent

WORDS = st.text(
    st.characters(categories=["L", "P", "Zs"], exclude_characters="\n"), max_size=60
).filter(innocent)


def output(prompt: str) -> object:
    return json.loads(chat(enveloped(prompt)))["output"]


@given(WORDS)
def test_an_emoji_fits_into_three_characters(action: str) -> None:
    prompt = f"Convert an action description.\n\nAction description: {action}\nEmoji:"
    emoji = output(prompt)
    assert isinstance(emoji, str)
    assert 1 <= len(emoji) <= 3


def triple(subject: str, action: str) -> list[str]:
    prompt = (
        "Task: Turn the input into (subject, predicate, object). \n\nInput: Bo is eating fish. \n"
        f"Output: (Bo, eat, fish)\n---\nInput: {subject} is {action}. \nOutput: ({subject},"
    )
    answer = complete(prompt, max_tokens=30, stop=["\n"]).strip()
    return [part.strip() for part in answer.split(")")[0].split(",")]  # as the host reads it


@pytest.mark.parametrize(
    ("action", "parts"),
    [
        ("making a cup of tea", ["make", "cup of tea"]),
        ("sleeping", ["is", "sleeping"]),
        ("being used to cook", ["is", "being used to cook"]),
        ("reading, then (quietly) writing", ["read", "then quietly writing"]),
    ],
)
def test_triples(action: str, parts: list[str]) -> None:
    assert triple("Ida Berg", action) == parts


@given(WORDS)
def test_any_action_makes_a_triple_of_two_parts(action: str) -> None:
    parts = triple("desk", action)
    assert len(parts) == 2
    assert all(parts)


def test_an_object_has_a_state() -> None:
    prompt = (
        "Task: We want to understand the state of an object.\nWe want to know about bed's state. \n"
        "Step 1. Ida Berg is at/using the sleeping.\nStep 2. Describe the bed's state: bed is"
    )
    assert output(prompt) == "being slept in"


def poignancy(what: str, kind: str = "Event") -> int:
    prompt = (
        f"{describe()}\nOn the scale of 1 to 10, rate.\n\n{kind}: \n{what}\n\n"
        "Rate (return a number between 1 to 10):"
    )
    answer = output(prompt)
    assert isinstance(answer, str)  # the host strips it before it is a number
    return int(answer.strip())


@given(WORDS, st.sampled_from(["Event", "Thought", "Conversation"]))
def test_poignancy_is_a_number_from_one_to_ten(what: str, kind: str) -> None:
    assert 1 <= poignancy(what, kind) <= 10


def test_news_and_conversations_are_more_important_than_chores() -> None:
    chores = poignancy("wiping the table")
    talk = poignancy("conversing about the garden", "Conversation")
    news = poignancy("Max invites Ida to a party")
    assert chores < talk
    assert chores < news
    assert poignancy("Ida and Max broke up") >= 8


def talks(context: str, time: str) -> bool:
    prompt = (
        "Task -- given context, determine whether the subject will initiate a conversation with"
        f' another. \nAnswer in "yes" or "no": []\n---\nContext: {context}\nRight now, it is'
        f" May 01, 2023, {time} PM. Ida and Bo last chatted at  about . \n\nQuestion: Would Ida"
        " initiate a conversation with Bo? \n\nReasoning: Let's think step by step."
    )
    answer = complete(prompt, max_tokens=20).split("Answer in yes or no:")[-1].strip().lower()
    assert answer in ("yes", "no")
    return answer == "yes"


def test_people_sometimes_talk() -> None:
    asked = [talks(f"context {n}", "14:00:00") for n in range(200)]
    assert 20 < sum(asked) < 160


def test_nobody_begins_to_talk_late_at_night() -> None:
    # No answer is valid for a schedule that is revised up to midnight.
    assert not any(talks(f"context {n}", "22:10:00") for n in range(50))


@pytest.mark.parametrize(
    ("one", "two", "options"),
    [
        ("reading", "reading", {"2"}),
        ("taking a shower", "using the bathroom", {"1", "2"}),
    ],
)
def test_a_persona_waits_only_for_an_object_for_one_user(
    one: str, two: str, options: set[str]
) -> None:
    prompt = (
        "three options that a subject can take\n---\nContext: {}\nRight now, it is May 01, 2023,"
        " 08:00:00 AM. \nMy question: what should Ida do?\nOption 1: Wait on {} until Bo is done"
        " {}\nOption 2: Continue on to {} now\nReasoning: "
    )
    answers = {
        complete(prompt.format(n, one, two, one), max_tokens=20).split("Answer: Option")[-1].strip()
        for n in range(60)
    }
    assert answers == options


def test_safety_is_json_with_an_integer() -> None:
    prompt = (
        'We want no human-like agency.\n\nComment: "{}"\n--\nOutput a json file:\n'
        '{{\n"output": <an integer on a 1 to 10 scale>\n}}'
    )
    assert int(json.loads(chat(prompt.format("What do you do?")))["output"]) < 8
    assert int(json.loads(chat(prompt.format("I love you")))["output"]) >= 8


def test_keywords_have_two_groups() -> None:
    prompt = (
        "Factually descriptive keywords: [Fill in]\n===\n"
        "Description of an event or a conversation: Ida bakes bread\n"
        "Factually descriptive keywords:"
    )
    factual, emotive = complete(prompt, max_tokens=50).split("Emotive keywords:")
    assert "bakes" in factual
    assert emotive.strip()

"""Constraints are patterns whose longest match is known, and that take what they should."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.model import grammar
from tests.host.prompts.sampler import sample

PATTERNS = {
    "phrase": grammar.phrase(10),
    "sentence": grammar.sentence(240),
    "emoji": grammar.emoji(3),
    "number": grammar.number(1, 10),
    "json": '{"output": "' + grammar.phrase(4) + '"}',
    "lines": grammar.repeat("\n" + grammar.word(), 2, 5) + grammar.optional(grammar.literal(".")),
}


@pytest.mark.parametrize("name", PATTERNS)
@given(seed=st.integers(0, 2**32))
def test_no_match_is_longer_than_said(name: str, seed: int) -> None:
    pattern = PATTERNS[name]
    text = sample(pattern.constraint, random.Random(seed))
    assert len(text.encode()) <= pattern.longest


@pytest.mark.parametrize("name", PATTERNS)
def test_the_bound_is_reached(name: str) -> None:
    """A bound far above what is needed would reserve room for nothing."""
    longest = max(
        len(sample(PATTERNS[name].constraint, random.Random(seed)).encode()) for seed in range(300)
    )
    assert longest >= PATTERNS[name].longest / 3


@given(st.text(min_size=1))
def test_a_literal_matches_itself_alone(text: str) -> None:
    pattern = grammar.literal(text).regex
    assert re.fullmatch(pattern, text)
    assert not re.fullmatch(pattern, text + "x")


@given(st.lists(st.text(alphabet="ab.|()", min_size=1), min_size=1), st.text(alphabet="ab.|()"))
def test_one_of_takes_the_answers_and_no_other(answers: list[str], other: str) -> None:
    pattern = grammar.one_of(answers).regex
    assert all(re.fullmatch(pattern, answer) for answer in answers)
    assert bool(re.fullmatch(pattern, other)) == (other in answers)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 99))
def test_a_number_is_of_the_range(low: int, width: int, value: int) -> None:
    pattern = grammar.number(low, low + width).regex
    assert bool(re.fullmatch(pattern, str(value))) == (low <= value <= low + width)


@given(st.integers(0, 2**32))
def test_a_phrase_has_nothing_that_a_host_parses_by(seed: int) -> None:
    text = sample(grammar.phrase(12).constraint, random.Random(seed))
    assert not set(text) & set('()[]{}<>:;,."\\\n~|')
    assert " -" not in text
    assert text[0].isalpha()
    assert text == text.strip()


@given(st.integers(0, 2**32))
def test_a_sentence_is_json_text_on_one_line(seed: int) -> None:
    text = sample(grammar.sentence(200).constraint, random.Random(seed))
    assert not set(text) & set('"\\\n()[]{}<>')
    assert text.isprintable()
    assert text[0].isalpha()


def test_the_longest_choice_counts_bytes() -> None:
    assert grammar.Choice(("yes", "café")).longest == 5

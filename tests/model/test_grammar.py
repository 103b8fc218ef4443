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
    "prose": grammar.prose(60),
    "emoji": grammar.emoji(3),
    "number": grammar.number(1, 10),
    "json": '{"output": "' + grammar.prose(40) + '"}',
    "lines": grammar.repeat("\n" + grammar.word(), 2, 5) + grammar.optional(grammar.literal(".")),
    "prose in lines": grammar.repeat(grammar.prose(20) + "\n", 1, 3),
}
SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize("name", PATTERNS)
@given(seed=SEEDS)
def test_no_match_is_longer_than_said(name: str, seed: int) -> None:
    pattern = PATTERNS[name]
    text = sample(pattern.constraint, random.Random(seed))
    assert len(text.encode()) <= pattern.longest


@pytest.mark.parametrize("name", PATTERNS)
def test_the_bound_is_not_far_above_what_is_needed(name: str) -> None:
    """Or it would reserve tokens for nothing. Prose may hold four bytes a character."""
    longest = max(
        len(sample(PATTERNS[name].constraint, random.Random(seed)).encode()) for seed in range(300)
    )
    assert longest >= PATTERNS[name].longest / 4


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


@pytest.mark.parametrize("most", [0, 40])
@given(seed=SEEDS)
def test_prose_has_nothing_that_a_host_parses_by(most: int, seed: int) -> None:
    text = sample(grammar.prose(most, ",:").constraint, random.Random(seed))
    assert not set(text) & set('()[]{}<>"\\\n~|,:')
    assert "--" not in text
    assert len(text.splitlines()) == 1
    assert text[0].isalpha() or ord(text[0]) > 0x7F
    assert text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "reading up on self-driving cars, at 10:30 am (or so)",
        "she's making 50% more coffee & tea; isn't she?",
        "今日は図書館で本を読みます。",
        "오늘은 도서관에서 책을 읽습니다.",
        "elle étudie l’économie à l’école – ça va ?",
        "она пишет письмо",
    ],
)
def test_prose_takes_every_script(text: str) -> None:
    plain = re.sub(r"[()]", "", text)
    assert re.fullmatch(grammar.prose().regex, plain)
    assert re.fullmatch(grammar.prose(80).regex, plain)


LINE = "1) " + grammar.prose(20) + ". (" + grammar.number(1, 60) + " min)"
LINES = LINE + grammar.repeat("\n" + LINE, 0, 2)


def test_prose_that_used_up_its_room_is_cut_at_a_word() -> None:
    full = "making breakfast for"
    assert len(full) == 20
    assert LINES.trimmed(f"1) {full}. (5 min)") == "1) making breakfast. (5 min)"
    assert LINES.trimmed(f"1) tea. (5 min)\n1) {full}. (5 min)").count(full) == 0
    hyphens = f"a well-{full}"
    assert LINES.trimmed(f"1) {hyphens}. (5 min)") == "1) a well-making breakfast. (5 min)"


@pytest.mark.parametrize(
    "text", ["1) making tea. (5 min)", "1) 今日は図書館で本を読みますよと言いました", "no form"]
)
def test_other_answers_stay_as_they_are(text: str) -> None:
    assert LINES.trimmed(text) == text


def test_words_without_spaces_have_no_last_word() -> None:
    assert grammar.cut_at_word("今日は図書館") == "今日は図書館"
    assert grammar.cut_at_word("a cup of te") == "a cup of"


def test_an_answer_that_was_cut_keeps_its_whole_lines() -> None:
    assert LINES.completed("1) tea. (5 min)\n1) cof") == "1) tea. (5 min)"
    assert LINES.completed("1) tea. (5 min)") == "1) tea. (5 min)"
    assert LINES.completed("1) te") is None


def test_prose_that_was_cut_keeps_its_whole_words() -> None:
    assert grammar.prose().completed("having a cup of co") == "having a cup of"


@pytest.mark.parametrize(
    ("cut", "completed"),
    [
        ('{"said": "Good mor', '{"said": "Good", "end": true}'),
        ('{"said": "Good morning"', '{"said": "Good morning", "end": true}'),
        ('{"said": "Good morning", "end": false', '{"said": "Good morning", "end": false}'),
        ('{"said": "今日は図書館', '{"said": "今日は図書館", "end": true}'),
        ('{"sa', None),
    ],
)
def test_what_follows_prose_that_was_cut_is_added(cut: str, completed: str | None) -> None:
    said = '{"said": "' + grammar.prose() + '", "end": ' + grammar.one_of(("true", "false")) + "}"
    assert said.completed(cut) == completed


@given(SEEDS)
def test_a_trimmed_answer_is_allowed(seed: int) -> None:
    text = sample(LINES.constraint, random.Random(seed))
    assert re.fullmatch(LINES.regex, LINES.trimmed(text))


def test_the_longest_choice_counts_bytes() -> None:
    assert grammar.Choice(("yes", "café")).longest == 5

"""Subtasks and revised schedules satisfy the host's own arithmetic."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.scripted.prompts import complete, describe

TASKS = st.sampled_from(
    ["having lunch", "serving customers at Corner Cafe", "writing a novel", "gazing at the moon"]
)


def subtasks(answer: str) -> list[tuple[str, int]]:
    """Parsed as run_gpt_prompt_task_decomp does: without the first three words of further lines."""
    rows = []
    for number, line in enumerate(answer.split("\n")):
        words = line.strip().split(" ")
        text = " ".join(words if number == 0 else words[3:])
        task, minutes = text.split("(duration in minutes:")
        rows.append((task.strip().rstrip("."), int(minutes.split(",")[0].strip())))
    return rows


@given(TASKS, st.integers(1, 288))
def test_subtasks_fill_the_time_in_steps_of_five_minutes(task: str, fives: int) -> None:
    minutes = 5 * fives
    prompt = (
        "Describe subtasks in 5 min increments. \n---\nName: Kim Roe\nIn 5 min increments, list the"
        " subtasks Kim does when Kim is resting from 09:00am ~ 10:00am (total duration in minutes:"
        " 60):\n1) Kim is resting. (duration in minutes: 60, minutes left: 0)\n---\n"
        f"{describe()}\nToday is May 01. From 12:00PM ~ 13:00PM, Ida Berg is planning on {task}.\n"
        f"In 5 min increments, list the subtasks Ida does when Ida is {task} from 12:00PM ~ 13:00PM"
        f" (total duration in minutes {minutes}): \n1) Ida is"
    )
    answer = complete(prompt, max_tokens=1000)
    rows = subtasks(answer)
    assert sum(length for _, length in rows) == minutes
    assert all(length > 0 and length % 5 == 0 for _, length in rows)
    assert all(name and "(" not in name for name, _ in rows)
    assert len(answer) < 4000  # the host allows 1,000 tokens, and fails on a list that is cut


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


def revision_prompt(
    plan: list[tuple[str, int]], kept: list[tuple[str, int]], start: int, end: int
) -> str:
    """As run_gpt_prompt_new_decomp_schedule writes it; the last row of ``kept`` is unexpected."""

    def rows(activities: list[tuple[str, int]]) -> tuple[list[str], int]:
        lines, now = [], start
        for activity, length in activities:
            lines.append(f"{clock(now)} ~ {clock(now + length)} -- {activity}")
            now += length
        return lines, now

    begun, now = rows(kept)
    span = f"from {clock(start)} AM to {clock(end)} PM"
    return "\n".join(
        [
            f"Here was Ida's originally planned schedule {span}. ",
            *rows(plan)[0],
            "",
            f"But Ida unexpectedly ended up {kept[-1][0]} for {kept[-1][1]} minutes. Revise Ida's"
            f" schedule {span} accordingly (it has to end by {clock(end)} PM). ",
            "The revised schedule:",
            *begun,
            f"{clock(now)} ~",
        ]
    )


def revised(prompt: str, answer: str) -> list[tuple[str, int]]:
    """Prompt and answer parsed together, as the host does."""
    text = f"{prompt} {answer.strip()}".split("The revised schedule:")[-1].strip()
    rows = []
    for line in text.split("\n"):
        span, activity = line.split(" -- ")
        a, b = (re.fullmatch(r"\s*(\d\d):(\d\d)\s*", part) for part in span.split(" ~ "))
        assert a
        assert b
        length = (int(b[1]) - int(a[1])) * 60 + int(b[2]) - int(a[2])
        rows.append((activity, max(length, 0)))
    return rows


@given(
    lengths=st.lists(st.integers(1, 12).map(lambda n: 5 * n), min_size=1, max_size=12),
    under_way=st.integers(0, 11),
    unexpected=st.integers(1, 40),
    start_hour=st.integers(0, 20),
    arrives=st.booleans(),
)
def test_a_revision_fills_the_span(
    lengths: list[int], under_way: int, unexpected: int, start_hour: int, arrives: bool
) -> None:
    total = -(-sum(lengths) // 60) * 60
    start, end = start_hour * 60, start_hour * 60 + total
    assume(end < 24 * 60)  # an end at midnight satisfies no answer
    lengths[-1] += total - sum(lengths)
    plan = [(f"task (part {n})", length) for n, length in enumerate(lengths)]
    kept = plan[: under_way % len(plan) + 1]
    if arrives and len(kept) < len(plan):
        kept = [*kept, ("task (on the way to more)", 0)]
    kept = [*kept, ("task (conversing about cats)", unexpected)]
    prompt = revision_prompt(plan, kept, start, end)
    rows = revised(prompt, complete(prompt, max_tokens=1000))
    assert sum(length for _, length in rows) == total
    assert any("conversing" in activity and length for activity, length in rows)


def test_a_revision_continues_with_the_original_plan() -> None:
    plan = [("a", 30), ("b", 30), ("c", 60)]
    prompt = revision_prompt(plan, [("a", 30), ("talk", 10)], 540, 660)
    assert complete(prompt) == " 10:00 -- b\n10:00 ~ 11:00 -- c"


@pytest.mark.parametrize("minutes", [61, 119])
def test_odd_totals_are_rounded_down_to_multiples_of_five(minutes: int) -> None:
    prompt = (
        "5 min increments, list the subtasks Ida does when Ida is reading"
        f" (total duration in minutes {minutes}): \n1) Ida is"
    )
    assert sum(length for _, length in subtasks(complete(prompt))) == minutes - minutes % 5

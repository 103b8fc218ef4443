"""Answers that are schedules: their minutes must have a fixed total, so the times are computed."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.model.grammar import Pattern, digits, one_of, optional, prose

ACTIVITY: Final = 80
"""Characters of an activity in a list, or of a state; activities of schedules seldom have 60."""

SENTENCE: Final = 120
"""Characters of a sentence in a list."""

_TASK = re.compile(
    r"list the subtasks (?P<name>[^\n]+?) does when [^\n]* "
    r"\(total duration in minutes:? (?P<minutes>\d+)\):\s*\n1\) ",
)
_MOST_SUBTASKS: Final = 10

_SPAN = re.compile(r"originally planned schedule from (\d\d:\d\d) \w\w to (\d\d:\d\d) \w\w\.")
_ROW = re.compile(r"^(\d\d:\d\d) ~ (\d\d:\d\d) -- (.*)$", re.MULTILINE)
_REVISED: Final = "\nThe revised schedule:\n"
_DAY: Final = 24 * 60


def decomposition(prompt: Prompt) -> Pattern | None:
    """Subtasks that take at most as long as the task (the host extends the last one).

    The first line continues the prompt's ``1) NAME is``. Of all other lines the host drops the
    first three words. It fails if a list takes longer than the task, or a task less than five
    minutes.
    """
    asked = prompt.inner.rfind("list the subtasks")  # earlier ones are examples
    found = _TASK.search(prompt.inner, max(asked, 0))
    if found is None or int(found["minutes"]) < 5 or " " in found["name"]:
        return None
    slots = int(found["minutes"]) // 5
    rows = min(_MOST_SUBTASKS, max(1, slots // 2))
    lengths = one_of(str(5 * n) for n in range(max(1, slots // rows), 0, -1))
    left = digits(1, 3)
    length = " (duration in minutes: " + lengths + ", minutes left: " + left + ")"
    lines = " " + prose(ACTIVITY) + "." + length
    for index in range(2, rows + 1):
        line = f"\n{index}) {found['name']} is " + prose(ACTIVITY) + "." + length
        # At least half of the lines. The host does not read their numbers.
        lines = lines + line if index <= (rows + 1) // 2 else lines + optional(line)
    return lines


def revised_schedule(prompt: Prompt) -> Pattern | None:
    """The rest of a schedule, at the times of the original one, with any activities.

    The minutes of the host's own rows and of these rows must have the span as their total.
    """
    planned, mark, begun = prompt.inner.rpartition(_REVISED)
    span = _SPAN.search(planned)
    written = _ROW.findall(begun)
    opening = begun.split("\n")[-1].removesuffix("~").strip()
    if not mark or span is None or not re.fullmatch(r"\d\d:\d\d", opening):
        return None
    # The host reads 24:00 as 0:00, and rejects a span that ends before it begins.
    whole = _minutes(span[2]) - _minutes(span[1])
    spent = sum(max(_minutes(end) - _minutes(start), 0) for start, end, _ in written)
    now = _minutes(opening)
    end = now + whole - spent
    if not now < end < _DAY:
        return None
    turns = sorted({_minutes(stop) for _, stop, _ in _ROW.findall(planned)})
    turns = [turn for turn in turns if now < turn < end] + [end]
    # The prompt ends with the opening time; the first row continues from there.
    lines = f" {_clock(turns[0])} -- " + prose(ACTIVITY)
    for start, stop in pairwise(turns):
        lines += f"\n{_clock(start)} ~ {_clock(stop)} -- " + prose(ACTIVITY)
    return lines


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"

"""Subtasks of a task, and a schedule revised around something unexpected."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.scripted.activities import classify
from ga_ooo.scripted.answering import Answers
from ga_ooo.scripted.choice import stable_hash

_TASK = re.compile(
    r"list the subtasks (?P<name>.+?) does when .+? is (?P<task>.+?)"
    r"(?: from [^\n]*)? \(total duration in minutes:? (?P<minutes>\d+)\):\s*\n1\) ",
)
# The host allows 1,000 tokens, and fails if a list is cut: 30 lines of about 100 characters fit.
_MOST_LINES = 30
_LENGTHS = (5, 10, 10, 15, 15, 15)


def decompose(prompt: Prompt) -> str:
    """Subtasks whose minutes are multiples of five and sum up to the total in the prompt.

    The first line continues ``1) Name is``. Of all other lines the host drops the first three
    words. It reads the number after ``(duration in minutes:``.
    """
    asked = prompt.inner.rfind("list the subtasks")  # those before it are examples
    found = _TASK.search(prompt.inner, asked if asked >= 0 else 0)
    if found is None:
        return " working on it. (duration in minutes: 60, minutes left: 0)"
    name, task, minutes = found["name"], found["task"], int(found["minutes"])
    left = max(minutes - minutes % 5, 5)
    lines = []
    for number, (step, length) in enumerate(_steps(name, task, left), start=1):
        left -= length
        lines.append(
            f"{number}) {name} is {step}. (duration in minutes: {length}, minutes left: {left})"
        )
    return "\n".join(lines).removeprefix(f"1) {name} is")


def _steps(name: str, task: str, minutes: int) -> list[tuple[str, int]]:
    """The usual steps of a task in order; the first one depends on the persona."""
    steps = classify(task).steps
    lengths = _lengths(minutes, name, task)
    # A long task repeats the list; a short task starts at any step from which the list suffices.
    spare = max(len(steps) - len(lengths), 0)
    first = stable_hash(name, task, "first") % (spare + 1)
    return [(steps[(first + i) % len(steps)], length) for i, length in enumerate(lengths)]


def _lengths(minutes: int, *key: str) -> list[int]:
    """At most ``_MOST_LINES`` multiples of five minutes that sum up to the total."""
    scale = -(-minutes // (_MOST_LINES * 10)) if minutes > _MOST_LINES * 10 else 1
    lengths: list[int] = []
    while minutes > 0:
        if len(lengths) == _MOST_LINES - 1:
            lengths.append(minutes)
            break
        choice = stable_hash(*key, str(len(lengths))) % len(_LENGTHS)
        length = min(_LENGTHS[choice] * scale, minutes)
        lengths.append(length)
        minutes -= length
    return lengths


_ROW = re.compile(r"^(\d\d):(\d\d) ~ (\d\d):(\d\d) -- (.*)$", re.M)
_SPAN = re.compile(r"planned schedule from (\d\d):(\d\d) \w\w to (\d\d):(\d\d)")


@dataclass(frozen=True)
class _Row:
    start: int
    end: int
    activity: str

    def __str__(self) -> str:
        return f"{_clock(self.start)} ~ {_clock(self.end)} -- {self.activity}"


def revise_schedule(prompt: Prompt) -> str:
    """The rest of a schedule after an unexpected activity.

    The host parses its own rows together with these, and needs a total of the minutes of the span.
    Its own rows may already exceed the span, since it keeps the current activity whole before the
    unexpected one. Then the answer is a whole new schedule: the host reads the text after the last
    "The revised schedule:".
    """
    text = prompt.inner
    original_text, _, begun_text = text.partition("\nThe revised schedule:")
    start, end = _span(original_text)
    original = _rows(original_text)
    begun = _rows(begun_text)
    now = begun[-1].end if begun else start
    contiguous = all(a.end == b.start for a, b in pairwise(begun))
    if begun and (now > end or not contiguous or begun[0].start != start):
        return "The revised schedule:\n" + "\n".join(map(str, _rewritten(begun, start, end)))
    rest = [_Row(max(r.start, now), min(r.end, end), r.activity) for r in original if r.end > now]
    rest = [row for row in rest if row.end > row.start]
    if not rest or rest[-1].end < end:
        last = rest.pop() if rest else _Row(now, end, original[-1].activity if original else "")
        rest.append(_Row(last.start, end, last.activity or "finishing up"))
    return str(rest[0]).removeprefix(f"{_clock(now)} ~") + "".join(f"\n{r}" for r in rest[1:])


def _rewritten(begun: list[_Row], start: int, end: int) -> list[_Row]:
    """The rows of the host, cut so that the last one (the unexpected activity) ends in time."""
    unexpected = begun[-1]
    length = min(max(unexpected.end - unexpected.start, 1), end - start)
    turn = end - length
    rows: list[_Row] = []
    now = start
    for row in begun[:-1]:
        stop = min(now + max(row.end - row.start, 0), turn)
        rows.append(_Row(now, stop, row.activity))
        now = stop
    if rows and now < turn:
        rows[-1] = _Row(rows[-1].start, turn, rows[-1].activity)
    elif now < turn:
        length = end - start
        turn = start
    return [*rows, _Row(turn, end, unexpected.activity)]


def _span(text: str) -> tuple[int, int]:
    found = _SPAN.search(text)
    if not found:
        return 0, 24 * 60
    start = int(found[1]) * 60 + int(found[2])
    end = int(found[3]) * 60 + int(found[4])
    return start, end if end > start else end + 24 * 60


def _rows(text: str) -> list[_Row]:
    rows = []
    before = 0
    for h1, m1, h2, m2, activity in _ROW.findall(text):
        start, end = int(h1) * 60 + int(m1), int(h2) * 60 + int(m2)
        if start < before - 12 * 60:  # past midnight
            start += 24 * 60
        if end < start:
            end += 24 * 60
        rows.append(_Row(start, end, activity))
        before = start
    return rows


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


ANSWERS: Final[Answers] = {
    "task decomposition": decompose,
    "revised schedule": revise_schedule,
}

"""Schedules in the form that a prompt shows: hours of a day, plans, subtasks, revised rows."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.scripted.choice import stable_hash
from ga_ooo.scripted.mimicry.question import Question

_DIGITS: Final = "〇一二三四五六七八九"
_NUMBER: Final = rf"(\d{{1,2}}|[十{_DIGITS}]{{1,3}})"
_MORNING: Final = re.compile(
    rf"{_NUMBER}(?::\d\d)?\s*(?:am\b|a\.m\.|點|点|時|时|시|h\b)"
    rf"|(?:a las|上午|早上|午前|오전)\s*{_NUMBER}",
    re.IGNORECASE,
)
_EVENING: Final = re.compile(
    rf"{_NUMBER}(?::\d\d)?\s*(?:pm\b|p\.m\.)|(?:晚上|下午|午後|오후|밤)\s*{_NUMBER}", re.IGNORECASE
)
_CLAUSE: Final = re.compile(r"[,，、。;；.\n]")
_WAKING: Final = re.compile(
    r"wake|out of bed|起床|醒|起き|일어|기상|despiert|levant", re.IGNORECASE
)
_HOUR: Final = re.compile(r"(\d{1,2}):\d\d (AM|PM)\]")
_ACTIVITY: Final = "] Activity:"
_OPENING: Final = re.compile(r"(?s:.*)(?<!\d)(\d+)(\s*[.)）、．]\s*)([^\n]*)\Z")
_SUBTASK: Final = re.compile(
    r"^\d+\s*[.)）、].*?(?P<stop>[.。])?(?P<before>\s*[（(][^（()）\n]*?)\d+(?P<between>[^\d\n]+)\d+"
    r"(?P<end>[)）])\s*$",
    re.MULTILINE,
)
_TOTAL: Final = re.compile(r"(\d+)\s*[)）]?\s*[)）:：]+\s*\n[^\n]*\Z")
_ROW: Final = re.compile(r"^(\d\d:\d\d) ~ (\d\d:\d\d) -- (.*)$", re.MULTILINE)
_BEGUN_ROW: Final = re.compile(r"(\d\d:\d\d) ~\s*\Z")
_SHORTEST: Final = 10
"""Minutes of a subtask: some forks round them down to tens."""


def wake_up_hour(question: Question) -> int:
    """The hour at which a persona gets up, from its lifestyle in any language; else 7."""
    for clause in _CLAUSE.split(question.text):
        if _WAKING.search(clause) and (found := _MORNING.search(clause)):
            hour = _number(found[1] or found[2])
            if 1 <= hour <= 11:
                return hour
    return 7


def bed_hour(question: Question) -> int:
    """The hour at which a persona goes to bed, 18 to 24; else 23."""
    found = [_number(a or b) % 12 + 12 for a, b in _EVENING.findall(question.text)]
    return next((hour for hour in found if 20 <= hour <= 24), 23)


def _number(text: str) -> int:
    """A number up to 29 in digits or in Chinese numerals."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    whole = (_DIGITS.find(tens) if tens else 1) * 10 if ten else 0
    return whole + max(_DIGITS.find(ones) if ones else 0, 0)


def asks_for_hour(question: Question) -> bool:
    """Whether the last line of a prompt is the hour of a schedule, to be completed."""
    return _ACTIVITY in question.text.rpartition("\n")[2]


def hourly_activity(question: Question) -> str:
    """What a persona does in the hour of the last line.

    At night that is what the first hour says, in the words of the host.
    """
    hours = [
        int(hour) % 12 + (12 if half == "PM" else 0) for hour, half in _HOUR.findall(question.text)
    ]
    hour = hours[-1] if hours else 12
    wake, bed = wake_up_hour(question), bed_hour(question)
    if wake <= hour < bed:
        return " " + question.language.day[min((hour - wake) // 2, len(question.language.day) - 1)]
    begun = question.text.rpartition(_ACTIVITY)[2]
    for line in question.text.split("\n"):
        slept = line.partition(_ACTIVITY)[2]
        if slept.startswith(begun) and len(slept) > len(begun):
            return slept[len(begun) :]
    return " " + question.language.sleep


def daily_plan(question: Question) -> str:
    """The items of a day after the number that the prompt ends with, in its numbering."""
    found = _OPENING.search(question.end)
    number, close = (int(found[1]), found[2].strip()) if found else (2, ")")
    before = question.end[: found.start(1)].rstrip() if found else ""
    comma = before[-1] if before and before[-1] in ",，、;；." else ","
    full = "。" if comma in "，、" else "."
    wake = wake_up_hour(question)
    plan = [f" {doing} {_clock(wake + 2 * i)}" for i, doing in enumerate(question.language.day)][
        1:7
    ]
    items = [f"{item}{comma} {number + i}{close}" for i, item in enumerate(plan[:-1], start=1)]
    return "".join(items) + plan[-1] + full


def _clock(hour: int) -> str:
    return f"{hour % 12 or 12}:00 {'am' if hour % 24 < 12 else 'pm'}"


def asks_for_subtasks(question: Question) -> bool:
    """Whether a prompt ends with the first number of a list, and shows one with minutes."""
    return bool(_SUBTASK.search(question.text) and _OPENING.search(question.end))


def subtasks(question: Question) -> str:
    """A list of subtasks in the form of the prompt's example."""
    example, opening = _SUBTASK.search(question.text), _OPENING.search(question.end)
    if example is None or opening is None:
        return " " + question.language.steps[0]
    total = _TOTAL.search(question.end)
    left = max(int(total[1]) if total else 60, _SHORTEST)
    stop, before, between, end = example.group("stop", "before", "between", "end")
    lines: list[str] = []
    turn = stable_hash(question.text) % len(question.language.steps)
    while left > 0:
        length = left if left < 2 * _SHORTEST or len(lines) == 29 else _length(left, len(lines))
        left -= length
        step = question.language.steps[(turn + len(lines)) % len(question.language.steps)]
        head = f"{len(lines) + 1}{opening[2]}{opening[3]}"
        space = "" if head.endswith(" ") or not opening[3].isascii() else " "
        lines.append(f"{head}{space}{step}{stop or ''}{before}{length}{between}{left}{end}")
    first = len(f"1{opening[2]}{opening[3]}")
    return "\n".join([lines[0][first:], *lines[1:]])


def _length(left: int, index: int) -> int:
    return min((_SHORTEST, 2 * _SHORTEST, 3 * _SHORTEST)[index % 3], left)


def asks_for_rows(question: Question) -> bool:
    """Whether a prompt ends with the opening time of a row of a schedule."""
    return bool(_BEGUN_ROW.search(question.text))


def revised_rows(question: Question) -> str:
    """The rest of a schedule whose first rows the prompt has written again."""
    begun = _BEGUN_ROW.search(question.text)
    rows = _ROW.findall(question.text)
    if begun is None or not rows:
        return " 24:00 -- " + question.language.steps[-1]
    starts = [index for index, row in enumerate(rows) if row[0] == rows[0][0]]
    planned = rows[: starts[1]] if len(starts) > 1 else rows
    now = begun[1]
    rest = [(max(start, now), end, doing) for start, end, doing in planned if end > now]
    if not rest:
        return f" {planned[-1][1]} -- {planned[-1][2]}"
    lines = [f" {rest[0][1]} -- {rest[0][2]}"]
    return "\n".join([*lines, *(f"{start} ~ {end} -- {doing}" for start, end, doing in rest[1:])])

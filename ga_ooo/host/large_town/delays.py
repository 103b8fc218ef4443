"""Moving the day of a person to a later time: what it does first lasts longer, and all that follows
comes later."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from ga_ooo.host.checkout.time_formats import TimeFormat

_DAY: Final = 24 * 60
_TEXTS: Final = ("lifestyle", "daily_plan_req")
_SCHEDULES: Final = ("f_daily_schedule", "f_daily_schedule_hourly_org")
_CLOCK: Final = re.compile(
    r"(?<![\w:.])(?:(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>am|pm)|midnight|noon)",
    re.IGNORECASE,
)


def delay_day(
    scratch: dict[str, Any], minutes: int, now: datetime, time_format: TimeFormat
) -> None:
    """Let a person do everything later, by changing its ``scratch.json``.

    Times in its ways of life and plans move, so that a day that is planned from them does too. Of a
    day that is planned already, the entry of the schedule that is under way lasts longer and later
    ones follow; the end of the day is cut off. The action under way and a talk end later likewise,
    by the host's rule ``Scratch.act_check_finished``.

    Args:
        scratch: content of the file.
        minutes: how much later.
        now: game time at which the scenario begins.
        time_format: of times in the files of the host.
    """
    for key in _TEXTS:
        if isinstance(scratch.get(key), str):
            scratch[key] = _later_text(scratch[key], minutes)
    if isinstance(scratch.get("daily_req"), list):
        scratch["daily_req"] = [
            _later_text(item, minutes) if isinstance(item, str) else item
            for item in scratch["daily_req"]
        ]
    elapsed = now.hour * 60 + now.minute
    if scratch.get(_SCHEDULES[0]):
        minutes = min(minutes, *(_spare(scratch.get(key) or [], elapsed) for key in _SCHEDULES))
        for key in _SCHEDULES:
            _prolong(scratch.get(key) or [], elapsed, minutes)
    if isinstance(scratch.get("act_duration"), int):
        scratch["act_duration"] += minutes
    end = scratch.get("chatting_end_time")
    if isinstance(end, str):
        # A fork may write this time in a way of its own; its talks then end when they would have.
        with suppress(ValueError):
            later = time_format.parse(end) + timedelta(minutes=minutes)
            scratch["chatting_end_time"] = time_format.write(later)


def _later_text(text: str, minutes: int) -> str:
    def later(match: re.Match[str]) -> str:
        word = match.group().lower()
        if word in ("midnight", "noon"):
            at = 0 if word == "midnight" else _DAY // 2
        else:
            hour = int(match["hour"]) % 12 + (12 if match["half"].lower() == "pm" else 0)
            at = hour * 60 + int(match["minute"] or 0)
        return _clock((at + minutes) % _DAY)

    return _CLOCK.sub(later, text)


def _clock(at: int) -> str:
    hour, minute = divmod(at, 60)
    minutes = f":{minute:02}" if minute else ""
    return f"{hour % 12 or 12}{minutes}{'am' if hour < 12 else 'pm'}"


def _current(schedule: list[Any], elapsed: int) -> int:
    """Index of the entry under way (host: ``Scratch.get_f_daily_schedule_index``)."""
    end = 0
    for index, (_, duration) in enumerate(schedule):
        end += duration
        if end > elapsed:
            return index
    return len(schedule)


def _spare(schedule: list[Any], elapsed: int) -> int:
    """Minutes after the entry under way: so much can be cut off at the end of the day."""
    return sum(duration for _, duration in schedule[_current(schedule, elapsed) + 1 :])


def _prolong(schedule: list[Any], elapsed: int, minutes: int) -> None:
    current = _current(schedule, elapsed)
    if current == len(schedule):
        return
    schedule[current][1] += minutes
    for entry in reversed(schedule[current + 1 :]):
        cut = min(entry[1], minutes)
        entry[1] -= cut
        minutes -= cut

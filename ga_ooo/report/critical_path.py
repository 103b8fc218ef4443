"""The critical path of a run: the chain of calls and holds that has decided how long it took.

It is followed from the end back to the beginning. A persona that was busy with a call leads to the
begin of the call. A persona that was held leads to the persona that held it, at the moment at which
the hold ended.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from ga_ooo.record.rows import Call, Held

_SAME_MOMENT: Final = 1e-6
"""Seconds: times of one moment may differ by the rounding of numbers."""


@dataclass(frozen=True)
class Segment:
    """A part of the critical path.

    Attributes:
        persona: its index.
        began, ended: in seconds of the run's clock.
        what: a ``call`` that was under way; ``code`` of the host, or the turn of another persona on
            the same thread; or a ``hold``, whose end is the moment at which the path goes over to
            ``persona`` from the persona that it held.
        kind: of the call, or the reason of the hold; empty for code.
    """

    persona: int
    began: float
    ended: float
    what: Literal["call", "code", "hold"]
    kind: str = ""


@dataclass
class _Events:
    """What one persona waited for, by the end of the wait."""

    ends: list[float] = field(default_factory=list)
    events: list[Call | Held] = field(default_factory=list)


def critical_path(
    calls: Sequence[Call], holds: Sequence[Held], persona: int, end: float
) -> list[Segment]:
    """The path that ends with a persona at a time, from its beginning to its end.

    Args:
        calls: of moves.
        persona: that was the last one to commit its last step.
        end: time of this commit.
    """
    events = _by_persona(calls, holds)
    path = list(_backwards(events, persona, end))
    return path[::-1]


def _by_persona(calls: Sequence[Call], holds: Sequence[Held]) -> dict[int, _Events]:
    both: list[tuple[float, Call | Held]] = [(call.answered_at, call) for call in calls]
    both += [(hold.ended_at, hold) for hold in holds]
    both.sort(key=lambda pair: pair[0])
    found: dict[int, _Events] = {}
    for time, event in both:
        own = found.setdefault(event.persona, _Events())
        own.ends.append(time)
        own.events.append(event)
    return found


def _backwards(events: dict[int, _Events], persona: int, time: float) -> Iterator[Segment]:
    limits: dict[int, int] = {}
    while time > 0:
        own = events.get(persona, _Events())
        # Each event is on the path once, so that holds of one moment lead to an end.
        limit = min(limits.get(persona, len(own.ends)), bisect_right(own.ends, time + _SAME_MOMENT))
        if limit == 0:
            yield Segment(persona, 0.0, time, "code")
            return
        limits[persona] = limit - 1
        event, ended = own.events[limit - 1], min(own.ends[limit - 1], time)
        if time - ended > _SAME_MOMENT:
            yield Segment(persona, ended, time, "code")
        if isinstance(event, Call):
            yield Segment(persona, min(event.asked_at, ended), ended, "call", event.kind)
            time = min(event.asked_at, ended)
        else:
            yield Segment(persona, ended, ended, "hold", event.hazard)
            persona, time = event.blocker, ended

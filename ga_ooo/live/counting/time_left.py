"""Estimates how long a run will still take, from its calls and from the shape of a usual day.

Steps say little of time: at night they ask nothing, and an hour at noon asks ten times as much as
an hour at dawn. So the unit is one model call that writes text. The estimate is a product:

1. the calls that the remaining hours ask on a usual day (:data:`CALLS_BY_HOUR`),
2. times the calls of this run so far over those of a usual day until now,
3. times the seconds of this run for a call, as of late,

and the seconds for steps that ask nothing, which are measured while none does (at night).
docs/watching.md says how well this works on recorded days.
"""

from __future__ import annotations

import datetime
import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

from ga_ooo.live.figures import TimeLeft

CALLS_BY_HOUR: Final = (
    *(30, 0, 0, 0, 1, 6, 20, 40, 55, 63, 105, 103),
    *(144, 124, 78, 95, 103, 80, 100, 90, 78, 70, 64, 24),
)
"""Calls of one persona that write text, in each hour of a day: the mean of days of 3 and of 25
personas in the original's town, with the scripted model. Hour 0 makes the plans of the day."""

_SECONDS_BY_HOUR: Final = (0.3, *[0.6] * 8, *[1.0] * 15)
"""Seconds for a call, relative to those of a busy hour. At midnight and in the morning personas
are at home, far from each other, and more calls are in flight."""

_PRIOR_CALLS: Final = 60.0
"""So many calls of each persona count for the usual day, beside those that this run has made."""

_LEAST_CALLS: Final = 20
"""No estimate before so many calls were answered."""

_BIN: Final = 1 / 6
"""Game hours of the mean persona after which rates are updated."""

_MEMORY: Final = 0.96
"""Weight of a rate after one bin: half of it is forgotten after about three game hours."""

_LEVEL_SPREAD: Final = 0.8
_HOUR_SPREAD: Final = 0.7
_COMMON_SPREAD: Final = 0.2
"""Standard deviations of the logarithm: of a run that nothing is known of against the usual day, of
one hour against its share of the day, and of all that does not average out."""

_EIGHTY_PERCENT: Final = 1.28
"""Standard deviations on both sides that contain 80 % of a normal distribution."""

_SECONDS_OF_HOUR: Final = 3600.0
_UP_TO_HOUR: Final[tuple[float, ...]] = tuple(
    accumulate(map(operator.mul, CALLS_BY_HOUR, _SECONDS_BY_HOUR), initial=0.0)
)
"""Calls of one persona from midnight to each hour, weighted by their seconds."""


@dataclass(frozen=True)
class Reading:
    """How far a run is.

    Attributes:
        seconds: wall time so far.
        calls: answered calls that write text.
        times: game time of each persona.
        until: game time at which the run ends.
    """

    seconds: float
    calls: int
    times: Sequence[datetime.datetime]
    until: datetime.datetime

    @cached_property
    def hours(self) -> float:
        """Game hours of all personas, since a midnight long ago."""
        return sum(map(_hours, self.times))

    @cached_property
    def usual_calls(self) -> float:
        """Calls of all personas on usual days until now, weighted by their seconds."""
        return sum(map(_usual_calls, self.times))


@dataclass
class _Rate:
    """A quotient of two sums, of which the past is forgotten."""

    above: float = 0.0
    below: float = 0.0

    def add(self, above: float, below: float) -> None:
        self.above = self.above * _MEMORY + above
        self.below = self.below * _MEMORY + below

    @property
    def value(self) -> float:
        return self.above / self.below if self.below > 0 else 0.0


class Forecast:
    """Estimates the time left of one run. It learns from each progress that it is given."""

    def __init__(self) -> None:
        self._began: Reading | None = None
        self._last: Reading | None = None
        self._weighted_calls = 0.0
        self._per_call = _Rate()
        self._per_quiet_hour = _Rate()

    def left(self, now: Reading) -> TimeLeft | None:
        """The time left; None as long as too little is known."""
        if self._began is None or self._last is None:
            self._began = self._last = now
            return None
        if now.hours - self._last.hours >= _BIN * len(now.times):
            self._learn(self._last, now)
            self._last = now
        if now.calls - self._began.calls < _LEAST_CALLS:
            return None
        seconds, calls = self._of_calls(self._last, now)
        prior = _PRIOR_CALLS * len(now.times)
        usual = now.usual_calls - self._began.usual_calls
        level = (prior + self._weighted_calls + calls) / (prior + usual)
        per_call = (self._per_call.above + seconds) / (self._per_call.below + calls)
        ahead = len(now.times) * _usual_calls(now.until) - now.usual_calls
        hours = len(now.times) * _hours(now.until) - now.hours
        middle = max(0.0, level * per_call * ahead + self._per_quiet_hour.value * hours)
        factor = math.exp(_EIGHTY_PERCENT * _spread(hours / len(now.times), prior, usual))
        return TimeLeft(middle / factor, middle, middle * factor)

    def _learn(self, before: Reading, now: Reading) -> None:
        """Update the rates by the time between two looks."""
        if now.calls == before.calls:
            self._per_quiet_hour.add(now.seconds - before.seconds, now.hours - before.hours)
            return
        seconds, calls = self._of_calls(before, now)
        self._weighted_calls += calls
        self._per_call.add(seconds, calls)

    def _of_calls(self, before: Reading, now: Reading) -> tuple[float, float]:
        """The seconds that were spent on calls between two looks, and these calls, weighted."""
        quiet = self._per_quiet_hour.value * (now.hours - before.hours)
        hour = (before.hours + now.hours) / 2 / len(now.times) % 24
        calls = (now.calls - before.calls) * _SECONDS_BY_HOUR[int(hour)]
        return max(0.0, now.seconds - before.seconds - quiet), calls


def _spread(hours: float, prior: float, usual: float) -> float:
    """Standard deviation of the logarithm of the time left.

    Args:
        hours: game hours left.
        prior: calls that count for the usual day.
        usual: calls of the usual day so far.
    """
    level = _LEVEL_SPREAD**2 * prior / (prior + usual)
    return math.sqrt(level + _HOUR_SPREAD**2 / max(1.0, hours) + _COMMON_SPREAD**2)


def _hours(time: datetime.datetime) -> float:
    """Game hours since a midnight long ago."""
    of_day = time.hour + (time.minute * 60 + time.second) / _SECONDS_OF_HOUR
    return time.toordinal() * 24 + of_day


def _usual_calls(time: datetime.datetime) -> float:
    """Weighted calls of one persona on usual days, from a midnight long ago to this time."""
    hour, part = time.hour, (time.minute * 60 + time.second) / _SECONDS_OF_HOUR
    since_midnight = _UP_TO_HOUR[hour] + part * (_UP_TO_HOUR[hour + 1] - _UP_TO_HOUR[hour])
    return time.toordinal() * _UP_TO_HOUR[-1] + since_midnight

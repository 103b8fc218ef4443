"""Averages of a run: steps per second, and calls in flight on average."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

_SPAN: Final = 30.0
"""Seconds over which steps per second are averaged."""

_LEAST_PAUSE: Final = 0.5
"""Seconds between two readings that are kept for the average."""


class Pace:
    """Steps per second of wall time.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began: float | None = None
        self._ended: float | None = None
        self._readings: deque[tuple[float, int]] = deque()

    @property
    def seconds(self) -> float:
        """Seconds from the first step until now, or until the end of the run."""
        if self._began is None:
            return 0.0
        return (self._clock() if self._ended is None else self._ended) - self._began

    def begin(self, done: int) -> None:
        """The first step begins, after steps that were done before. A second call does nothing."""
        if self._began is not None:
            return
        self._began = self._clock()
        self._readings.append((self._began, done))

    def end(self) -> None:
        """The run has ended."""
        if self._ended is None:
            self._ended = self._clock()

    def per_second(self, done: int) -> float:
        """Steps per second over the last half minute.

        Args:
            done: steps so far.
        """
        if self._began is None:
            return 0.0
        now = self._began + self.seconds
        readings = self._readings
        while len(readings) > 1 and readings[1][0] <= now - _SPAN:
            readings.popleft()
        since, before = readings[0]
        if now - readings[-1][0] >= _LEAST_PAUSE:
            readings.append((now, done))
        return (done - before) / (now - since) if now > since else 0.0


class InFlight:
    """The mean number of model calls of moves that are under way, as if each took its whole time.

    This is the time of all calls one after another, as in the host's own loop, over the time of
    the run. A call that was asked early counts with its whole time, although its move has waited
    for a part of it only.

    Args:
        clock: gives seconds of the run's clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._began: float | None = None
        self._ended: float | None = None
        self._serial = 0.0

    @property
    def mean(self) -> float:
        """Calls in flight on average; 0 before any time has passed."""
        if self._began is None:
            return 0.0
        seconds = (self.clock() if self._ended is None else self._ended) - self._began
        return self._serial / seconds if seconds > 0 else 0.0

    def begin(self) -> None:
        """The first step begins. A second call does nothing."""
        if self._began is None:
            self._began = self.clock()

    def finish(self, since: float, seconds: float) -> None:
        """A call was answered.

        Args:
            since: when its move has asked.
            seconds: from the early request to the answer; 0 if the move has asked itself.
        """
        self._serial += max(self.clock() - since, seconds)

    def end(self) -> None:
        """The run has ended."""
        if self._ended is None:
            self._ended = self.clock()

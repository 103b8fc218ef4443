"""The clock of a replay: what happens next."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Events:
    """Things that will happen, in the order of their time; at equal times, of their entry.

    Attributes:
        now: seconds since the start of the replay.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._entered = 0

    def at(self, time: float, do: Callable[[], None]) -> None:
        """Do something at a time that has not passed."""
        self._entered += 1
        heapq.heappush(self._due, (time, self._entered, do))

    def run(self) -> None:
        """Until nothing is left to happen."""
        due = self._due
        while due:
            self.now, _, do = heapq.heappop(due)
            do()

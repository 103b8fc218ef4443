"""The simulated clock of a replay and its queue of events."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class EventQueue:
    """Future events in the order of their time; events of the same time in the order of entry.

    Attributes:
        now: seconds since the start of the replay.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._entered = 0

    def at(self, time: float, do: Callable[[], None]) -> None:
        """Enter an event.

        Args:
            time: seconds, not before :attr:`now`.
            do: called when the clock reaches this time.
        """
        self._entered += 1
        heapq.heappush(self._due, (time, self._entered, do))

    def run(self) -> None:
        """Run until no event is left."""
        due = self._due
        while due:
            self.now, _, do = heapq.heappop(due)
            do()

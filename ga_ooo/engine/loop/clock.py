"""The clock of a run: wall time, or virtual time in which only the model takes time."""

from __future__ import annotations

import asyncio
import math
import selectors
import time
from collections.abc import Mapping
from typing import Any, Final

_RESOLUTION: Final = time.get_clock_info("monotonic").resolution


class _JumpingSelector(selectors.DefaultSelector):
    """Never sleeps: where the loop would sleep, its time jumps by the same amount."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            # None: nothing is scheduled, so only a signal or a socket can wake the loop.
            return super().select(timeout)
        events = super().select(0)
        if not events:
            # The loop runs what is due before its time plus the resolution of its clock. If a float
            # of this size cannot represent that sum, time must jump to the next float after the due
            # time, or the loop would ask for ever.
            due = self.now + timeout
            self.now = due if due + _RESOLUTION > due else math.nextafter(due, math.inf)
        return events

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return super().get_map()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose time passes only while it has nothing to do.

    ``asyncio.sleep(latency)`` takes ``latency`` seconds of :meth:`time` and no wall time.
    Computing takes wall time and no seconds of :meth:`time`. So a day with realistic model
    latencies is simulated in the wall time that its host code needs.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._jumping.now


def make_loop(virtual: bool) -> asyncio.AbstractEventLoop:
    """A new loop on the wall clock or in virtual time."""
    return VirtualTimeLoop() if virtual else asyncio.SelectorEventLoop()

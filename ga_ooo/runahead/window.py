"""How many rehearsed calls may be in flight: as many as do not slow the real ones down.

Nobody tells how many calls a server takes at once, so it is measured, as a network's congestion
window is: while calls take about as long as the like of them took at best, the window grows; when
they take clearly longer, it shrinks. A server that is full with real calls all but closes it.
"""

from __future__ import annotations

from typing import Final

_START: Final = 64.0
_LEAST: Final = 2.0
_MOST: Final = 512.0
_GROWTH: Final = 0.5
_SHRINK: Final = 0.8

_SLOW: Final = 2.0
"""Times the usual best pace from which a server counts as full: a batch of some dozen is not."""

FIXED_TOKENS: Final = 3.0
"""What a call takes beside its output, in output tokens."""

_RECENT: Final = 0.1
_DOWN: Final = 0.3
_UP: Final = 0.01
"""Weights of the last call: in the slowness of late, and in the best pace of its like when it was
faster or slower than that."""


class Window:
    """Bounds the rehearsed calls in flight.

    Attributes:
        in_flight: rehearsed calls in flight now.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._size = _START
        self._best: dict[str, float] = {}
        self._slowness = 1.0

    @property
    def open(self) -> bool:
        """Whether one more may be put in flight."""
        return self.in_flight < self._size

    def measured(self, site: str, seconds: float, output_tokens: int) -> None:
        """A call from ``site`` was answered after so many seconds."""
        pace = seconds / (output_tokens + FIXED_TOKENS)
        best = self._best.setdefault(site, pace)
        if best <= 0.0:
            return
        self._slowness += _RECENT * (pace / best - self._slowness)
        self._best[site] = best + (_DOWN if pace < best else _UP) * (pace - best)
        if self._slowness > _SLOW:
            self._size = max(_LEAST, self._size * _SHRINK)
        else:
            self._size = min(_MOST, self._size + _GROWTH)

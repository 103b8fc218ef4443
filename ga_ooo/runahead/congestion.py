"""Congestion control: how many prefetches may be in flight."""

from __future__ import annotations

from typing import Final

from ga_ooo.runahead.admission import FIXED_TOKENS

_START_SIZE: Final = 64.0
_LEAST_SIZE: Final = 2.0
_MOST_SIZE: Final = 512.0
_GROWTH: Final = 0.5
_SHRINK: Final = 0.8

_CONGESTED: Final = 2.0
"""Slowdown from which a server counts as full; a batch of some dozen calls slows it less."""

_SLOWDOWN_WEIGHT: Final = 0.1
_FASTER_WEIGHT: Final = 0.3
_SLOWER_WEIGHT: Final = 0.01
"""Weights of the latest call: in the mean slowdown, and in the best pace of its site if the call
was faster or slower than that."""


class CongestionWindow:
    """Bounds the prefetches in flight, so that they do not slow down real calls.

    How many calls a server takes at once is not known. So it is measured, as TCP Vegas measures a
    network: the window grows while calls take about as long as the best calls of their site, and
    shrinks when they take clearly longer. On a server that is full of real calls it nearly closes.

    Attributes:
        in_flight: prefetches in flight now.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._size = _START_SIZE
        self._best_paces: dict[str, float] = {}
        self._slowdown = 1.0

    @property
    def has_room(self) -> bool:
        """Whether one more prefetch may be sent."""
        return self.in_flight < self._size

    def measured(self, site: str, seconds: float, output_tokens: int) -> None:
        """A call of ``site`` was answered after so many seconds of loop time."""
        pace = seconds / (output_tokens + FIXED_TOKENS)
        best = self._best_paces.setdefault(site, pace)
        if best <= 0.0:
            return
        self._slowdown += _SLOWDOWN_WEIGHT * (pace / best - self._slowdown)
        weight = _FASTER_WEIGHT if pace < best else _SLOWER_WEIGHT
        self._best_paces[site] = best + weight * (pace - best)
        if self._slowdown > _CONGESTED:
            self._size = max(_LEAST_SIZE, self._size * _SHRINK)
        else:
            self._size = min(_MOST_SIZE, self._size + _GROWTH)

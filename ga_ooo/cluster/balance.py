"""How many workers pay: decided by how much the processes of a run compute.

The share of its time that the main process computes is the CPU time of a call, times the calls in
flight, divided by the latency of the servers. Where servers are slow it is small, and workers gain
nothing. Where it approaches 1, the process is the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_FULL: Final = 0.8
"""A process that computes so much of its time is the limit of the run."""

_REHEARSES: Final = 0.3
"""Rehearsals take so much of the time of the main process, or moving them gains little."""

_IDLE: Final = 0.5
"""So little computing in all is done by fewer processes, with room to spare."""

_LOOKS: Final = 2
"""Looks in a row that must agree."""

_FIRST_PAUSE: Final = 12
_MOST_PAUSE: Final = 400
"""Looks without workers after they were not needed; the pause doubles each time."""


@dataclass(frozen=True)
class Load:
    """Shares of the time since the last look, from 0 to 1.

    Attributes:
        real: the main process took real moves, and spoke with servers and workers.
        own: the main process rehearsed.
        workers: each worker computed.
    """

    real: float
    own: float
    workers: Sequence[float]


class WorkerBalance:
    """Decides after each look.

    Args:
        most: workers.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._agreed = 0
        self._direction = 0
        self._waits = 0
        self._pause = _FIRST_PAUSE

    def look(self, load: Load) -> int:
        """1 to start a worker, -1 to end one, 0 to leave them."""
        direction = self._direction_of(load)
        if self._waits and not load.workers:
            self._waits -= 1
            direction = 0
        self._agreed = self._agreed + 1 if direction == self._direction else 1
        self._direction = direction
        if not direction or self._agreed < _LOOKS:
            return 0
        self._agreed = 0
        if direction < 0 and len(load.workers) == 1:
            self._waits, self._pause = self._pause, min(_MOST_PAUSE, 2 * self._pause)
        return direction

    def _direction_of(self, load: Load) -> int:
        count, rehearsing = len(load.workers), sum(load.workers)
        if not count:
            is_limit = load.real + load.own >= _FULL and load.own >= _REHEARSES
            return 1 if is_limit and self._most else 0
        if rehearsing / count >= _FULL and load.real < _FULL and count < self._most:
            return 1
        # One process less would do the same work: the main process, if this is the last worker.
        left = rehearsing + load.real if count == 1 else rehearsing / (count - 1)
        return -1 if left < _IDLE else 0

"""One line that says how far a run is."""

from __future__ import annotations

import sys
import time
from typing import Any, Final

from ga_ooo.observer import Observer

_PAUSE: Final = 0.5
"""Seconds between two updates of the line."""


class Progress(Observer):
    """Shows retired steps on a terminal; stays silent elsewhere.

    Args:
        total: steps to take.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._started = self._shown = time.monotonic()
        self._live = sys.stderr.isatty()

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """One more step is done."""
        self._done += 1
        now = time.monotonic()
        if self._live and now - self._shown > _PAUSE:
            self._shown = now
            pace = (now - self._started) / self._done
            left = pace * (self._total - self._done)
            clock = movements["meta"]["curr_time"]
            line = f"step {step}  {clock}  {self._done}/{self._total}  {left:,.0f} s left"
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        """Clear the line."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

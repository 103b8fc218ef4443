"""Shows the progress of two runs: redrawn on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Final, TextIO

from ga_ooo.lab.demo.progress import Progress

_BAR: Final = 24
_REDRAW: Final = 0.2
_PLAIN_PAUSE: Final = 5.0
"""Seconds between two updates, on a terminal and elsewhere."""


class Display:
    """Two runs side by side.

    Args:
        out: the stream to write to.
        total: number of steps of each run.
        live: redraw in place, as on a terminal.
        clock: gives seconds.
    """

    def __init__(
        self,
        out: TextIO,
        total: int,
        live: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._total = total
        self._live = live
        self._clock = clock
        self._shown: float | None = None
        self._lines = 0
        self._done = False

    def show(self, lockstep: Progress, engine: Progress) -> None:
        """Show the progress of both runs, at most once in a short interval."""
        now = self._clock()
        pause = _REDRAW if self._live else _PLAIN_PAUSE
        if not self._done and min(lockstep.steps, engine.steps) == self._total:
            self._done = True
        elif self._done or (self._shown is not None and now - self._shown < pause):
            return
        self._shown = now
        if self._live:
            heard = engine.heard or lockstep.heard
            self._redraw(
                [
                    self._line("lockstep", lockstep),
                    self._line("out of order", engine),
                    f'  heard: "{heard}"' if heard else "",
                ]
            )
        else:
            print(f"{self._plain('lockstep', lockstep)}; {self._plain('out of order', engine)}",
                  file=self._out, flush=True)  # fmt: skip

    def _redraw(self, lines: list[str]) -> None:
        width = shutil.get_terminal_size().columns - 1
        back = f"\x1b[{self._lines}A" if self._lines else ""
        text = "".join(f"\x1b[K{line[:width]}\n" for line in lines)
        self._lines = len(lines)
        print(f"{back}{text}", end="", file=self._out, flush=True)

    def _line(self, name: str, progress: Progress) -> str:
        filled = progress.steps * _BAR // self._total
        bar = "#" * filled + "." * (_BAR - filled)
        return (
            f"  {name:<12} [{bar}] step {progress.steps:>3}/{self._total}"
            f"  {progress.calls:>5,} calls, {progress.mean_in_flight:.1f} in flight"
            f"  {progress.seconds:>5.1f} s"
        )

    def _plain(self, name: str, progress: Progress) -> str:
        return (
            f"{name}: step {progress.steps}/{self._total}, {progress.calls:,} calls, "
            f"{progress.seconds:.1f} s"
        )

"""What a user at a terminal sees of a run: who answers, a line of progress, and the result."""

from __future__ import annotations

import sys
import time
from typing import Final

from ga_ooo.api.execution import Job, execute
from ga_ooo.api.results import Progress, RunResult

_PAUSE: Final = 0.5
"""Seconds between two updates of the line."""


class ProgressLine:
    """Shows the latest step on a terminal; stays silent elsewhere."""

    def __init__(self) -> None:
        self._started = self._shown = time.monotonic()
        self._live = sys.stderr.isatty()

    def show(self, progress: Progress) -> None:
        """One more step is taken."""
        now = time.monotonic()
        if self._live and now - self._shown > _PAUSE:
            self._shown = now
            pace = (now - self._started) / progress.done
            left = pace * (progress.total - progress.done)
            steps = f"{progress.done}/{progress.total}"
            line = f"step {progress.step}  {progress.game_time}  {steps}  {left:,.0f} s left"
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _show(lines: list[str]) -> None:
    print("\n".join(lines), flush=True)


def execute_visibly(job: Job) -> None:
    """Run a job; print which model answers, the progress and the result.

    Raises:
        GaOooError: the run could not begin, or stopped early.
    """
    line = ProgressLine()

    def ended(result: RunResult) -> None:
        line.clear()
        print(result)

    trace = job.options.files.trace
    try:
        execute(job, line.show, ended, began=_show)
    finally:
        if trace is not None and trace.exists():
            print(f"trace: {trace}")

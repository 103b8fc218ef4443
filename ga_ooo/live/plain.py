"""The live view as lines of text, for pipes, log files and terminals that cannot be redrawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TextIO

from ga_ooo.live import words
from ga_ooo.live.figures import Figures
from ga_ooo.live.rows import Row
from ga_ooo.texts import printable, shown

PAUSE: Final = 30.0
"""Seconds between two lines, if no game hour ends before."""


class PlainLines:
    """Writes lines.

    Args:
        out: where to.
    """

    pause = PAUSE

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._work: dict[str, str] = {}
        self._workers: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Write a text at once."""
        encoding = self._out.encoding or "utf-8"
        text = printable(text)
        print(text.encode(encoding, "replace").decode(encoding), file=self._out, flush=True)

    def look(self, rows: Sequence[Row]) -> None:
        """Say at once what a run has begun to do besides steps, and how many workers it has now."""
        for row in rows:
            work = row.figures.work
            if work and work != self._work.get(row.name):
                self.say(f"{row.label}{work} ...")
            self._work[row.name] = work
            if row.figures.step is not None and not row.figures.ended:
                workers = sum(w.state == "rehearsing" for w in row.figures.workers)
                if workers != self._workers.get(row.name, 0):
                    self.say(f"{row.label}rehearsal workers at work: {workers:,}")
                self._workers[row.name] = workers

    def show(self, rows: Sequence[Row]) -> None:
        """Write a line for each run that takes steps."""
        for row in rows:
            if row.figures.step is not None and not row.figures.ended:
                self.say(f"{row.label}{line(row.figures)}")
            elif row.figures.work and row.figures.work_seconds >= PAUSE:
                self.say(
                    f"{row.label}{row.figures.work}, {words.duration(row.figures.work_seconds)}"
                )

    def close(self) -> None:
        """Nothing has to be cleared."""


def line(figures: Figures) -> str:
    """A run at one moment."""
    parts = [
        words.moment(figures.time, figures.began),
        f"{figures.share:.1%}",
        f"step {figures.done:,} of {figures.total:,}",
        words.count(figures.calls, "call"),
        f"{figures.in_flight:,} in flight",
        *words.speed(figures),
        *(f"cost {each}" for each in words.cost(figures)),
        words.time_left(figures.left) if figures.left else "",
        *words.behind(figures, " for "),
        *(f"{shown(s.url)} is {s.state}" for s in figures.servers if s.state != "in service"),
        *(f"{w.name} has stopped" for w in figures.workers if w.state == "stopped"),
        figures.work,
    ]
    return ", ".join(part for part in parts if part)

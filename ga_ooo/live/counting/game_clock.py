"""Game time of steps."""

from __future__ import annotations

import datetime
from contextlib import suppress
from typing import Any, Final

from ga_ooo.engine.ids import Step
from ga_ooo.observer import StretchStart

_AS_WRITTEN: Final = "%B %d, %Y, %H:%M:%S"
"""Game time in the movement files of the original host."""

_USUAL_STEP: Final = datetime.timedelta(seconds=10)


class GameClock:
    """Game time of steps: of a stretch that runs out of order, or as the host's own loop writes it.

    Attributes:
        step_length: game time that one step takes.
    """

    def __init__(self) -> None:
        self.step_length = _USUAL_STEP
        self._known: tuple[Step, datetime.datetime] | None = None

    def begin(self, start: StretchStart) -> None:
        """Take over the time of a stretch that begins."""
        self.step_length = start.step_length
        self._known = (start.scheduler.horizon, start.time)

    def read(self, step: Step, movements: dict[str, Any]) -> None:
        """Take over the time of a movement file; a fork may write it in a form of its own."""
        with suppress(KeyError, TypeError, ValueError):
            time = datetime.datetime.strptime(movements["meta"]["curr_time"], _AS_WRITTEN)
            if self._known is not None and step > self._known[0]:
                self.step_length = (time - self._known[1]) / (step - self._known[0])
            self._known = (step, time)

    def at(self, step: Step | None) -> datetime.datetime | None:
        """The game time right before a step; None as long as no time is known."""
        if step is None or self._known is None:
            return None
        known, time = self._known
        return time + self.step_length * (step - known)

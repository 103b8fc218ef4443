"""Rows about persona steps: when each of their transitions happened, and who held whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

from ga_ooo.engine.hazards import COMPLETED, HELD, RUNNING, Phase
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.protocol import Hazard, Hold
from ga_ooo.observer import StretchStart
from ga_ooo.record.rows import Held, Latest, Move, Row, Transition

_SHORTEST_HOLD: Final = 0.001
"""Seconds. Most holds are shorter, while the host's code runs for somebody else; their rows would
be most of the record and say nothing."""


_PHASES: Final[dict[Phase, Literal["held", "running", "completed"]]] = {
    HELD: "held",
    RUNNING: "running",
    COMPLETED: "completed",
}


_WAITS_TO: Final[dict[Phase, Transition]] = {
    HELD: "issue",
    RUNNING: "continue",
    COMPLETED: "commit",
}


class _Holding(NamedTuple):
    hazard: Hazard
    blocker: PersonaIndex
    step: Step
    before: Transition
    since: float


class MoveRows:
    """Turns the events of persona steps into rows.

    Args:
        start: of the stretch of steps.
        now: the time of the record.
        add: takes rows.
    """

    def __init__(
        self, start: StretchStart, now: Callable[[], float], add: Callable[[Row], None]
    ) -> None:
        scheduler = self._scheduler = start.scheduler
        self._width = start.town.width
        self._now, self._add = now, add
        self._index = {name: index for index, name in enumerate(scheduler.story.names)}
        count, begin = scheduler.count, now()
        self._reached = [begin] * count
        self._issued = [begin] * count
        self._completed = [begin] * count
        self._failures = [0] * count
        self._holding: list[_Holding | None] = [None] * count
        self._shown: dict[PersonaIndex, tuple[object, ...]] = {}
        scheduler.holds.changed = self._hold_changed

    def issued(self, persona: str, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._issued[self._index[persona]] = self._now()

    def completed(self, persona: str, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._completed[self._index[persona]] = self._now()

    def failed(self, persona: str) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._failures[self._index[persona]] += 1

    def committed(self, persona: str, step: Step) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        index, now = self._index[persona], self._now()
        y, x = divmod(self._scheduler.tile(index), self._width)
        reached, issued, completed = (
            self._reached[index],
            self._issued[index],
            self._completed[index],
        )
        failures = self._failures[index]
        self._add(Move(index, step, x, y, reached, issued, completed, now, failures))
        self._reached[index] = now
        if failures:
            self._failures[index] = 0

    def latest(self, asked: dict[PersonaIndex, tuple[str, float]]) -> Iterator[Row]:
        """Personas whose state has changed since the last call.

        Args:
            asked: for personas whose move waits for an answer, the kind of call and its time.
        """
        # Called in another thread: it reads single values only, each of which is right, though
        # the run may continue between two of them.
        scheduler, now = self._scheduler, self._now()
        for persona in range(scheduler.count):
            step, phase = scheduler.commit_step(persona), scheduler.phase(persona)
            holding, call = self._holding[persona], asked.get(persona)
            state: tuple[object, ...] = (step, phase, holding, call)
            if self._shown.get(persona) == state:
                continue
            self._shown[persona] = state
            hazard, blocker, since = None, None, None
            if holding is not None:
                hazard, blocker, since = holding.hazard.value, holding.blocker, holding.since
            kind, asked_at = call or (None, None)
            yield Latest(
                *(persona, now, step, _PHASES[phase], hazard, blocker, since, kind, asked_at)
            )

    def _hold_changed(self, persona: PersonaIndex, hold: Hold | None) -> None:
        now, before = self._now(), self._holding[persona]
        if before is not None:
            if (
                hold is not None
                and hold.blocker == before.blocker
                and hold.hazard is before.hazard
                and self._scheduler.commit_step(persona) == before.step
            ):
                # For a later step of the same blocker.
                return
            if now - before.since >= _SHORTEST_HOLD:
                self._add(
                    Held(
                        *(persona, before.step, before.before, before.hazard.value),
                        *(before.blocker, before.since, now),
                    )
                )
        if hold is None:
            self._holding[persona] = None
            return
        phase = self._scheduler.phase(persona)
        step = self._scheduler.commit_step(persona)
        self._holding[persona] = _Holding(hold.hazard, hold.blocker, step, _WAITS_TO[phase], now)

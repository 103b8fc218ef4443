"""The state of a scheduler as plain data, and the stimuli that led from one state to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.protocol import Condition, Hold, Stimulus


@dataclass(frozen=True)
class SchedulerState:
    """Everything that a scheduler knows at one moment, besides names, rule, window and story.

    Sequences have one item per persona, in persona order.

    Attributes:
        horizon: commit horizon.
        until: nobody is issued at this step or later.
        commit_step: the step that each persona has not committed yet.
        tile: the tile at the commit step.
        next_tile: the tile after it, of personas that have completed it.
        phase: held, running or completed.
        handed_over: for each running move that was handed other personas, these, in that order.
        holds: why each held persona is held.
        conditions: what each waiting move waits for.
    """

    horizon: Step
    until: Step
    commit_step: Sequence[Step]
    tile: Sequence[TileIndex]
    next_tile: Sequence[TileIndex]
    phase: Sequence[Phase]
    handed_over: Mapping[PersonaIndex, Sequence[PersonaIndex]]
    holds: Mapping[PersonaIndex, Hold]
    conditions: Mapping[PersonaIndex, Condition]

    @classmethod
    def initial(cls, tiles: Sequence[TileIndex], step: Step) -> SchedulerState:
        """Everybody on these tiles at ``step``; nobody is to be issued yet."""
        return cls(
            horizon=step,
            until=step,
            commit_step=[step] * len(tiles),
            tile=tiles,
            next_tile=tiles,
            phase=[Phase.HELD] * len(tiles),
            handed_over={},
            holds={},
            conditions={},
        )


class RecentStimuli:
    """The last stimuli of a scheduler, and its state before the first of them.

    Between ``length`` and two times ``length`` stimuli are kept: whenever ``length`` new ones are
    there, the scheduler gives its state, and the stimuli before the last such state are dropped.

    Args:
        state: the state now.
        length: see above.
    """

    def __init__(self, state: SchedulerState, length: int) -> None:
        self._length = length
        self._older_start = self._newer_start = state
        self._older: list[Stimulus] = []
        self._newer: list[Stimulus] = []

    @property
    def start(self) -> SchedulerState:
        """The state before the first stimulus that is kept."""
        return self._older_start

    def __iter__(self) -> Iterator[Stimulus]:
        yield from self._older
        yield from self._newer

    @property
    def wants_state(self) -> bool:
        """Whether :meth:`advance` is due."""
        return len(self._newer) >= self._length

    def advance(self, state: SchedulerState) -> None:
        """Drop the older stimuli; ``state`` is the one that the newer ones led to."""
        self._older_start, self._older = self._newer_start, self._newer
        self._newer_start, self._newer = state, []

    def add(self, stimulus: Stimulus) -> None:
        """Keep one more stimulus."""
        self._newer.append(stimulus)

"""The scheduler: a state machine, and the only code that changes the progress of a persona.

``handle(stimulus) -> instructions``. The scheduler knows neither clock nor host; its driver carries
the instructions out in the given order. A held persona is examined again only when the persona
that holds it has completed or committed something, so the work per persona step does not grow with
the number of personas that are held.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

from ga_ooo.engine.hazards import COMPLETED, HELD, RUNNING, Phase, Scoreboard
from ga_ooo.engine.holds import Holds
from ga_ooo.engine.ids import PersonaIndex, Row, Step, TileIndex
from ga_ooo.engine.protocol import (
    Commit,
    Completed,
    Condition,
    Drain,
    HandedOver,
    Hazard,
    Hold,
    Instruction,
    Issue,
    Restarted,
    Retire,
    RunUntil,
    Stimulus,
    Waits,
    Wake,
)
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler_state import RecentStimuli, SchedulerState
from ga_ooo.engine.story import Story

_STIMULI_KEPT: Final = 1000
_STIMULI_KEPT_PER_PERSONA: Final = 8
"""The last stimuli are kept, at least so many (the larger number), for the stimulus log."""


class Scheduler:
    """Decides which persona may move and commit, and which step retires.

    Args:
        names: persona names in persona order.
        tiles: everybody's tile at ``step``.
        step: the step that everybody is about to take.
        rule: how soon personas matter to each other.
        window: how many steps a persona may lead the commit horizon by; None for no limit.

    Attributes:
        horizon: commit horizon: everybody has committed everything before this step.
        until: nobody is issued at this step or later.
        scoreboard: commit step, tile, phase and pins of everybody.
        holds: why each held persona is held.
        conditions: what each waiting move waits for.
        recent: the last stimuli.
    """

    def __init__(
        self,
        names: Sequence[str],
        tiles: Sequence[TileIndex],
        step: Step,
        rule: DependencyRule,
        window: int | None = None,
    ) -> None:
        self.rule = rule
        self.window = window
        self.story = Story(names)
        self._rows: list[Row] = [rule.steps_to_matter(tile) for tile in tiles]
        self._restore(SchedulerState.initial(tiles, step))

    # --- the whole state ---------------------------------------------------------------------

    @classmethod
    def restored(
        cls, names: Sequence[str], state: SchedulerState, rule: DependencyRule, window: int | None
    ) -> Scheduler:
        """A scheduler in this state, as if it had come there by itself; its story is empty."""
        scheduler = cls(names, state.tile, state.horizon, rule, window)
        scheduler._restore(state)
        return scheduler

    def state(self) -> SchedulerState:
        """A copy of the state."""
        board = self.scoreboard
        return SchedulerState(
            horizon=self.horizon,
            until=self.until,
            commit_step=tuple(board.commit_step),
            tile=tuple(board.tile),
            next_tile=tuple(self._next_tile),
            phase=tuple(board.phase),
            handed_over={mover: tuple(others) for mover, others in self._handed_over.items()},
            holds=dict(self.holds),
            conditions=dict(self.conditions),
        )

    def _restore(self, state: SchedulerState) -> None:
        self.horizon, self.until = state.horizon, state.until
        self.scoreboard = Scoreboard(state.tile, state.commit_step)
        self.scoreboard.phase = list(state.phase)
        self.conditions: dict[PersonaIndex, Condition] = dict(state.conditions)
        self._next_tile: list[TileIndex] = list(state.next_tile)
        # How many personas are at each step.
        self._at_step: dict[Step, int] = dict(Counter(state.commit_step))
        self._handed_over: dict[PersonaIndex, list[PersonaIndex]] = {}
        for mover, others in state.handed_over.items():
            for other in others:
                self._pin(mover, other)
        self.holds = Holds(len(state.tile))
        for persona, hold in state.holds.items():
            self.holds.put(persona, hold)
        kept = max(_STIMULI_KEPT, _STIMULI_KEPT_PER_PERSONA * len(state.tile))
        self.recent = RecentStimuli(state, kept)

    # --- questions ------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Number of personas."""
        return len(self._rows)

    @property
    def finished(self) -> bool:
        """Everybody has committed everything before ``until``."""
        return self.horizon >= self.until

    def commit_step(self, persona: PersonaIndex) -> Step:
        """``c(persona)``."""
        return self.scoreboard.commit_step[persona]

    def tile(self, persona: PersonaIndex) -> TileIndex:
        """The tile of ``persona`` at its commit step."""
        return self.scoreboard.tile[persona]

    def next_tile(self, persona: PersonaIndex) -> TileIndex:
        """The tile of the completed ``persona`` at the step after its commit step."""
        return self._next_tile[persona]

    def phase(self, persona: PersonaIndex) -> Phase:
        """Where ``persona`` is within its step."""
        return self.scoreboard.phase[persona]

    def is_running(self, persona: PersonaIndex, step: Step) -> bool:
        """Whether the move of ``persona`` at ``step`` is under way."""
        return self.phase(persona) is RUNNING and self.commit_step(persona) == step

    def next_move(self, persona: PersonaIndex) -> tuple[Step, TileIndex]:
        """The first step that ``persona`` has not completed, and its tile at that step."""
        step = self.commit_step(persona)
        if self.phase(persona) is COMPLETED:
            return step + 1, self.next_tile(persona)
        return step, self.tile(persona)

    def row(self, persona: PersonaIndex) -> Row:
        """Steps to matter to ``persona`` on its tile at its commit step."""
        return self._rows[persona]

    def handed_over_to(self, persona: PersonaIndex) -> Sequence[PersonaIndex]:
        """The personas that the running move of ``persona`` was handed, in that order."""
        return self._handed_over.get(persona, ())

    # --- the one entrance ------------------------------------------------------------------

    def handle(self, stimulus: Stimulus) -> list[Instruction]:
        """Process one stimulus.

        Returns:
            the instructions that follow from it, to be carried out in this order.

        Raises:
            ValueError: the stimulus contradicts the state (a defect of the driver).
        """
        if self.recent.wants_state:
            self.recent.advance(self.state())
        self.recent.add(stimulus)
        match stimulus:
            case Completed(persona, next_tile):
                return self._propagate(self._complete(persona, next_tile))
            case Waits(persona, condition):
                self._demand(persona, RUNNING)
                self.conditions[persona] = condition
                return self._propagate([persona])
            case HandedOver(persona, other):
                self._demand(persona, RUNNING)
                self._pin(persona, other)
                return []
            case Restarted(persona):
                self._demand(persona, RUNNING)
                self.conditions.pop(persona, None)
                self.holds.release(persona)
                self._unpin(persona)
                return self._propagate(self.holds.held_by(persona))
            case RunUntil(step):
                self.until = step
                return self._propagate(range(self.count))
            case Drain():
                self.until = min(self.until, self._furthest_step())
                return self._propagate(range(self.count))

    # --- transitions -------------------------------------------------------------------------

    def _complete(self, persona: PersonaIndex, next_tile: TileIndex) -> list[PersonaIndex]:
        self._demand(persona, RUNNING)
        if persona in self.conditions:
            raise ValueError(f"{self.story.names[persona]} completed while it was waiting")
        self.scoreboard.phase[persona] = COMPLETED
        self._next_tile[persona] = next_tile
        self.story.note(persona, "completed", self.commit_step(persona))
        self._unpin(persona)
        return [persona, *self.holds.held_by(persona)]

    def _commit(self, persona: PersonaIndex) -> list[Instruction]:
        board, step = self.scoreboard, self.commit_step(persona)
        tile = self._next_tile[persona]
        if tile != board.tile[persona]:
            self._rows[persona] = self.rule.steps_to_matter(tile)
        board.advance(persona, tile)
        self.story.note(persona, "committed", step)
        self._at_step[step] -= 1
        self._at_step[step + 1] = self._at_step.get(step + 1, 0) + 1
        instructions: list[Instruction] = [Commit(persona, step)]
        while self._at_step.get(self.horizon) == 0:
            del self._at_step[self.horizon]
            instructions.append(Retire(self.horizon))
            self.horizon += 1
        return instructions

    def _propagate(self, personas: Iterable[PersonaIndex]) -> list[Instruction]:
        """Examine personas whose blockers changed, and those that this changes, to the end."""
        instructions: list[Instruction] = []
        queue = deque(personas)
        while queue:
            persona = queue.popleft()
            hold = self._examine(persona)
            self.holds.replace(persona, hold)
            if hold is not None:
                continue
            phase, step = self.phase(persona), self.commit_step(persona)
            if phase is COMPLETED:
                horizon = self.horizon
                instructions += self._commit(persona)
                queue.append(persona)
                queue.extend(self.holds.held_by(persona))
                if self.horizon != horizon:
                    queue.extend(self.holds.at_window())
            elif phase is RUNNING and persona in self.conditions:
                del self.conditions[persona]
                instructions.append(Wake(persona))
            elif phase is HELD and step < self.until:
                self.scoreboard.phase[persona] = RUNNING
                self.story.note(persona, "issued", step)
                instructions.append(Issue(persona, step))
        return instructions

    # --- helpers -------------------------------------------------------------------------------

    def _examine(self, persona: PersonaIndex) -> Hold | None:
        """The hold that keeps ``persona`` from its next transition, if any."""
        phase, row = self.phase(persona), self._rows[persona]
        if phase is COMPLETED:
            return self.scoreboard.commit_hold(persona, row)
        if phase is RUNNING:
            condition = self.conditions.get(persona)
            return self.scoreboard.wait_hold(persona, condition) if condition else None
        step = self.commit_step(persona)
        if step >= self.until:
            return None
        if self.window is not None and step >= self.horizon + self.window:
            straggler = self.scoreboard.commit_step.index(self.horizon)
            return Hold(Hazard.WINDOW, straggler, step - self.window + 1)
        return self.scoreboard.issue_hold(persona, row)

    def _furthest_step(self) -> Step:
        """The first step that no move has reached."""
        board = self.scoreboard
        return max(
            step + (phase is not HELD)
            for step, phase in zip(board.commit_step, board.phase, strict=True)
        )

    def _pin(self, mover: PersonaIndex, other: PersonaIndex) -> None:
        self._handed_over.setdefault(mover, []).append(other)
        self.scoreboard.pinned_by[other].add(mover)

    def _unpin(self, mover: PersonaIndex) -> None:
        for other in self._handed_over.pop(mover, ()):
            self.scoreboard.pinned_by[other].discard(mover)

    def _demand(self, persona: PersonaIndex, phase: Phase) -> None:
        if self.phase(persona) is not phase:
            raise ValueError(
                f"{self.story.names[persona]} is {self.phase(persona).name}, not {phase.name}"
            )

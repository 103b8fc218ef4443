"""The scheduler: a state machine, the sole mutator of everybody's progress.

``handle(stimulus) -> instructions``. It knows neither clock nor host; whoever drives it carries
the instructions out in their order. Each persona is examined again only when the one that held
it has completed or committed something, so the work per persona step does not grow with the
number of personas that are held.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from ga_ooo.engine.hazards import COMPLETED, HELD, RUNNING, Phase, Progress
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
from ga_ooo.engine.story import Story


class Scheduler:
    """Decides who may move, commit and retire.

    Args:
        names: persona names in persona order.
        tiles: everybody's tile at ``step``.
        step: the step that everybody is about to take.
        rule: how soon personas matter to each other.
        window: how many steps anybody may lead the commit horizon by; None for no limit.

    Attributes:
        horizon: commit horizon: everybody has committed everything before this step.
        until: nobody is issued at this step or later.
        holds: why each persona that does not go on is held.
        conditions: what each waiting move waits for.
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
        self.progress = Progress(list(tiles), step)
        self.story = Story(names)
        self.horizon = step
        self.until = step
        self.holds: dict[PersonaIndex, Hold] = {}
        self.conditions: dict[PersonaIndex, Condition] = {}
        self._window = window
        self._rows: list[Row] = [rule.steps_to_matter(tile) for tile in tiles]
        self._next_tile: list[TileIndex] = list(tiles)
        self._held_by: list[set[PersonaIndex]] = [set() for _ in names]
        self._pins: dict[PersonaIndex, list[PersonaIndex]] = {}
        self._at_window: set[PersonaIndex] = set()
        self._at_step: dict[Step, int] = {step: len(tiles)}

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
        return self.progress.commit_step[persona]

    def tile(self, persona: PersonaIndex) -> TileIndex:
        """The tile of ``persona`` at its commit step."""
        return self.progress.tile[persona]

    def next_tile(self, persona: PersonaIndex) -> TileIndex:
        """Where the completed ``persona`` stands after its step."""
        return self._next_tile[persona]

    def phase(self, persona: PersonaIndex) -> Phase:
        """Where ``persona`` is within its step."""
        return self.progress.phase[persona]

    def is_running(self, persona: PersonaIndex, step: Step) -> bool:
        """Whether the move of ``persona`` at ``step`` is under way."""
        return self.phase(persona) is RUNNING and self.commit_step(persona) == step

    def next_move(self, persona: PersonaIndex) -> tuple[Step, TileIndex]:
        """The step of the move that ``persona`` has not completed yet, and where it takes it."""
        step = self.commit_step(persona)
        if self.phase(persona) is COMPLETED:
            return step + 1, self.next_tile(persona)
        return step, self.tile(persona)

    def row(self, persona: PersonaIndex) -> Row:
        """Steps to matter to ``persona`` where it stands now."""
        return self._rows[persona]

    def handed_over_to(self, persona: PersonaIndex) -> Sequence[PersonaIndex]:
        """Whom the running move of ``persona`` was handed, in that order."""
        return self._pins.get(persona, ())

    # --- the one entrance ------------------------------------------------------------------

    def handle(self, stimulus: Stimulus) -> list[Instruction]:
        """Take one stimulus in and say what is to be done, in order.

        Raises:
            ValueError: the stimulus contradicts the state (a defect of the driver).
        """
        match stimulus:
            case Completed(persona, next_tile):
                return self._propagate(self._complete(persona, next_tile))
            case Waits(persona, condition):
                self._demand(persona, RUNNING)
                self.conditions[persona] = condition
                return self._propagate([persona])
            case HandedOver(persona, other):
                self._demand(persona, RUNNING)
                self.progress.pinned_by[other].add(persona)
                self._pins.setdefault(persona, []).append(other)
                return []
            case Restarted(persona):
                self._demand(persona, RUNNING)
                self.conditions.pop(persona, None)
                self._release_hold(persona)
                self._unpin(persona)
                return self._propagate(self._release(persona))
            case RunUntil(step):
                self.until = step
                return self._propagate(range(self.count))
            case Drain():
                progress = self.progress
                ahead = (
                    step + (phase is not HELD)
                    for step, phase in zip(progress.commit_step, progress.phase, strict=True)
                )
                self.until = min(self.until, max(ahead))
                return self._propagate(range(self.count))

    # --- transitions -------------------------------------------------------------------------

    def _complete(self, persona: PersonaIndex, next_tile: TileIndex) -> list[PersonaIndex]:
        self._demand(persona, RUNNING)
        if persona in self.conditions:
            raise ValueError(f"{self.story.names[persona]} completed while it was waiting")
        self.progress.phase[persona] = COMPLETED
        self._next_tile[persona] = next_tile
        self.story.note(persona, "completed", self.commit_step(persona))
        self._unpin(persona)
        return [persona, *self._release(persona)]

    def _commit(self, persona: PersonaIndex) -> list[Instruction]:
        progress, step = self.progress, self.commit_step(persona)
        tile = self._next_tile[persona]
        if tile != progress.tile[persona]:
            self._rows[persona] = self.rule.steps_to_matter(tile)
        progress.advance(persona, tile)
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
        """Examine personas whose blockers changed, until nothing more follows."""
        instructions: list[Instruction] = []
        queue = deque(personas)
        while queue:
            persona = queue.popleft()
            hold = self._examine(persona)
            self._note_hold(persona, hold)
            if hold is not None:
                continue
            phase, step = self.phase(persona), self.commit_step(persona)
            if phase is COMPLETED:
                horizon = self.horizon
                instructions += self._commit(persona)
                queue.append(persona)
                queue.extend(self._release(persona))
                if self.horizon != horizon:
                    queue.extend(sorted(self._at_window))
            elif phase is RUNNING and persona in self.conditions:
                del self.conditions[persona]
                instructions.append(Wake(persona))
            elif phase is HELD and step < self.until:
                self.progress.phase[persona] = RUNNING
                self.story.note(persona, "issued", step)
                instructions.append(Issue(persona, step))
        return instructions

    # --- helpers -------------------------------------------------------------------------------

    def _examine(self, persona: PersonaIndex) -> Hold | None:
        """What holds ``persona`` now, whatever it is about to do."""
        phase, row = self.phase(persona), self._rows[persona]
        if phase is COMPLETED:
            return self.progress.commit_hold(persona, row)
        if phase is RUNNING:
            condition = self.conditions.get(persona)
            return self.progress.wait_hold(persona, condition) if condition else None
        step = self.commit_step(persona)
        if step >= self.until:
            return None
        if self._window is not None and step >= self.horizon + self._window:
            straggler = self.progress.commit_step.index(self.horizon)
            return Hold(Hazard.WINDOW, straggler, step - self._window + 1)
        return self.progress.issue_hold(persona, row)

    def _note_hold(self, persona: PersonaIndex, hold: Hold | None) -> None:
        self._release_hold(persona)
        if hold is None:
            return
        self.holds[persona] = hold
        if hold.hazard is Hazard.WINDOW:
            self._at_window.add(persona)
        else:
            self._held_by[hold.blocker].add(persona)

    def _release_hold(self, persona: PersonaIndex) -> None:
        hold = self.holds.pop(persona, None)
        if hold is not None:
            self._held_by[hold.blocker].discard(persona)
            self._at_window.discard(persona)

    def _release(self, persona: PersonaIndex) -> list[PersonaIndex]:
        """Those that ``persona`` held, to be examined again."""
        return sorted(self._held_by[persona])

    def _unpin(self, holder: PersonaIndex) -> None:
        for persona in self._pins.pop(holder, ()):
            self.progress.pinned_by[persona].discard(holder)

    def _demand(self, persona: PersonaIndex, phase: Phase) -> None:
        if self.phase(persona) is not phase:
            raise ValueError(
                f"{self.story.names[persona]} is {self.phase(persona).name}, not {phase.name}"
            )

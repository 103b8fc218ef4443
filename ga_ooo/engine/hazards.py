"""The hazards: which persona holds which, and why these holds are enough.

Notation: ``c(j)`` is the commit step of persona j: all effects of j before that step are final,
and the tile and the events of j at that step are known. ``row[q]`` is the fewest moves from tile q
into sight of the persona i that is examined.

**Lag hazard.** Persona i at step s is held while some j with ``c(j) < s`` has
``row[tile(j)] <= s - c(j)``. A persona moves at most one tile a step. So if the inequality does not
hold, j cannot be in sight of i at step s or at any step before it, for any decision of j.

**Order hazard.** Persona i at step s is held while some j in sight at step s, earlier in persona
order, has not completed s. The host moves personas in that order, and i may read what j does.

**Commit hazard.** Persona i stays completed and is not committed while some j in sight at step s
has not completed s. A j later in the order may still write into i, in a conversation.

*Sound.* Say j is still at step u < s, and i was issued at s. At each step from u to s - 1 that i
took, j could not be in sight of i, and sight is symmetric. So j never needs the person i as of
those steps. It may need the events of i at those steps, and the tile history keeps these.

*No deadlock.* Let m be the smallest commit step. If some persona at m has not completed m, the
first of them in persona order is not held: nobody is behind it, everybody earlier in the order has
completed m, and a running move waits only for personas with a smaller (step, order). If all
personas at m have completed m, none of them has a commit hazard, so they commit.

**Pins.** A move that was handed another person pins that person, who neither starts nor commits
until the move completes. Under a sound rule pins add no hold, since the two are in sight.

``docs/exactness.md`` has the rule and the proof in full.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import PersonaIndex, Row, Step, TileIndex
from ga_ooo.engine.protocol import Clear, Condition, EarlierCompleted, Hazard, Hold, Reached


class Phase(IntEnum):
    """Where a persona is within its step."""

    HELD = 0
    RUNNING = 1
    COMPLETED = 2


# Bound once: Python 3.11 looks up members of an enum slowly, and these are used a million times.
HELD, RUNNING, COMPLETED = Phase


class Scoreboard:
    """Commit step, tile, phase and pins of everybody; finds hazards. Only the scheduler changes it.

    Commit steps and tiles are kept twice: as arrays, to compare all personas at once, and as lists,
    to look up one persona (reading one item of an array costs ten times as much).

    Args:
        tiles: the tile of each persona at its commit step.
        steps: the commit step of each persona.

    Attributes:
        commit_step: ``c(j)`` per persona.
        tile: the tile at the commit step per persona.
        phase: :class:`Phase` per persona.
        pinned_by: for each persona, the personas whose running moves pin it.
    """

    def __init__(self, tiles: Sequence[TileIndex], steps: Sequence[Step]) -> None:
        self.commit_step = list(steps)
        self.tile = list(tiles)
        self.phase = [Phase.HELD] * len(tiles)
        self.pinned_by: list[set[PersonaIndex]] = [set() for _ in tiles]
        self._commit_steps: npt.NDArray[np.int64] = np.array(steps, dtype=np.int64)
        self._tiles: npt.NDArray[np.int64] = np.array(tiles, dtype=np.int64)

    def advance(self, persona: PersonaIndex, tile: TileIndex) -> None:
        """The persona has committed its step and is on ``tile`` at the next one."""
        self.commit_step[persona] += 1
        self._commit_steps[persona] += 1
        self.tile[persona] = tile
        self._tiles[persona] = tile
        self.phase[persona] = HELD

    def issue_hold(self, persona: PersonaIndex, row: Row) -> Hold | None:
        """The hold that keeps ``persona`` from being issued at its commit step, if any."""
        step = self.commit_step[persona]
        hold = self._near_hold(row, step, before=persona, ignore=persona)
        return hold or self._pin_hold(persona, step)

    def commit_hold(self, persona: PersonaIndex, row: Row) -> Hold | None:
        """The hold that keeps the completed ``persona`` from committing, if any."""
        step = self.commit_step[persona]
        for other in reversed((row[self._tiles] == 0).nonzero()[0].tolist()):
            if self.commit_step[other] == step and self.phase[other] != COMPLETED:
                return Hold(Hazard.COMMIT, other, step + 1)
        return self._pin_hold(persona, step)

    def wait_hold(self, persona: PersonaIndex, condition: Condition) -> Hold | None:
        """The hold that keeps the condition of a running move from being true, if any."""
        if isinstance(condition, Reached):
            if self.commit_step[condition.persona] < condition.step:
                return Hold(Hazard.READ, condition.persona, condition.step)
            return None
        if isinstance(condition, EarlierCompleted):
            return self._near_hold(
                condition.row, condition.step, before=condition.before, ignore=persona
            )
        return self._clear_hold(persona, condition)

    def _near_hold(
        self, row: Row, step: Step, *, before: PersonaIndex, ignore: PersonaIndex
    ) -> Hold | None:
        """Lag and order hazards of somebody at ``step``, on a tile where ``row`` is 0."""
        lag = step - self._commit_steps
        moves = row[self._tiles]
        # The last in order first: it completes last, so waiting for it saves waits for others.
        for other in reversed((moves <= lag).nonzero()[0].tolist()):
            if other == ignore:
                continue
            if self.commit_step[other] < step:
                return Hold(Hazard.LAG, other, step - int(moves[other]) + 1)
            if other < before and self.phase[other] != COMPLETED:
                return Hold(Hazard.ORDER, other, step + 1)
        return None

    def _clear_hold(self, persona: PersonaIndex, condition: Clear) -> Hold | None:
        lag = condition.step - self._commit_steps
        moves = condition.row[self._tiles]
        for other in (moves <= lag).nonzero()[0].tolist():
            if other < condition.first or other == persona:
                continue
            if self.commit_step[other] < condition.step:
                return Hold(Hazard.READ, other, condition.step - int(moves[other]) + 1)
        return None

    def _pin_hold(self, persona: PersonaIndex, step: Step) -> Hold | None:
        holders = self.pinned_by[persona]
        return Hold(Hazard.PIN, min(holders), step + 1) if holders else None

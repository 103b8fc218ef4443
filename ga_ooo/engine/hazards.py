"""The hazards: who holds whom, and why this is enough.

Notation (DESIGN section 3): ``c(j)`` is persona j's commit step: all of j's effects before it
are final, and j's tile and events for it are known. ``row[q]`` is the fewest moves from tile q
into sight of the persona that is examined.

**Lag hazard.** i at step s is held while some j with ``c(j) < s`` has
``row[tile(j)] <= s - c(j)``: j moves at most one tile a step, so otherwise j cannot be in sight
of i at step s, nor at any step before it, whatever it decides.

**Order hazard.** i at s is held while some j in sight at s, earlier in persona order, has not
completed s: the host moves personas in that order and i may read what j does.

**Commit hazard.** i stays completed, not committed, while some j in sight at s has not
completed s: a later j may still write into i, in a conversation.

*Sound*: if j is still at u < s, then at each step of [u, s) that i has been issued j could not be
in sight, and sight is symmetric; so j never needs i's past person, only its past events, and
those are versioned. *No deadlock*: the persona with the smallest (c, order) is never held, for
nobody is behind it, nobody before it in order is at its step, and everything that a running
move waits for lies at a smaller (c, order) than its own.

**Pins.** A move that was handed another person holds it: that one neither starts nor commits
until the move completes. Under a sound rule pins add nothing, since the two are in sight.
"""

from __future__ import annotations

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


# Bound once: Python 3.11 looks members up by a slow path, and this is asked a million times.
HELD, RUNNING, COMPLETED = Phase


class Progress:
    """Where everybody is: commit steps, tiles, phases, pins. Changed by the scheduler only.

    Commit steps and tiles are kept twice: as arrays, to look at everybody at once, and as lists,
    to look at one (a scalar out of an array costs ten times as much).

    Attributes:
        commit_step: ``c(j)`` per persona.
        tile: the tile at the commit step per persona.
        phase: :class:`Phase` per persona.
        pinned_by: for each persona, the running moves that hold it.
    """

    def __init__(self, tiles: list[int], step: Step) -> None:
        count = len(tiles)
        self.commit_step = [step] * count
        self.tile = list(tiles)
        self.phase = [Phase.HELD] * count
        self.pinned_by: list[set[PersonaIndex]] = [set() for _ in range(count)]
        self._commit_steps: npt.NDArray[np.int64] = np.full(count, step, dtype=np.int64)
        self._tiles: npt.NDArray[np.int64] = np.array(tiles, dtype=np.int64)

    def advance(self, persona: PersonaIndex, tile: TileIndex) -> None:
        """The persona has committed its step and stands on ``tile``, before the next one."""
        self.commit_step[persona] += 1
        self._commit_steps[persona] += 1
        self.tile[persona] = tile
        self._tiles[persona] = tile
        self.phase[persona] = HELD

    def issue_hold(self, persona: PersonaIndex, row: Row) -> Hold | None:
        """What keeps ``persona`` from being issued at its commit step, if anything."""
        step = self.commit_step[persona]
        hold = self._near_hold(row, step, before=persona, ignore=persona)
        return hold or self._pin_hold(persona, step)

    def commit_hold(self, persona: PersonaIndex, row: Row) -> Hold | None:
        """What keeps the completed ``persona`` from committing, if anything."""
        step = self.commit_step[persona]
        for other in reversed((row[self._tiles] == 0).nonzero()[0].tolist()):
            if self.commit_step[other] == step and self.phase[other] != COMPLETED:
                return Hold(Hazard.COMMIT, other, step + 1)
        return self._pin_hold(persona, step)

    def wait_hold(self, persona: PersonaIndex, condition: Condition) -> Hold | None:
        """What keeps the condition of a running move from holding, if anything."""
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
        """Lag and order hazards of somebody who stands where ``row`` is 0, at ``step``."""
        lag = step - self._commit_steps
        moves = row[self._tiles]
        # The last in order first: it will be done last, so one look at it saves many at others.
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

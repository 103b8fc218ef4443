"""Rules for handing one persona to another's move (DESIGN section 3, *guarded people*)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Abort, Move, WaitFor, suspend
from ga_ooo.engine.protocol import Condition, EarlierCompleted, HandedOver, Reached
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.errors import CausalityError
from ga_ooo.town.reach import Reach


def wait_until(scheduler: Scheduler, persona: PersonaIndex, condition: Condition) -> None:
    """Wait, in a fiber, until a condition holds; go straight on if it does already."""
    if scheduler.progress.wait_hold(persona, condition) is not None:
        suspend(WaitFor(condition))


class HandOverGuard:
    """Decides whether a move may have another persona, and waits for its turn.

    In sight, the persona itself is handed over once everybody earlier in order who sees it has
    completed the step; it neither starts nor commits until the move completes. Out of sight only
    its tile can be known.

    Args:
        tile_at: the tile of a persona at a step that it has reached.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        reach: Reach,
        tile_at: Callable[[PersonaIndex, Step], TileIndex],
    ) -> None:
        self._scheduler = scheduler
        self._reach = reach
        self._tile_at = tile_at

    def grant(self, move: Move, other: PersonaIndex) -> bool:
        """Whether ``other`` itself may be handed to ``move``; False if it is out of sight."""
        scheduler, step = self._scheduler, move.step
        sight = self._reach.to_sight(self._tile_at(move.persona, step))
        behind = step - scheduler.commit_step(other)
        if behind > 0:
            if sight[scheduler.tile(other)] > behind:
                return False
            wait_until(scheduler, move.persona, Reached(other, step))
        tile = self._tile_at(other, step)
        if sight[tile] != 0:
            return False
        self._must_be_here(move, other)
        wait_until(
            scheduler,
            move.persona,
            EarlierCompleted(self._reach.to_sight(tile), step, before=move.persona),
        )
        self._must_be_here(move, other)
        scheduler.handle(HandedOver(move.persona, other))
        return True

    def known_tile(self, move: Move, other: PersonaIndex) -> Step:
        """The step whose tile the far ``other`` shows to ``move``: of this step if it comes earlier
        in order, else of the step before; waits until it is known."""
        step = move.step if other < move.persona else move.step - 1
        wait_until(self._scheduler, move.persona, Reached(other, step))
        return step

    def refuse(self, move: Move, other: PersonaIndex, why: str) -> NoReturn:
        """End the run with a causality error that tells both stories."""
        story, scheduler = self._scheduler.story, self._scheduler
        name, other_name = story.names[move.persona], story.names[other]
        error = CausalityError(
            f"{name} at step {move.step} needs {other_name} as of that step ({why}), but "
            f"{other_name} is at step {scheduler.commit_step(other)} "
            f"({scheduler.phase(other).name.lower()}) under rule {scheduler.rule.name}\n"
            + story.text(move.persona, other),
            "run with --rule reach, which is sound for this host; nothing wrong was written",
        )
        # Not raised here: the host's bare except would swallow it.
        suspend(Abort(error))
        raise AssertionError("an aborted move does not go on")

    def _must_be_here(self, move: Move, other: PersonaIndex) -> None:
        """``other`` must stand before its own step, or behind it if it comes earlier in order."""
        scheduler = self._scheduler
        if scheduler.commit_step(other) > move.step:
            self.refuse(move, other, "it has gone on")
        if other > move.persona and scheduler.phase(other) is not Phase.HELD:
            self.refuse(move, other, "it has moved already, though it comes later in order")

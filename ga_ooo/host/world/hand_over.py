"""When a running move may have another persona: the rules of a hand-over.

The host gives each move the dictionary of all personas, and a move reads and writes the other
persona in it when the two meet (``plan``, conversations).
"""

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
    """Wait, in a fiber, until a condition holds; return at once if it holds already."""
    if scheduler.scoreboard.wait_hold(persona, condition) is not None:
        suspend(WaitFor(condition))


class HandOverGuard:
    """Decides whether a move may have another persona, and waits until it may.

    A persona in sight is handed over when all personas that are earlier in persona order and that
    see it have completed the step. From then on it neither starts a move nor commits, until the
    move that holds it completes. Of a persona out of sight, only the tile can be known.

    Args:
        scheduler: of the run.
        reach: of the map.
        tile_at: gives the tile of a persona at a step that the persona has reached.
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
        """Hand ``other`` over to ``move``; waits for its turn. False if it is out of sight."""
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
        self._check_step(move, other)
        wait_until(
            scheduler,
            move.persona,
            EarlierCompleted(self._reach.to_sight(tile), step, before=move.persona),
        )
        self._check_step(move, other)
        scheduler.handle(HandedOver(move.persona, other))
        return True

    def step_of_known_tile(self, move: Move, other: PersonaIndex) -> Step:
        """The step at which ``move`` sees the tile of the far ``other``; waits until it is known.

        The host moves personas in order, so that is the step of the move if ``other`` comes
        earlier in order, else the step before.
        """
        step = move.step if other < move.persona else move.step - 1
        wait_until(self._scheduler, move.persona, Reached(other, step))
        return step

    def refuse(self, move: Move, other: PersonaIndex, why: str) -> NoReturn:
        """End the run with a causality error that contains the stories of both personas.

        Args:
            why: what ``move`` needs of ``other``.
        """
        story, scheduler = self._scheduler.story, self._scheduler
        name, other_name = story.names[move.persona], story.names[other]
        error = CausalityError(
            f"{name} at step {move.step} needs {other_name} as of that step ({why}), but "
            f"{other_name} is at step {scheduler.commit_step(other)} "
            f"({scheduler.phase(other).name.lower()}) under rule {scheduler.rule.name}\n"
            + story.text(move.persona, other),
            "run with --rule reach, which is sound for this host; nothing wrong was written",
        )
        # The error is not raised here: a bare except in the host would swallow it.
        suspend(Abort(error))
        raise AssertionError("an aborted move does not continue")

    def _check_step(self, move: Move, other: PersonaIndex) -> None:
        """Check that ``other`` has not begun its step, or has completed it if it comes earlier."""
        scheduler = self._scheduler
        if scheduler.commit_step(other) > move.step:
            self.refuse(move, other, "it has continued to a later step")
        if other > move.persona and scheduler.phase(other) is not Phase.HELD:
            self.refuse(move, other, "it has moved already, though it comes later in order")

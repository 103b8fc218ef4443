"""The moves of rehearsals: taken at once if nothing happens, else by host code in a fiber."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.loop.fibers import Fiber, Move
from ga_ooo.runahead.calls import RehearsedCalls, SquashedError
from ga_ooo.runahead.host import RehearsalHost
from ga_ooo.runahead.rehearsal import (
    AssumedWorld,
    Rehearsal,
    RehearsedMove,
)
from ga_ooo.town.tile_versions import Presence

_COPY_EVERY: Final = 8
"""A rehearsal can be rolled back to each such step, besides the moves that run host code. A copy
costs about as much as a move in which nothing happens."""

_MAX_THROWS: Final = 100
"""So often the host code of a squashed move may catch the exception that ends it."""


class MoveRunner:
    """Runs one move of a rehearsal, up to its end or to a call that it must wait for.

    Args:
        host: runs host code.
        calls: answers the calls of the moves.
        rehearsals: all rehearsals that have not been squashed.
    """

    def __init__(
        self,
        host: RehearsalHost,
        calls: RehearsedCalls,
        rehearsals: Mapping[PersonaIndex, Rehearsal],
    ) -> None:
        self._host = host
        self._calls = calls
        self._rehearsals = rehearsals

    def start(self, rehearsal: Rehearsal) -> Any:
        """Start the next move. Returns the presence at the next step; or what :meth:`resume`
        returns."""
        persona, step = rehearsal.persona, rehearsal.step
        tile = rehearsal.tile
        presences = self._host.presences(step, tile, self._rehearsals)
        world = AssumedWorld(
            rehearsal.replica, persona, step, tile, presences, rehearsal.access_times
        )
        before = rehearsal.moves.get(step - 1)
        rehearsal.moves[step] = RehearsedMove(world)
        if step % _COPY_EVERY == 0:
            self._save(rehearsal)
        presence = self._host.take_at_once(world, before.world if before is not None else None)
        if presence is not None:
            return presence
        self._save(rehearsal)
        move = self._host.new_move(persona, step)
        move.rehearsal = lambda call: self._calls.answer(rehearsal, call)
        rehearsal.fiber = Fiber(lambda: self._run(world, move), move)
        return self.resume(rehearsal)

    def resume(self, rehearsal: Rehearsal, *value: object) -> Any:
        """Run host code.

        Returns:
            the presence at the next step, if the move has ended; the exception with which it has
            ended; else the request with which its fiber is suspended.
        """
        fiber = rehearsal.fiber
        assert fiber is not None
        self._host.enter(rehearsal.current.world, self._rehearsals)
        try:
            outcome = fiber.switch(*value)
        finally:
            self._host.leave()
        if fiber.dead:
            rehearsal.fiber = None
        return outcome

    def unwind(self, rehearsal: Rehearsal) -> None:
        """End the host code of a squashed rehearsal.

        If a suspended greenlet is only collected, its host code swallows GreenletExit and runs on.
        Here everything that it changes is a copy, and each of its calls raises again.
        """
        fiber = rehearsal.fiber
        if fiber is None or fiber.dead:
            return
        self._host.enter(rehearsal.current.world, self._rehearsals)
        try:
            throws = 0
            while not fiber.dead and throws < _MAX_THROWS:
                fiber.throw(SquashedError())
                throws += 1
        finally:
            self._host.leave()

    def _run(self, world: AssumedWorld, move: Move) -> Presence | BaseException:
        try:
            return self._host.run_move(world, move)
        except (Exception, SquashedError) as error:
            return error

    def _save(self, rehearsal: Rehearsal) -> None:
        """Keep the replica as it is before the move, so that the rehearsal can be rolled back."""
        move = rehearsal.current
        if move.copy is None:
            move.copy = rehearsal.copy = self._host.copy(rehearsal.replica, rehearsal.copy)
            move.access_times = dict(rehearsal.access_times)

"""Reads of the town by host code in a real move. A read waits until its answer is final."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ga_ooo.engine.ids import PersonaIndex, TileIndex
from ga_ooo.engine.loop.fibers import Move, current_move
from ga_ooo.engine.protocol import Clear
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.host.run.town_history import TownHistory
from ga_ooo.host.world.hand_over import HandOverGuard, wait_until
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.snapshot import PersonaCopy, take_copy, with_accessed
from ga_ooo.host.world.views import FarPersona
from ga_ooo.town.tile_history import SharedKey
from ga_ooo.town.tile_versions import Events


@dataclass(slots=True)
class ActiveMove:
    """A move under way.

    Attributes:
        move: the move.
        tile: of the persona.
        clear: whether all personas in sight are known.
        copies: clean copies of the persona and of all personas that the move was handed.
    """

    move: Move
    tile: TileIndex
    clear: bool
    copies: dict[PersonaIndex, PersonaCopy]


class CleanCopies:
    """Takes clean copies of personas. A copy shares memory with the last one where nothing grew.

    Args:
        personas: the host's, in their order.
    """

    def __init__(self, personas: list[Any]) -> None:
        self._personas = personas
        self._last: list[PersonaCopy | None] = [None] * len(personas)

    def take(self, persona: PersonaIndex) -> PersonaCopy:
        """A copy of the persona as it is now."""
        copy = self._last[persona] = take_copy(self._personas[persona], self._last[persona])
        return copy

    def forget(self, persona: PersonaIndex) -> None:
        """The persona was changed from outside: its next copy shares nothing."""
        self._last[persona] = None

    def forget_all(self) -> None:
        """The same for all personas."""
        self._last = [None] * len(self._last)


class TownReads:
    """Implements :class:`~ga_ooo.host.world.views.Reader` for real moves.

    Args:
        personas: the host's, in their order.
        scheduler: of the stretch.
        views: of the maze.
        history: the past of the town.
        copies: takes clean copies.
        is_exact: whether the rule guarantees that all personas in sight of a running move are
            known.

    Attributes:
        active: moves under way.
        in_sight: see :class:`~ga_ooo.host.world.views.Reader`.
        event_tiles: see :class:`~ga_ooo.host.world.views.Reader`.
    """

    def __init__(
        self,
        personas: list[Any],
        scheduler: Scheduler,
        views: MazeViews,
        history: TownHistory,
        copies: CleanCopies,
        *,
        is_exact: bool,
    ) -> None:
        self.active: dict[PersonaIndex, ActiveMove] = {}
        self.in_sight: frozenset[TileIndex] = frozenset()
        self.event_tiles = history.event_tiles
        self._personas = personas
        self._scheduler = scheduler
        self._views = views
        self._history = history
        self._copies = copies
        self._is_exact = is_exact
        names = scheduler.story.names
        self._far = [FarPersona(views.slot, i, name) for i, name in enumerate(names)]
        self._guard = HandOverGuard(scheduler, views.reach, history.tile_at)

    def is_clear_of_others(self, persona: PersonaIndex, tile: TileIndex, step: int) -> bool:
        """Whether all personas in sight of the tile at the step are known."""
        if self._is_exact:
            return True
        sight = Clear(self._views.reach.to_sight(tile), step)
        return self._scheduler.scoreboard.wait_hold(persona, sight) is None

    def enter(self, move: Move) -> None:
        """Answer for this move from now on: its fiber runs next."""
        active, views = self.active[move.persona], self._views
        self.in_sight = views.tiles_in_sight(active.tile) if active.clear else frozenset()

    # --- see views.Reader ----------------------------------------------------------------------

    def read(self, tile: TileIndex) -> Events:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        if move is None:
            return self._history.events_at(tile, self._scheduler.horizon - 1)
        active = self.active[move.persona]
        if not active.clear:
            self._wait_for_sight(active)
        if tile not in self.in_sight:
            to_tile = Clear(self._views.reach.to_tile(tile), move.step)
            wait_until(self._scheduler, move.persona, to_tile)
        while True:
            events = self._history.events(tile, move.step, self._is_clear)
            if not isinstance(events, SharedKey):
                return events
            wait_until(self._scheduler, move.persona, self._condition(events))

    def hand_over(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        if move is None or other == move.persona:
            return self._personas[other]
        active = self.active[move.persona]
        if other in active.copies:
            return self._personas[other]
        if not self._guard.grant(move, other):
            return self._far[other]
        persona, copy = self._personas[other], self._copies.take(other)
        accesses = move.on_first_access is None
        active.copies[other] = with_accessed(copy, persona) if accesses else copy
        return persona

    def tile_of(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        assert move is not None
        return self._history.curr_tile(other, self._guard.step_of_known_tile(move, other))

    def refuse(self, other: PersonaIndex, attribute: str) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        assert move is not None
        self._guard.refuse(move, other, f"{attribute} of somebody out of sight")

    # --- helpers ---------------------------------------------------------------------------------

    def _wait_for_sight(self, active: ActiveMove) -> None:
        """Under a rule weaker than reach, wait until all personas in sight are known."""
        sight = self._views.reach.to_sight(active.tile)
        wait_until(self._scheduler, active.move.persona, Clear(sight, active.move.step))
        active.clear = True
        self.in_sight = self._views.tiles_in_sight(active.tile)

    def _condition(self, key: SharedKey) -> Clear:
        row = self._views.holder_row(key.object_event[0])
        return Clear(row, key.step, first=key.after + 1)

    def _is_clear(self, key: SharedKey) -> bool:
        if self._scheduler.horizon >= key.step:
            # No persona lags behind this step, so the row need not be known.
            return True
        move = current_move()
        assert move is not None
        return self._scheduler.scoreboard.wait_hold(move.persona, self._condition(key)) is None

"""What rehearsals assume of personas that have not reached a step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.run.town_host import RealTown
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.runahead.rehearsal import AssumedWorld, Rehearsal, RehearsalState
from ga_ooo.town.cells import Cell, Cells
from ga_ooo.town.tile_versions import Presence

_MOST_BOARDS: Final = 256
"""Steps whose presences are kept, those that were asked for last."""

_MOST_CHANGES: Final = 100_000
"""When so many are kept, all are dropped."""


class _Board:
    """The presences of all personas at one step.

    Args:
        presences: by persona.
        cells: of the map.

    Attributes:
        presences: by persona.
        changes: so many changes are part of them.
    """

    __slots__ = ("_cells", "_in_cell", "changes", "presences")

    def __init__(self, presences: list[Presence], cells: Cells) -> None:
        self.presences = presences
        self.changes = 0
        self._cells = cells
        self._in_cell: defaultdict[Cell, set[PersonaIndex]] = defaultdict(set)
        for presence in presences:
            self._in_cell[cells.of(presence.tile)].add(presence.persona)

    def replace(self, presence: Presence) -> bool:
        """The presence of a persona is another one now. Returns whether its tile is, too."""
        persona, before = presence.persona, self.presences[presence.persona]
        self.presences[persona] = presence
        if before.tile == presence.tile:
            return False
        old, new = self._cells.of(before.tile), self._cells.of(presence.tile)
        if old != new:
            self._in_cell[old].remove(persona)
            self._in_cell[new].add(persona)
        return True

    def in_sight(self, tile: TileIndex) -> dict[PersonaIndex, Presence]:
        """Those in sight of a tile, in persona order."""
        in_sight, presences, in_cell = self._cells.in_sight, self.presences, self._in_cell
        near = [p for cell in self._cells.around(tile) for p in in_cell.get(cell, ())]
        return {p: presences[p] for p in sorted(near) if in_sight(tile, presences[p].tile)}

    def on_tile(self, tile: TileIndex) -> list[Presence]:
        """Those on a tile, in persona order."""
        near = sorted(self._in_cell.get(self._cells.of(tile), ()))
        return [self.presences[p] for p in near if self.presences[p].tile == tile]


class Assumptions:
    """The known or assumed presences of all personas.

    They are kept by step. Of a step that was asked for before, only the presences of those personas
    are determined again that have changed since. A question is answered from the cells around a
    tile, so its cost does not grow with the town.

    Args:
        run: the real personas and presences of the run.
        views: of its map.
    """

    def __init__(self, run: RealTown, views: MazeViews) -> None:
        self._run = run
        self._views = views
        self._boards: dict[Step, _Board] = {}
        self._changes: list[PersonaIndex] = []
        self._unmarked = views.unmarked

    def changed(self, persona: PersonaIndex | None) -> None:
        """A persona or its rehearsal has changed; None: any of them."""
        if persona is None or len(self._changes) >= _MOST_CHANGES:
            self._boards.clear()
            self._changes.clear()
        elif not self._changes or self._changes[-1] != persona:
            self._changes.append(persona)

    def in_sight(
        self, step: Step, tile: TileIndex, rehearsals: Mapping[PersonaIndex, Rehearsal]
    ) -> dict[PersonaIndex, Presence]:
        """The presence of each persona in sight of a tile at a step, in persona order.

        Args:
            rehearsals: by persona.
        """
        return self._board(step, rehearsals).in_sight(tile)

    def arrivals(
        self, tile: TileIndex, step: Step, rehearsals: Mapping[PersonaIndex, Rehearsal]
    ) -> list[Presence]:
        """The presences on a tile at a step that are not known yet, in persona order."""
        here = self._board(step, rehearsals).on_tile(tile)
        return [presence for presence in here if self._is_assumed(presence, step)]

    def presence(
        self, persona: PersonaIndex, step: Step, rehearsals: Mapping[PersonaIndex, Rehearsal]
    ) -> Presence:
        """The presence of one persona at a step."""
        return self._run.history.presence(persona, step) or self._assumed(
            persona, step, rehearsals.get(persona)
        )

    def by_tile(self, world: AssumedWorld) -> dict[TileIndex, list[Presence]]:
        """The presences in sight that are not known yet, by tile."""
        if world.assumed is None:
            world.assumed = {}
            for presence in world.presences.values():
                if self._is_assumed(presence, world.step):
                    world.assumed.setdefault(presence.tile, []).append(presence)
        return world.assumed

    def _is_assumed(self, presence: Presence, step: Step) -> bool:
        return self._run.history.presence(presence.persona, step) is None

    def _board(self, step: Step, rehearsals: Mapping[PersonaIndex, Rehearsal]) -> _Board:
        """The presences at a step, as they are known or assumed now."""
        if self._unmarked != self._views.unmarked:
            # Tiles of assumed presences may be among those that hold no events any more.
            self._unmarked = self._views.unmarked
            self._boards.clear()
        board = self._boards.pop(step, None)
        if board is None:
            board = self._new_board(step, rehearsals)
        else:
            # The last change is not counted as seen: its persona may change again unnoted.
            for persona in set(self._changes[max(0, board.changes - 1) :]):
                presence = self.presence(persona, step, rehearsals)
                if board.replace(presence):
                    self._views.mark([presence.tile])
        board.changes = len(self._changes)
        self._boards[step] = board
        return board

    def _new_board(self, step: Step, rehearsals: Mapping[PersonaIndex, Rehearsal]) -> _Board:
        if len(self._boards) >= _MOST_BOARDS:
            del self._boards[next(iter(self._boards))]
        personas = range(len(self._run.names))
        presences = [self.presence(persona, step, rehearsals) for persona in personas]
        self._views.mark({presence.tile for presence in presences})
        return _Board(presences, self._views.cells)

    def _assumed(self, persona: PersonaIndex, step: Step, rehearsal: Rehearsal | None) -> Presence:
        """As the persona's own rehearsal shows; else it follows its path and does not change."""
        if rehearsal is not None:
            shared = rehearsal.shared_presences
            if step in shared:
                return shared[step]
            is_between = rehearsal.state is RehearsalState.BETWEEN_MOVES
            if rehearsal.step in shared and is_between and rehearsal.step <= step:
                if not rehearsal.replica.scratch.planned_path:
                    return shared[rehearsal.step]
                steps = step - rehearsal.step
                return self._extrapolate(persona, rehearsal.replica, rehearsal.tile, steps)
        since, tile = self._run.scheduler.next_move(persona)
        return self._extrapolate(persona, self._run.personas[persona], tile, step - since)

    def _extrapolate(
        self, persona: PersonaIndex, host_persona: Any, tile: TileIndex, steps: int
    ) -> Presence:
        """The presence after so many steps along the planned path, with the present action."""
        scratch = host_persona.scratch
        path = scratch.planned_path
        if path and steps:
            tile = self._views.index(path[min(steps, len(path)) - 1])
        return presence_of(persona, tile, scratch, arrived=len(path) <= steps)


def presence_of(persona: PersonaIndex, tile: TileIndex, scratch: Any, *, arrived: bool) -> Presence:
    """The presence of a persona on a tile.

    Args:
        scratch: of the persona.
        arrived: whether it uses its object.
    """
    return Presence(
        persona,
        tile,
        scratch.get_curr_event_and_desc(),
        scratch.get_curr_obj_event_and_desc() if arrived else None,
    )

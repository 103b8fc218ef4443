"""The host's maze as the engine needs it: the town map, its reach, and views on its tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from ga_ooo.engine.ids import NEVER, Row, TileIndex
from ga_ooo.host.imported.determinism import OrderedEvents
from ga_ooo.host.world.views import MarkedTileEvents, ReaderSlot, TileEvents
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach, RowStore

PATH_LIMIT: Final = 150
"""Moves within which the host's path finder surely finds its way (``path_finder_v2`` gives up
after 151 waves); beyond it a persona may stand still and still show its object event."""


class MazeViews:
    """One maze of the host.

    Args:
        maze: the host's ``Maze``.
        collision_block_id: what marks a tile that the path finder does not enter
            (``utils.collision_block_id``).
        radius: the largest ``vision_r`` of all personas, in tiles.
        make_store: gives the store for sight rows of this map and radius.
        ignores_far_events: see :mod:`ga_ooo.host.checkout.event_reads`.
    """

    def __init__(
        self,
        maze: Any,
        collision_block_id: str,
        radius: int,
        make_store: Callable[[TownMap, int], RowStore] | None = None,
        ignores_far_events: bool = False,
    ) -> None:
        self.maze = maze
        walkable = [[cell != collision_block_id for cell in row] for row in maze.collision_maze]
        arena = [[f"{t['world']}:{t['sector']}:{t['arena']}" for t in row] for row in maze.tiles]
        self.town = TownMap.from_rows(walkable, arena)
        store = make_store(self.town, radius) if make_store else None
        self.reach = Reach(self.town, radius, store)
        self.slot = ReaderSlot()
        self._make_view = MarkedTileEvents if ignores_far_events else TileEvents
        self._views: dict[TileIndex, TileEvents | MarkedTileEvents] = {}
        self._holder_rows: dict[str, Row] = {}
        self._masks: dict[TileIndex, bytes] = {}
        self.nothing_in_sight = bytes(self.town.size)

    def index(self, tile: Any) -> TileIndex:
        """Tile index of the host's ``(x, y)`` (tuple or list)."""
        return self.town.index(int(tile[0]), int(tile[1]))

    def sight_mask(self, tile: TileIndex) -> bytes:
        """For each tile, 1 if it is in sight of ``tile``."""
        mask = self._masks.get(tile)
        if mask is None:
            mask = self._masks[tile] = (self.reach.to_sight(tile) == 0).tobytes()
        return mask

    # --- handing the tiles over and back ----------------------------------------------------

    def install(self, positions: Iterable[TileIndex]) -> dict[TileIndex, OrderedEvents]:
        """Put views in place of all sets of events that can change.

        Nobody enters a blocked tile, so its events never change, unless somebody started there
        (in this run or an earlier one, whose residue may lie there still).

        Args:
            positions: where everybody is.

        Returns:
            the sets that were there, without the empty ones.
        """
        taken: dict[TileIndex, OrderedEvents] = {}
        open_tiles = np.flatnonzero(self.town.walkable).tolist()
        for tile in {*open_tiles, *positions, *self._views}:
            x, y = self.town.position(tile)
            held = self.maze.tiles[y][x]["events"]
            if held:
                taken[tile] = held
            view = self._views.get(tile)
            if view is None:
                view = self._views[tile] = self._make_view(self.slot, tile)
            self.maze.tiles[y][x]["events"] = view
        return taken

    def mark(self, tiles: Iterable[TileIndex] | None) -> None:
        """Something lies on these tiles or has lain there; None: on any, for all that is known."""
        for tile in self._views if tiles is None else tiles:
            view = self._views.get(tile)
            if isinstance(view, MarkedTileEvents):
                view.mark()

    def unmark(self, tiles: Iterable[TileIndex]) -> None:
        """Nothing lies on these tiles any more, so they need not be looked at."""
        for tile in tiles:
            view = self._views.get(tile)
            if isinstance(view, MarkedTileEvents):
                view.unmark()

    def remove(self, events: dict[TileIndex, Iterable[Any]]) -> None:
        """Put plain sets back in place of the views; tiles that are not named are empty."""
        for tile in self._views:
            x, y = self.town.position(tile)
            self.maze.tiles[y][x]["events"] = OrderedEvents(events.get(tile, ()))

    # --- who could hold an object event -------------------------------------------------------

    def holder_row(self, address: str | None) -> Row:
        """Fewest moves to where a persona could show the object event of ``address``.

        That is on a tile of the address, or anywhere from where some tile of it cannot be
        reached (the persona then stands still, "arrived"); the whole map if that is unclear.
        """
        known = self._holder_rows.get(address or "")
        if known is None:
            known = self._holder_rows[address or ""] = self._make_holder_row(address)
        return known

    def _make_holder_row(self, address: str | None) -> Row:
        anywhere = np.zeros(self.town.size, dtype=np.uint16)
        if address and address.endswith(":<random>"):
            address = address.rsplit(":", 1)[0]
        tiles = [self.index(tile) for tile in self.maze.address_tiles.get(address, ())]
        if not tiles or not self.town.walkable.ravel()[tiles].all():
            return anywhere
        moves = self.reach.to_tile(tiles[0])
        spread = int(moves[tiles].max())
        if spread == NEVER or spread >= PATH_LIMIT:
            return anywhere
        # Whoever is within the limit of one tile, less their spread, is within it of all.
        stuck = np.flatnonzero(moves >= PATH_LIMIT - spread).tolist()
        return self.reach.to_tiles([*tiles, *stuck])

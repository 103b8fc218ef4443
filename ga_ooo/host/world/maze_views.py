"""The host's maze as the engine needs it: the town map, its reach, and views of its tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Final

import numpy as np

from ga_ooo.engine.ids import NEVER, Row, TileIndex
from ga_ooo.host.imported.determinism import OrderedEvents
from ga_ooo.host.world.views import MarkedTileEvents, ReaderSlot, TileEvents
from ga_ooo.town.cells import Cells
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach, RowStore

PATH_LIMIT: Final = 150
"""Distance in moves within which the host's path finder always finds a path (``path_finder_v2``
stops after 151 waves). A persona that is further away may stay where it is and show its object
event there."""

_MOST_SIGHTS: Final = 16_384
"""For so many tiles, the tiles in sight are kept: at most 16 KB each."""


class MazeViews:
    """One maze of the host, with views in place of the event sets of its tiles.

    Args:
        maze: the host's ``Maze``.
        collision_block_id: value in ``collision_maze`` of a tile that the path finder does not
            enter (``utils.collision_block_id``).
        radius: the largest ``vision_r`` of all personas, in tiles.
        make_store: makes the store for sight rows of this map and radius.
        ignores_far_events: see :mod:`ga_ooo.host.checkout.event_reads`.

    Attributes:
        town: the map.
        reach: distances on this map.
        slot: takes the reader of the current run; all views use it.
        unmarked: how many tiles were unmarked so far.
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
        self.town = _town_map(maze, collision_block_id)
        store = make_store(self.town, radius) if make_store else None
        self.reach = Reach(self.town, radius, store)
        self.slot = ReaderSlot()
        self.unmarked = 0
        self._make_view = MarkedTileEvents if ignores_far_events else TileEvents
        self._views: dict[TileIndex, TileEvents | MarkedTileEvents] = {}
        self._holder_rows: dict[str, Row] = {}
        self._anywhere = np.zeros(self.town.size, dtype=np.uint16)
        self._in_sight: dict[TileIndex, frozenset[TileIndex]] = {}

    def index(self, tile: Any) -> TileIndex:
        """Tile index of the host's ``(x, y)`` (tuple or list)."""
        return self.town.index(int(tile[0]), int(tile[1]))

    def tiles_in_sight(self, tile: TileIndex) -> frozenset[TileIndex]:
        """The tiles in sight of ``tile``."""
        seen = self._in_sight.get(tile)
        if seen is None:
            if len(self._in_sight) >= _MOST_SIGHTS:
                del self._in_sight[next(iter(self._in_sight))]
            seen = self._in_sight[tile] = self.reach.tiles_in_sight(tile)
        return seen

    @cached_property
    def cells(self) -> Cells:
        """The cells of this map, for the largest sight radius."""
        return Cells(self.town, self.reach.radius)

    # --- views in place of event sets -------------------------------------------------------

    def install(self, positions: Iterable[TileIndex]) -> dict[TileIndex, OrderedEvents]:
        """Put views in place of all event sets that can change.

        No persona enters a blocked tile, so the events of such a tile never change, unless a
        persona started on it (in this run, or in an earlier run that left its events there).

        Args:
            positions: tiles of the personas, and other tiles whose events can change.

        Returns:
            the event sets that were there, without the empty ones.
        """
        replaced: dict[TileIndex, OrderedEvents] = {}
        walkable = self.town.walkable[: len(self.maze.tiles)]
        for tile in {*np.flatnonzero(walkable).tolist(), *positions, *self._views}:
            x, y = self.town.position(tile)
            held = self.maze.tiles[y][x]["events"]
            if held:
                replaced[tile] = held
            view = self._views.get(tile)
            if view is None:
                view = self._views[tile] = self._make_view(self.slot, tile)
            self.maze.tiles[y][x]["events"] = view
        return replaced

    def mark(self, tiles: Iterable[TileIndex] | None) -> None:
        """These tiles may hold events from now on. None: all tiles may."""
        for tile in self._views if tiles is None else tiles:
            view = self._views.get(tile)
            if isinstance(view, MarkedTileEvents):
                view.mark()

    def unmark(self, tiles: Iterable[TileIndex]) -> None:
        """These tiles hold no events any more, so the host need not look at them."""
        for tile in tiles:
            self.unmarked += 1
            view = self._views.get(tile)
            if isinstance(view, MarkedTileEvents):
                view.unmark()

    def remove(self, events: dict[TileIndex, Iterable[Any]]) -> None:
        """Put plain event sets back in place of the views.

        Args:
            events: the events by tile; all other tiles are empty.
        """
        for tile in self._views:
            x, y = self.town.position(tile)
            self.maze.tiles[y][x]["events"] = OrderedEvents(events.get(tile, ()))

    # --- where an object event could be shown -------------------------------------------------

    def holder_row(self, address: str | None) -> Row:
        """Fewest moves to a tile where a persona could show the object event of ``address``.

        That is a tile of the address, or a tile from which some tile of the address cannot be
        reached: a persona there does not move, and the host treats it as arrived. Where this cannot
        be decided, the row is 0 everywhere.
        """
        known = self._holder_rows.get(address or "")
        if known is None:
            known = self._holder_rows[address or ""] = self._make_holder_row(address)
        return known

    def _make_holder_row(self, address: str | None) -> Row:
        if address and address.endswith(":<random>"):
            address = address.rsplit(":", 1)[0]
        tiles = [self.index(tile) for tile in self.maze.address_tiles.get(address, ())]
        if not tiles or not self.town.walkable.ravel()[tiles].all():
            return self._anywhere
        moves = self.reach.to_tile(tiles[0])
        spread = int(moves[tiles].max())
        if spread == NEVER or spread >= PATH_LIMIT:
            return self._anywhere
        # A tile within PATH_LIMIT - spread of one tile of the address is within PATH_LIMIT of all.
        return self.reach.to_tiles_or_far(tiles, PATH_LIMIT - spread)


def _town_map(maze: Any, collision_block_id: str) -> TownMap:
    """The map as the host's path finder walks on it.

    Its rows are those of ``collision_maze``, which may be more than those of ``tiles``, and the
    last of which may be short: a comma at the end of the file makes one more cell
    (:mod:`ga_ooo.host.checkout.maps.matrix_files`). The cells that are missing are blocked.
    """
    width = len(maze.collision_maze[0])
    walkable = [
        [cell != collision_block_id for cell in row] + [False] * (width - len(row))
        for row in maze.collision_maze
    ]
    arena = [[f"{t['world']}:{t['sector']}:{t['arena']}" for t in row] for row in maze.tiles]
    arena += [["outside the map"] * width] * (len(walkable) - len(arena))
    return TownMap.from_rows(walkable, arena)

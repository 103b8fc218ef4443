"""Geodesic reach: the fewest one-tile moves from every tile into a set of tiles.

A *row* gives a number for each tile: ``row[q]`` is the fewest moves from tile q into the set,
:data:`NEVER` where no way leads there. The rule that makes the engine exact is written in rows:
``row[tile(j)] <= s - c(j)`` says that persona j, whose commit step is c(j), could be in the set by
step s (see :mod:`ga_ooo.engine.hazards`). In parallel discrete-event simulation, this bound on how
soon one process can influence another is called lookahead.

On a map of up to :data:`MOST_TILES` tiles, a row is an array over all tiles. A larger map is cut
into regions that nobody can leave (:mod:`ga_ooo.town.regions`), and a row is that of its region;
regions that are alike share their rows. In a region that is itself larger, a row is exact up to
:data:`MOST_MOVES` and a lower bound beyond. docs/exactness.md says why the results stay exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import NEVER, Row, TileIndex
from ga_ooo.town.distances import Distances, moves_into
from ga_ooo.town.map import TownMap
from ga_ooo.town.regions import Box, find_regions, map_of
from ga_ooo.town.rows import Beyond, RegionIndex, RegionRow, WindowRow

MOST_TILES: Final = 40_000
"""Rows of larger regions are not arrays over all tiles."""

MOST_MOVES: Final = 150
"""Distances in larger regions are exact up to so many moves."""

_MOST_TILE_ROWS: Final = 1024
_MOST_WINDOWS: Final = 4096
"""So many rows are kept, of at most 0.1 MB each; they are computed again in two milliseconds."""


class RowStore(Protocol):
    """Keeps sight rows from one process to the next (a file: ``host.durable.reach_cache``)."""

    def of_part(self, town: TownMap) -> RowStore:
        """The store of a part of this map."""
        ...

    def load(self) -> dict[TileIndex, Distances]:
        """The rows that are known, by the tile whose sight they are about."""
        ...

    def save(self, rows: dict[TileIndex, Distances]) -> None:
        """Keep these rows."""
        ...


class Reach:
    """Sight and distances on one map, computed on demand and cached.

    Args:
        town: the map.
        radius: sight radius in tiles, the largest of all personas. Sight is a square, as in the
            host's ``Maze.get_nearby_tiles``. Of two personas the larger radius counts, so the
            largest of all is safe.
        store: keeps rows for later runs on the same map; None to keep none.
        most_tiles: see :data:`MOST_TILES`.
    """

    def __init__(
        self,
        town: TownMap,
        radius: int,
        store: RowStore | None = None,
        most_tiles: int = MOST_TILES,
    ) -> None:
        self.town = town
        self.radius = radius
        self._rows: _Rows = (
            _WholeRows(town, radius, store)
            if town.size <= most_tiles
            else _RegionRows(town, radius, store, most_tiles)
        )
        self._tile_rows: dict[TileIndex, Row] = {}

    def to_sight(self, tile: TileIndex) -> Row:
        """Fewest moves from every tile into sight of ``tile``; 0 means in sight."""
        return self._rows.to_sight(tile)

    def to_tile(self, tile: TileIndex) -> Row:
        """Fewest moves from every tile onto ``tile``."""
        row = self._tile_rows.get(tile)
        if row is None:
            if len(self._tile_rows) >= _MOST_TILE_ROWS:
                del self._tile_rows[next(iter(self._tile_rows))]
            row = self._tile_rows[tile] = self._rows.to_tiles([tile])
        return row

    def to_tiles(self, tiles: Collection[TileIndex]) -> Row:
        """Fewest moves from every tile onto any of ``tiles``, which are not none (not cached)."""
        return self._rows.to_tiles(tiles)

    def to_tiles_or_far(self, tiles: Collection[TileIndex], far: int) -> Row:
        """The same, where each tile counts from which the first of ``tiles`` is ``far`` moves away
        or more, at most :data:`MOST_MOVES`."""
        return self._rows.to_tiles_or_far(tiles, far)

    def tiles_in_sight(self, tile: TileIndex) -> frozenset[TileIndex]:
        """The tiles that a persona on ``tile`` sees, and from which it is seen (not cached)."""
        square, (left, top) = _square(self.town, self.radius, tile)
        rows, columns = square.nonzero()
        return frozenset(((rows + top) * self.town.width + columns + left).tolist())

    def save(self) -> None:
        """Store new rows for the next run on this map."""
        self._rows.save()


class _Rows(Protocol):
    """See :class:`Reach`."""

    def to_sight(self, tile: TileIndex) -> Row: ...

    def to_tiles(self, tiles: Collection[TileIndex]) -> Row: ...

    def to_tiles_or_far(self, tiles: Collection[TileIndex], far: int) -> Row: ...

    def save(self) -> None: ...


class _WholeRows:
    """Rows that are arrays over all tiles."""

    def __init__(self, town: TownMap, radius: int, store: RowStore | None) -> None:
        self._town = town
        self._radius = radius
        self._store = store
        self._sight: dict[TileIndex, Distances] = store.load() if store else {}
        self._loaded = len(self._sight)

    def to_sight(self, tile: TileIndex) -> Distances:
        row = self._sight.get(tile)
        if row is None:
            seen = _seen_from(self._town, self._radius, tile)
            row = self._sight[tile] = moves_into(self._town, seen)
        return row

    def to_tiles(self, tiles: Collection[TileIndex]) -> Distances:
        return moves_into(self._town, _marked(self._town, tiles))

    def to_tiles_or_far(self, tiles: Collection[TileIndex], far: int) -> Distances:
        moves = self.to_tiles([next(iter(tiles))])
        return self.to_tiles([*tiles, *np.flatnonzero(moves >= far).tolist()])

    def save(self) -> None:
        if self._store and len(self._sight) > self._loaded:
            self._store.save(self._sight)
            self._loaded = len(self._sight)


class _WindowRows:
    """Rows that are exact near the set that they are about."""

    def __init__(self, town: TownMap, radius: int) -> None:
        self._town = town
        self._radius = radius
        self._sight: dict[TileIndex, WindowRow] = {}

    def to_sight(self, tile: TileIndex) -> Row:
        row = self._sight.get(tile)
        if row is None:
            if len(self._sight) >= _MOST_WINDOWS:
                del self._sight[next(iter(self._sight))]
            seen = _seen_from(self._town, self._radius, tile)
            row = self._sight[tile] = self._row(seen)
        return row

    def to_tiles(self, tiles: Collection[TileIndex]) -> Row:
        return self._row(_marked(self._town, tiles))

    def to_tiles_or_far(self, tiles: Collection[TileIndex], far: int) -> Row:
        box, _, near = self._around(_marked(self._town, [next(iter(tiles))]))
        # All tiles outside of the box, and at its edges, are far.
        targets = (near >= far) | _marked(self._town, tiles)[box.part]
        moves = moves_into(self._part(box), targets).astype(np.uint8).reshape(targets.shape)
        return WindowRow(self._town.width, box, moves)

    def save(self) -> None:
        """These rows are not stored."""

    def _row(self, targets: npt.NDArray[np.bool_]) -> WindowRow:
        box, target, moves = self._around(targets)
        inner = np.minimum(moves, MOST_MOVES + 1).astype(np.uint8)
        return WindowRow(self._town.width, box, inner, Beyond(target, MOST_MOVES))

    def _around(self, targets: npt.NDArray[np.bool_]) -> tuple[Box, Box, Distances]:
        """A box in which all tiles lie that are near, the box of the targets, and distances in the
        first, of shape (rows, columns)."""
        height, width = targets.shape
        rows, columns = np.flatnonzero(targets.any(1)), np.flatnonzero(targets.any(0))
        target = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        box = Box(
            max(0, target.left - MOST_MOVES),
            max(0, target.top - MOST_MOVES),
            min(width, target.right + MOST_MOVES),
            min(height, target.bottom + MOST_MOVES),
        )
        moves = moves_into(self._part(box), targets[box.part])
        return box, target, moves.reshape(targets[box.part].shape)

    def _part(self, box: Box) -> TownMap:
        return TownMap(self._town.walkable[box.part], self._town.arena[box.part])


class _RegionRows:
    """Rows that are those of a region; regions that are alike have them together."""

    def __init__(self, town: TownMap, radius: int, store: RowStore | None, most_tiles: int) -> None:
        boxes = find_regions(town, radius)
        self._index = RegionIndex(town.walkable.shape, boxes)
        alike: dict[str, _Rows] = {}
        self._of_region: list[_Rows] = []
        for box in boxes:
            part = map_of(town, box)
            known = alike.get(part.digest())
            if known is None:
                known = (
                    _WholeRows(part, radius, store.of_part(part) if store else None)
                    if part.size <= most_tiles
                    else _WindowRows(part, radius)
                )
                alike[part.digest()] = known
            self._of_region.append(known)
        self._alike = list(alike.values())
        # A persona may start on a blocked tile between regions; then it could be anywhere soon.
        self._anywhere = np.zeros(town.size, dtype=np.uint16)

    def to_sight(self, tile: TileIndex) -> Row:
        number = int(self._index.region[tile])
        if number < 0:
            return self._anywhere
        inner = self._of_region[number].to_sight(int(self._index.local[tile]))
        return RegionRow(self._index, number, inner, NEVER)

    def to_tiles(self, tiles: Collection[TileIndex]) -> Row:
        number, local = self._in_one_region(tiles)
        if number < 0:
            return self._anywhere
        return RegionRow(self._index, number, self._of_region[number].to_tiles(local), NEVER)

    def to_tiles_or_far(self, tiles: Collection[TileIndex], far: int) -> Row:
        number, local = self._in_one_region(tiles)
        if number < 0:
            return self._anywhere
        inner = self._of_region[number].to_tiles_or_far(local, far)
        # All other regions are far, as no way leads from there.
        return RegionRow(self._index, number, inner, 0)

    def save(self) -> None:
        for rows in self._alike:
            rows.save()

    def _in_one_region(self, tiles: Iterable[TileIndex]) -> tuple[int, list[TileIndex]]:
        """The region of these tiles, and the tiles on its map; -1 if they are not in one."""
        chosen = list(tiles)
        numbers = set(self._index.region[chosen].tolist())
        if len(numbers) != 1:
            return -1, []
        return numbers.pop(), self._index.local[chosen].tolist()


def _marked(town: TownMap, tiles: Collection[TileIndex]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(town.size, dtype=np.bool_)
    mask[list(tiles)] = True
    return mask.reshape(town.walkable.shape)


def _seen_from(town: TownMap, radius: int, tile: TileIndex) -> npt.NDArray[np.bool_]:
    square, (left, top) = _square(town, radius, tile)
    seen = np.zeros(town.walkable.shape, dtype=np.bool_)
    seen[top : top + square.shape[0], left : left + square.shape[1]] = square
    return seen


def _square(
    town: TownMap, radius: int, tile: TileIndex
) -> tuple[npt.NDArray[np.bool_], tuple[int, int]]:
    """Which tiles of the square around a tile are in its arena; (x, y) of the upper left one."""
    x, y = town.position(tile)
    left, top = max(0, x - radius), max(0, y - radius)
    arena = town.arena[top : y + radius + 1, left : x + radius + 1]
    return arena == town.arena[y, x], (left, top)

"""Geodesic reach: the fewest one-tile moves from every tile into a set of tiles.

A *row* is an array over all tiles: ``row[q]`` is the fewest moves from tile q into the set,
:data:`NEVER` where no way leads there. The rule that makes the engine exact is written in rows:
``row[tile(j)] <= s - c(j)`` says that persona j, whose commit step is c(j), could be in the set by
step s (see :mod:`ga_ooo.engine.hazards`). In parallel discrete-event simulation, this bound on how
soon one process can influence another is called lookahead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import NEVER, Row, TileIndex
from ga_ooo.town.map import TownMap


class RowStore(Protocol):
    """Keeps sight rows from one process to the next (a file: ``host.durable.reach_cache``)."""

    def load(self) -> dict[TileIndex, Row]:
        """The rows that are known, by the tile whose sight they are about."""
        ...

    def save(self, rows: dict[TileIndex, Row]) -> None:
        """Keep these rows."""
        ...


def moves_into(town: TownMap, targets: npt.NDArray[np.bool_]) -> Row:
    """Breadth-first distances into ``targets`` over the walkable map.

    Personas enter walkable tiles only, so the search expands through walkable tiles. A blocked tile
    beside them gets a distance too, because a persona may *start* on one (host: ``path_finder_v2``
    marks the start before it looks at walls), but the search does not expand through it.

    Args:
        town: the map.
        targets: the set of tiles: bool, shape (height, width).

    Returns:
        moves: uint16, shape (tiles,).
    """
    distance = np.full(town.walkable.shape, NEVER, dtype=np.uint16)
    distance[targets] = 0
    unseen = ~targets
    frontier = targets & town.walkable
    moves = 0
    while frontier.any():
        moves += 1
        near = np.zeros_like(frontier)
        near[1:] |= frontier[:-1]
        near[:-1] |= frontier[1:]
        near[:, 1:] |= frontier[:, :-1]
        near[:, :-1] |= frontier[:, 1:]
        near &= unseen
        distance[near] = moves
        unseen &= ~near
        frontier = near & town.walkable
    return distance.ravel()


class Reach:
    """Sight and distances on one map, computed on demand and cached.

    Args:
        town: the map.
        radius: sight radius in tiles, the largest of all personas. Sight is a square, as in the
            host's ``Maze.get_nearby_tiles``. Of two personas the larger radius counts, so the
            largest of all is safe.
        store: keeps rows for later runs on the same map; None to keep none.
    """

    def __init__(self, town: TownMap, radius: int, store: RowStore | None = None) -> None:
        self.town = town
        self.radius = radius
        self._store = store
        self._sight: dict[TileIndex, Row] = store.load() if store else {}
        self._loaded = len(self._sight)
        self._tile_rows: dict[TileIndex, Row] = {}

    def to_sight(self, tile: TileIndex) -> Row:
        """Fewest moves from every tile into sight of ``tile``; 0 means in sight."""
        row = self._sight.get(tile)
        if row is None:
            row = self._sight[tile] = moves_into(self.town, self._seen_from(tile))
        return row

    def to_tile(self, tile: TileIndex) -> Row:
        """Fewest moves from every tile onto ``tile``."""
        row = self._tile_rows.get(tile)
        if row is None:
            row = self._tile_rows[tile] = self.to_tiles([tile])
        return row

    def to_tiles(self, tiles: Iterable[TileIndex]) -> Row:
        """Fewest moves from every tile onto any of ``tiles`` (not cached)."""
        targets = np.zeros(self.town.size, dtype=np.bool_)
        targets[list(tiles)] = True
        return moves_into(self.town, targets.reshape(self.town.walkable.shape))

    def in_sight(self, one: TileIndex, other: TileIndex) -> bool:
        """Whether personas on the two tiles see each other (symmetric)."""
        return bool(self.to_sight(one)[other] == 0)

    def save(self) -> None:
        """Store new rows for the next run on this map."""
        if self._store and len(self._sight) > self._loaded:
            self._store.save(self._sight)
            self._loaded = len(self._sight)

    def _seen_from(self, tile: TileIndex) -> npt.NDArray[np.bool_]:
        x, y = self.town.position(tile)
        seen = np.zeros(self.town.walkable.shape, dtype=np.bool_)
        square = np.s_[
            max(0, y - self.radius) : y + self.radius + 1,
            max(0, x - self.radius) : x + self.radius + 1,
        ]
        seen[square] = self.town.arena[square] == self.town.arena[y, x]
        return seen

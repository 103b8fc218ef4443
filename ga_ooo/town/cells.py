"""Cells: a map cut into small squares of one arena each.

All that is in sight of a tile lies in a few cells. So personas in sight are found without a look at
everybody in the town, and the cost does not grow with the town.
"""

from __future__ import annotations

from array import array
from typing import TypeAlias

import numpy as np

from ga_ooo.engine.ids import TileIndex
from ga_ooo.town.map import TownMap

Cell: TypeAlias = int
"""Number of a cell."""


class Cells:
    """The cells of one map, and sight between two of its tiles.

    Args:
        town: the map.
        radius: sight radius in tiles; see :class:`~ga_ooo.town.reach.Reach`.
    """

    def __init__(self, town: TownMap, radius: int) -> None:
        self._width = town.width
        self._radius = radius
        rows, columns = np.indices(town.arena.shape) // max(radius, 1)
        self._down, self._across = int(rows.max()) + 1, int(columns.max()) + 1
        keys = (town.arena.astype(np.int64) * self._down + rows) * self._across + columns
        found, cells = np.unique(keys.ravel(), return_inverse=True)
        # Items of such an array are read three times as fast as those of numpy.
        self._of_tile: array[int] = array("i", cells.astype(np.intc).tobytes())
        self._arena: array[int] = array("i", town.arena.ravel().astype(np.intc).tobytes())
        self._keys: list[int] = found.tolist()
        self._cells = {key: cell for cell, key in enumerate(self._keys)}
        self._around: dict[Cell, tuple[Cell, ...]] = {}

    def of(self, tile: TileIndex) -> Cell:
        """The cell of a tile."""
        return self._of_tile[tile]

    def around(self, tile: TileIndex) -> tuple[Cell, ...]:
        """The cells in which all tiles in sight of a tile lie, its own among them."""
        cell = self._of_tile[tile]
        found = self._around.get(cell)
        if found is None:
            found = self._around[cell] = self._find_around(cell)
        return found

    def in_sight(self, one: TileIndex, other: TileIndex) -> bool:
        """Whether personas on the two tiles see each other (symmetric)."""
        if self._arena[one] != self._arena[other]:
            return False
        (y, x), (v, u) = divmod(one, self._width), divmod(other, self._width)
        return abs(x - u) <= self._radius and abs(y - v) <= self._radius

    def _find_around(self, cell: Cell) -> tuple[Cell, ...]:
        arena, square = divmod(self._keys[cell], self._down * self._across)
        row, column = divmod(square, self._across)
        near = (
            (arena * self._down + y) * self._across + x
            for y in range(max(0, row - 1), min(self._down, row + 2))
            for x in range(max(0, column - 1), min(self._across, column + 2))
        )
        return tuple(self._cells[key] for key in near if key in self._cells)

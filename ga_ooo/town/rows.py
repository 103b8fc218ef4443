"""Rows of large maps, which keep only the tiles near the set that they are about."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import CompactRow, Row, TileIndex
from ga_ooo.town.regions import Box

_Numbers: TypeAlias = npt.NDArray[np.int64]


class RegionIndex:
    """The region of each tile of a map, and the number of the tile in it.

    Args:
        shape: height and width of the map.
        boxes: the regions.

    Attributes:
        region: number of the region of each tile; -1 between regions.
        local: index of the tile on the map of its region.
    """

    def __init__(self, shape: tuple[int, int], boxes: list[Box]) -> None:
        region = np.full(shape, -1, dtype=np.int16)
        local = np.zeros(shape, dtype=np.int32)
        for number, box in enumerate(boxes):
            region[box.part] = number
            inner = local[box.part]
            inner[:] = np.arange(inner.size, dtype=np.int32).reshape(inner.shape)
        self.region = region.ravel()
        self.local = local.ravel()
        self.boxes = boxes
        self.width = shape[1]

    def outer(self, number: int, local: TileIndex) -> TileIndex:
        """The tile of the map that is ``local`` in a region."""
        box = self.boxes[number]
        y, x = divmod(local, box.right - box.left)
        return (box.top + y) * self.width + box.left + x


class RegionRow(CompactRow):
    """A row of one region on the whole map.

    Between regions are blocked tiles only. A persona may start there, and nothing is known about
    where it goes, so the row is 0 there.

    Args:
        index: of the map.
        number: of the region.
        inner: the row on the map of the region.
        outside: value in all other regions.
    """

    __slots__ = ("_index", "_inner", "_number", "_outside")

    def __init__(self, index: RegionIndex, number: int, inner: Row, outside: int) -> None:
        self._index = index
        self._number = number
        self._inner = inner
        self._outside = outside

    def __getitem__(self, tiles: Any) -> Any:
        region = self._index.region[tiles]
        local = self._index.local[tiles]
        if np.ndim(region) == 0:
            if region == self._number:
                return self._inner[local]
            return np.uint16(0 if region < 0 else self._outside)
        inside = region == self._number
        found = np.where(region < 0, 0, self._outside).astype(np.uint16)
        found[inside] = self._inner[local[inside]]
        return found


class Beyond(NamedTuple):
    """What is known of the distances outside of a window: a lower bound.

    Attributes:
        target: a rectangle around the set. A persona moves by one column or one row at a time, so
            it needs so many moves at least as columns and rows lie between.
        limit: all tiles outside are further away than this.
    """

    target: Box
    limit: int


class WindowRow(CompactRow):
    """Distances in a rectangle of a map, and what is known of them elsewhere.

    Args:
        width: of the map, in tiles.
        box: the rectangle.
        inner: distances in it; shape (rows, columns). Those above the limit of ``beyond`` mean that
            the bound counts.
        beyond: the bound outside of the rectangle; None if all distances there are 0.
    """

    __slots__ = ("_beyond", "_box", "_inner", "_width")

    def __init__(
        self, width: int, box: Box, inner: npt.NDArray[np.uint8], beyond: Beyond | None = None
    ) -> None:
        self._width = width
        self._box = box
        self._inner = inner
        self._beyond = beyond

    def __getitem__(self, tiles: Any) -> Any:
        if np.ndim(tiles) == 0:
            return self[np.array([tiles])][0]
        box = self._box
        y, x = np.divmod(np.asarray(tiles), self._width)
        found = self._outside(x, y)
        inside = (x >= box.left) & (x < box.right) & (y >= box.top) & (y < box.bottom)
        near = self._inner[y[inside] - box.top, x[inside] - box.left]
        if self._beyond is None:
            found[inside] = near
        else:
            found[inside] = np.where(near <= self._beyond.limit, near, found[inside])
        return found

    def _outside(self, x: _Numbers, y: _Numbers) -> npt.NDArray[np.uint16]:
        if self._beyond is None:
            return np.zeros(len(x), dtype=np.uint16)
        target, limit = self._beyond
        across = np.maximum(target.left - x, x - target.right + 1).clip(0)
        down = np.maximum(target.top - y, y - target.bottom + 1).clip(0)
        bound: _Numbers = np.maximum(across + down, limit + 1)
        return bound.astype(np.uint16)

"""Regions of a large map: rectangles that nobody can leave, and from none of which one sees into
another.

Copies of one map side by side are such regions. Regions that are alike share their distances.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ga_ooo.town.map import TownMap


class Box(NamedTuple):
    """A rectangle of tiles: columns from ``left`` until before ``right``, rows likewise."""

    left: int
    top: int
    right: int
    bottom: int

    def is_near(self, other: Box, gap: int) -> bool:
        """Whether fewer than ``gap`` columns and fewer than ``gap`` rows lie between."""
        across = max(other.left - self.right, self.left - other.right)
        down = max(other.top - self.bottom, self.top - other.bottom)
        return across < gap and down < gap

    def joined(self, other: Box) -> Box:
        """The smallest rectangle around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    @property
    def part(self) -> tuple[slice, slice]:
        """Index of the rectangle in an array over the map."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def find_regions(town: TownMap, radius: int) -> list[Box]:
    """The smallest rectangles that hold all walkable tiles, such that no way leads from one into
    another, and at least ``radius`` tiles (and one) lie between any two.

    Args:
        town: the map.
        radius: sight radius in tiles.
    """
    gap = max(radius, 1)
    found: list[Box] = []
    for box in _boxes_of_components(town.walkable):
        joined = box
        while True:
            near = [other for other in found if other.is_near(joined, gap)]
            if not near:
                break
            for other in near:
                found.remove(other)
                joined = joined.joined(other)
        found.append(joined)
    return sorted(found, key=lambda box: (box.top, box.left))


def map_of(town: TownMap, box: Box) -> TownMap:
    """One region as a map of its own. Arenas are numbered in the order in which they occur, so that
    regions that are alike have equal maps."""
    arena = town.arena[box.part]
    _, first, number = np.unique(arena, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    walkable = np.ascontiguousarray(town.walkable[box.part])
    return TownMap(walkable, rank[number].reshape(arena.shape))


def _boxes_of_components(walkable: npt.NDArray[np.bool_]) -> Iterator[Box]:
    """The smallest rectangle around each set of tiles that can be walked from each to each."""
    runs = _runs(walkable)
    group = list(range(len(runs)))

    def root(run: int) -> int:
        while group[run] != run:
            group[run] = run = group[group[run]]
        return run

    above = 0
    for run, (row, left, right) in enumerate(runs):
        # Runs are in the order of rows and columns, so those of the row above are passed once.
        while runs[above][0] < row - 1 or (runs[above][0] == row - 1 and runs[above][2] <= left):
            above += 1
        at = above
        while runs[at][0] == row - 1 and runs[at][1] < right:
            group[root(at)] = root(run)
            at += 1
    boxes: dict[int, Box] = {}
    for run, (row, left, right) in enumerate(runs):
        box = Box(left, row, right, row + 1)
        known = boxes.get(root(run))
        boxes[root(run)] = box if known is None else known.joined(box)
    yield from boxes.values()


def _runs(walkable: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Row, first column and last column + 1 of all walkable tiles in one piece of a row."""
    edges = np.diff(np.pad(walkable.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [
        (row, left, right)
        for (row, left), (_, right) in zip(starts.tolist(), ends.tolist(), strict=True)
    ]

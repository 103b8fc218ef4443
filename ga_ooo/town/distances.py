"""Breadth-first distances on a map, with one bit per tile.

A set of tiles is one whole number, the bits of which are the tiles row by row, with one bit between
two rows that is never set. So one move in all directions is four shifts, and each wave of the
search costs a few operations on a number of some thousand bits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import NEVER
from ga_ooo.town.map import TownMap

Distances = npt.NDArray[np.uint16]


def moves_into(town: TownMap, targets: npt.NDArray[np.bool_]) -> Distances:
    """Breadth-first distances into ``targets`` over the walkable map.

    Personas enter walkable tiles only, so the search expands through walkable tiles. A blocked tile
    beside them gets a distance too, because a persona may *start* on one (host: ``path_finder_v2``
    marks the start before it looks at walls), but the search does not expand through it.

    Args:
        town: the map.
        targets: the set of tiles: bool, shape (height, width).

    Returns:
        moves: shape (tiles,); :data:`~ga_ooo.engine.ids.NEVER` where no way leads.
    """
    height, width = targets.shape
    below = width + 1
    walkable, reached = _bits(town.walkable), _bits(targets)
    unseen = _bits(np.ones_like(targets)) ^ reached
    # The number of moves in binary: the tiles whose distance has this bit.
    planes: list[int] = []
    frontier, moves = reached & walkable, 0
    while frontier:
        moves += 1
        near = (frontier << 1 | frontier >> 1 | frontier << below | frontier >> below) & unseen
        unseen ^= near
        frontier = near & walkable
        if moves.bit_length() > len(planes):
            planes.append(0)
        for bit in range(len(planes)):
            if moves >> bit & 1:
                planes[bit] |= near
    distance = np.zeros((height, width), dtype=np.uint16)
    for bit, plane in enumerate(planes):
        distance |= _mask(plane, height, width).astype(np.uint16) << bit
    distance[_mask(unseen, height, width).view(np.bool_)] = NEVER
    return distance.ravel()


def _bits(mask: npt.NDArray[np.bool_]) -> int:
    with_gap = np.pad(mask, ((0, 0), (0, 1)))
    return int.from_bytes(np.packbits(with_gap, bitorder="little").tobytes(), "little")


def _mask(bits: int, height: int, width: int) -> npt.NDArray[np.uint8]:
    cells = height * (width + 1)
    packed = np.frombuffer(bits.to_bytes((cells + 7) // 8, "little"), dtype=np.uint8)
    grid = np.unpackbits(packed, count=cells, bitorder="little").reshape(height, width + 1)
    return np.ascontiguousarray(grid[:, :width])

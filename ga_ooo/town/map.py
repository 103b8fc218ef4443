"""The map as the core needs it: where personas can walk, and the arena of each tile."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import TileIndex


@dataclass(frozen=True)
class TownMap:
    """Walkable tiles and arenas of one map.

    Attributes:
        walkable: bool, shape (height, width); False on tiles that the path finder never enters.
        arena: int, shape (height, width); tiles with equal numbers have an equal
            ``world:sector:arena`` (outdoors is an arena too).
    """

    walkable: npt.NDArray[np.bool_]
    arena: npt.NDArray[np.int32]

    @classmethod
    def from_rows(
        cls, walkable: Sequence[Sequence[bool]], arena: Sequence[Sequence[str]]
    ) -> TownMap:
        """Build from rows of tiles, with the address of each arena."""
        numbers: dict[str, int] = {}
        rows = [[numbers.setdefault(address, len(numbers)) for address in row] for row in arena]
        return cls(np.array(walkable, dtype=np.bool_), np.array(rows, dtype=np.int32))

    @cached_property
    def width(self) -> int:
        """Tiles per row."""
        return int(self.walkable.shape[1])

    @property
    def size(self) -> int:
        """Number of tiles."""
        return int(self.walkable.size)

    def index(self, x: int, y: int) -> TileIndex:
        """Tile index of column x, row y."""
        return y * self.width + x

    def position(self, tile: TileIndex) -> tuple[int, int]:
        """``(x, y)`` of a tile index."""
        return tile % self.width, tile // self.width

    def digest(self) -> str:
        """Hash of the content, which names the cache on disk."""
        state = hashlib.blake2b(digest_size=12)
        state.update(repr(self.walkable.shape).encode())
        state.update(self.walkable.tobytes())
        state.update(self.arena.tobytes())
        return state.hexdigest()

"""Distances to sight on disk, in the user's cache folder: computed once per map."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Final

import numpy as np

from ga_ooo.engine.ids import NEVER, TileIndex
from ga_ooo.npz import read_npz
from ga_ooo.town.distances import Distances
from ga_ooo.town.map import TownMap

_NEVER_IN_A_BYTE: Final = 255


def cache_folder() -> Path:
    """``$GA_OOO_CACHE``, else ``$XDG_CACHE_HOME/ga-ooo``, else ``~/.cache/ga-ooo``."""
    named = os.environ.get("GA_OOO_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ga-ooo"


class DiskRowStore:
    """One file per map and radius. A file that cannot be read or written costs only time.

    Args:
        town: the map.
        radius: sight radius in tiles.
        folder: the cache folder.
    """

    def __init__(self, town: TownMap, radius: int, folder: Path) -> None:
        self._path = folder / "reach" / f"{town.digest()}-r{radius}.npz"
        self._size = town.size
        self._radius = radius
        self._folder = folder

    def of_part(self, town: TownMap) -> DiskRowStore:
        """See :class:`~ga_ooo.town.reach.RowStore`."""
        return DiskRowStore(town, self._radius, self._folder)

    def load(self) -> dict[TileIndex, Distances]:
        """See :class:`~ga_ooo.town.reach.RowStore`."""
        try:
            columns = read_npz(self._path)
            tiles, rows = columns["tiles"], columns["rows"]
        except (OSError, ValueError, KeyError):
            return {}
        right_types = tiles.dtype == np.int64 and rows.dtype in (np.uint8, np.uint16)
        if not right_types or tiles.ndim != 1 or rows.shape != (len(tiles), self._size):
            return {}
        return dict(zip(tiles.tolist(), _widened(rows), strict=True))

    def save(self, rows: dict[TileIndex, Distances]) -> None:
        """See :class:`~ga_ooo.town.reach.RowStore`. Rows of other processes are kept."""
        merged = {**self.load(), **rows}
        tiles = np.array(list(merged), dtype=np.int64)
        aside = self._path.with_name(f".{self._path.stem}.{os.getpid()}.npz")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(aside, tiles=tiles, rows=_narrowed(np.stack(list(merged.values()))))
            aside.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)


def _narrowed(rows: Distances) -> Any:
    """The rows in one byte for each tile, where all distances fit: half of the space on disk."""
    unreached = rows == NEVER
    if rows.max(initial=0, where=~unreached) >= _NEVER_IN_A_BYTE:
        return rows
    narrow = rows.astype(np.uint8)
    narrow[unreached] = _NEVER_IN_A_BYTE
    return narrow


def _widened(rows: Any) -> Distances:
    if rows.dtype == np.uint16:
        found: Distances = rows
        return found
    wide: Distances = rows.astype(np.uint16)
    wide[rows == _NEVER_IN_A_BYTE] = NEVER
    return wide

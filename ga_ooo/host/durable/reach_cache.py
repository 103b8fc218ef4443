"""Distances to sight on disk, in the user's cache folder: computed once per map."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np

from ga_ooo.engine.ids import Row, TileIndex
from ga_ooo.npz import read_npz
from ga_ooo.town.map import TownMap


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

    def load(self) -> dict[TileIndex, Row]:
        """See :class:`~ga_ooo.town.reach.RowStore`."""
        try:
            columns = read_npz(self._path)
            tiles, rows = columns["tiles"], columns["rows"]
        except (OSError, ValueError, KeyError):
            return {}
        right_types = tiles.dtype == np.int64 and rows.dtype == np.uint16
        if not right_types or tiles.ndim != 1 or rows.shape != (len(tiles), self._size):
            return {}
        return dict(zip(tiles.tolist(), rows, strict=True))

    def save(self, rows: dict[TileIndex, Row]) -> None:
        """See :class:`~ga_ooo.town.reach.RowStore`. Rows of other processes are kept."""
        merged = {**self.load(), **rows}
        tiles = np.array(list(merged), dtype=np.int64)
        aside = self._path.with_name(f".{self._path.stem}.{os.getpid()}.npz")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(aside, tiles=tiles, rows=np.stack(list(merged.values())))
            aside.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)

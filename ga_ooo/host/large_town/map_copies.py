"""The maps of a large town: copies of one map side by side, with walls or roads between them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil, sqrt
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.maps.matrix_files import LAYERS, HostMap, block_rows
from ga_ooo.host.large_town.renaming import Renaming

_META: Final = "maze_meta_info.json"
_FREE: Final = "0"
_NAMED: Final = ("sector", "arena", "game_object", "spawning_location")

Cells = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Layout:
    """Where the copies of a map lie: in rows, from the upper left, with a strip between neighbours.

    Attributes:
        width: of one map, in tiles.
        height: of one map, in tiles.
        copies: number of maps.
        strip: width of the strip between two maps, in tiles.
    """

    width: int
    height: int
    copies: int
    strip: int

    @property
    def columns(self) -> int:
        """Maps in a row: so many that the large map is about square."""
        across, down = self.width + self.strip, self.height + self.strip
        return min(self.copies, ceil(sqrt(self.copies * down / across)))

    @property
    def rows(self) -> int:
        """Rows of maps."""
        return ceil(self.copies / self.columns)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the large map, in tiles."""
        return (
            self.columns * (self.width + self.strip) - self.strip,
            self.rows * (self.height + self.strip) - self.strip,
        )

    def corner(self, copy: int) -> tuple[int, int]:
        """(x, y) of the upper left tile of a copy."""
        row, column = divmod(copy, self.columns)
        return column * (self.width + self.strip), row * (self.height + self.strip)


class MapCopies:
    """The files of the large map.

    Args:
        town: the map that is copied.
        block: code of a blocked tile.
        layout: where the copies lie.
        renamings: of each copy but the first.
    """

    def __init__(
        self, town: HostMap, block: str, layout: Layout, renamings: Sequence[Renaming]
    ) -> None:
        self._town = town
        self._block = block
        self._layout = layout
        self._renamings = renamings

    def files(self, name: str, with_roads: bool) -> Iterator[tuple[str, str]]:
        """Path relative to the folder of the matrix files, and content.

        Args:
            name: of the new map.
            with_roads: a road joins each two neighbours.

        Raises:
            UsageError: no road can be built.
        """
        width, height = self._layout.size
        meta: dict[str, Any] = json.loads((self._town.matrix / _META).read_text("utf-8"))
        meta |= {"world_name": name, "maze_width": width, "maze_height": height}
        yield _META, json.dumps(meta, indent=2)
        blocks = {kind: block_rows(self._town.matrix, kind) for kind in ("world", *_NAMED)}
        codes = [dict[str, dict[str, str]]() for _ in self._renamings]
        fresh = _fresh_codes(self._town)
        for kind, rows in blocks.items():
            lines = [", ".join(row) for row in rows]
            if kind != "world":
                lines += self._new_blocks(kind, rows, codes, fresh)
            yield f"special_blocks/{kind}_blocks.csv", "\n".join(lines) + "\n"
        for layer in LAYERS:
            cells = self._cells(layer, [code.get(layer, {}) for code in codes])
            if layer == "collision" and with_roads:
                for tiles in _Roads(self._town, self._block, self._layout).tiles():
                    cells[tiles] = _FREE
            yield f"maze/{layer}_maze.csv", ", ".join(cells.ravel().tolist()) + "\n"

    def _new_blocks(
        self,
        kind: str,
        rows: Sequence[Sequence[str]],
        codes: Sequence[dict[str, dict[str, str]]],
        fresh: Iterator[str],
    ) -> Iterator[str]:
        """Lines for the blocks that have another name in a copy; others keep their code."""
        for renaming, found in zip(self._renamings, codes, strict=True):
            new = found.setdefault(kind, {})
            for code, *cells in rows:
                # The first cell is the world, where more follow.
                first = 1 if len(cells) > 1 else 0
                renamed = [*cells[:first], *map(renaming.cell, cells[first:])]
                if renamed != cells:
                    new[code] = next(fresh)
                    yield ", ".join((new[code], *renamed))

    def _cells(self, layer: str, codes: Sequence[Mapping[str, str]]) -> Cells:
        width, height = self._layout.size
        cells = np.full((height, width), self._block if layer == "collision" else _FREE, object)
        one = grid(self._town, layer)
        for copy in range(self._layout.copies):
            new = codes[copy - 1] if copy else {}
            x, y = self._layout.corner(copy)
            there = [new.get(cell, cell) for cell in one.ravel().tolist()]
            cells[y : y + self._layout.height, x : x + self._layout.width] = np.array(
                there, object
            ).reshape(one.shape)
        return cells


class _Roads:
    """Straight roads of one tile, each from one map to the next, where the least is in the way.

    A road leads over free land only: no tile of it is part of a sector. All maps are alike, so all
    roads to the right lie in one row of their maps, and all roads down in one column.
    """

    def __init__(self, town: HostMap, block: str, layout: Layout) -> None:
        self._layout = layout
        walkable = grid(town, "collision") != block
        self._main = _largest_component(walkable)
        known = np.array(list(town.blocks["sector"]), object)
        self._land = ~np.isin(grid(town, "sector"), known)

    def tiles(self) -> Iterator[tuple[slice, slice]]:
        """Index of the tiles of each road on the large map."""
        layout = self._layout
        to_right = to_below = None
        for copy in range(layout.copies):
            x, y = layout.corner(copy)
            right, below = copy + 1, copy + layout.columns
            if right % layout.columns and right < layout.copies:
                row, before, after = to_right = to_right or _road(self._main, self._land, "right")
                first = x + layout.width - before
                yield (
                    slice(y + row, y + row + 1),
                    slice(first, first + before + layout.strip + after),
                )
            if below < layout.copies:
                turned = self._main.T, self._land.T
                column, before, after = to_below = to_below or _road(*turned, "lower")
                first = y + layout.height - before
                yield (
                    slice(first, first + before + layout.strip + after),
                    slice(x + column, x + column + 1),
                )


def _road(
    main: npt.NDArray[np.bool_], land: npt.NDArray[np.bool_], edge: str
) -> tuple[int, int, int]:
    """The row of a road over the right edge of a map, and its length in that map and in the next.

    Of the rows with the shortest road, the one nearest to the middle.
    """
    found = []
    for row in range(len(main)):
        before = _way_in(main[row][::-1], land[row][::-1])
        after = _way_in(main[row], land[row])
        if before is not None and after is not None:
            found.append((before + after, abs(2 * row - len(main)), row, before, after))
    if not found:
        raise UsageError(
            f"no road can leave the map over its {edge} edge: there are places everywhere",
            "leave out --roads",
        )
    return min(found)[2:]


def _way_in(main: npt.NDArray[np.bool_], land: npt.NDArray[np.bool_]) -> int | None:
    """Tiles from the edge to where people walk; None if a place is in the way."""
    inside = np.flatnonzero(main)
    if not len(inside) or not land[: inside[0] + 1].all():
        return None
    return int(inside[0])


def _largest_component(walkable: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The largest set of tiles that can be walked from each to each."""
    best, rest = np.zeros_like(walkable), walkable.copy()
    while rest.sum() > best.sum():
        part = np.zeros_like(walkable)
        part[tuple(np.argwhere(rest)[0])] = True
        size = 0
        while part.sum() > size:
            size = int(part.sum())
            near = part.copy()
            near[1:] |= part[:-1]
            near[:-1] |= part[1:]
            near[:, 1:] |= part[:, :-1]
            near[:, :-1] |= part[:, 1:]
            part = near & walkable
        rest &= ~part
        best = part if size > best.sum() else best
    return best


def grid(town: HostMap, layer: str) -> Cells:
    """A layer of a map: codes, shape (height, width)."""
    cells = town.layers[layer][: town.width * town.height]
    return np.array(cells, object).reshape(town.height, town.width)


def _fresh_codes(town: HostMap) -> Iterator[str]:
    """Codes that the map does not use."""
    used = {code for codes in town.blocks.values() for code in codes}
    used |= {cell for layer in town.layers.values() for cell in layer}
    largest = max((int(code) for code in used if code.isdecimal()), default=0)
    return map(str, count(largest + 1))

"""Reading the files of one map as the host does, and refusing what the host cannot read.

Source: ``Maze.__init__``. A layer is the **first line** of its CSV file, cut into rows of
``maze_width`` cells. So a file with one row per line gives one row only, and a comma at the end
gives one cell too many. A file of special blocks gives each code the last cell of its line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.maps._maze_source import META_FILE, MazeSource

LAYERS: Final = ("collision", "sector", "arena", "game_object", "spawning_location")
_LEVELS: Final = ("sector", "arena", "game_object")
_BLOCKS: Final = ("world", *_LEVELS, "spawning_location")
_README_BLOCK: Final = "32125"
_RESTORE: Final = "correct the file, or restore it from the host's repository"
_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True)
class MapNotice:
    """Something in a file of the map that the host reads in a way that the user may not expect.

    Attributes:
        text: names the file and the line.
        remedy: what the user can do.
    """

    text: str
    remedy: str


@dataclass(frozen=True)
class HostMap:
    """One map, as the host reads it.

    Attributes:
        matrix: its folder.
        width: tiles per row.
        height: rows.
        layers: the cells of each layer, in one row; empty if the fork reads them in its own way.
        blocks: the names of each kind of block, by code; empty likewise.
        names_from_files: whether the names of places are those of ``blocks``.
        notices: what the user may not expect.
    """

    matrix: Path
    width: int
    height: int
    layers: dict[str, list[str]]
    blocks: dict[str, dict[str, str]]
    names_from_files: bool
    notices: tuple[MapNotice, ...]

    @property
    def name(self) -> str:
        """Folder of the map in the assets."""
        return self.matrix.parent.name

    @property
    def world(self) -> str | None:
        """Name of the world; None if the fork reads or names its places in its own way."""
        if not self.blocks or not self.names_from_files:
            return None
        return next(iter(self.blocks["world"].values()))

    def address(self, x: int, y: int) -> tuple[str, str, str, str]:
        """World, sector, arena and game object of a tile; ``""`` where there is none."""
        at = y * self.width + x
        sector, arena, thing = (
            self.blocks[level].get(self.layers[level][at], "") for level in _LEVELS
        )
        return self.world or "", sector, arena, thing

    def is_blocked_somewhere(self, block: str) -> bool:
        """Whether the code of a blocked tile occurs on the map."""
        return not self.layers or block in self.layers["collision"]

    def unsafe_tile(self, block: str) -> tuple[int, int] | None:
        """A walkable tile at which the host's path finder raises IndexError; None if none exists.

        The path finder looks at the tile below each tile that it reaches. Below the last whole row
        lies a row that is too short, if the line has cells left over.

        Args:
            block: the code of a blocked tile.
        """
        cells = self.layers.get("collision", [])
        rows, rest = divmod(len(cells), self.width)
        if not rest:
            return None
        last = cells[(rows - 1) * self.width : rows * self.width]
        return next(
            ((x, rows - 1) for x, cell in enumerate(last) if x >= rest and cell != block), None
        )

    @cached_property
    def addresses(self) -> frozenset[str]:
        """All sectors, arenas and objects, as the host's ``Maze.address_tiles`` names them."""
        found: set[str] = set()
        tiles = {self.address(x, y) for y in range(self.height) for x in range(self.width)}
        for world, *names in tiles:
            for length, name in enumerate(names, start=1):
                if name:
                    found.add(":".join([world, *names[:length]]))
        return frozenset(found)


def read_map(matrix: Path, source: MazeSource) -> HostMap:
    """Read a map.

    Raises:
        HostError: the host cannot read it; names file and line.
    """
    width, height = _read_size(matrix / META_FILE, source)
    layers: dict[str, list[str]] = {}
    blocks: dict[str, dict[str, str]] = {}
    notices: list[MapNotice] = []
    if source.reads_first_lines:
        for layer in LAYERS:
            path = matrix / "maze" / f"{layer}_maze.csv"
            layers[layer] = _read_layer(path, width, height, notices)
        for kind in _BLOCKS:
            path = matrix / "special_blocks" / f"{kind}_blocks.csv"
            blocks[kind] = _read_blocks(path, notices)
    return HostMap(
        *(matrix, width, height, layers, blocks, source.names_from_files, tuple(notices))
    )


def block_rows(matrix: Path, kind: str) -> list[list[str]]:
    """The lines of a file of special blocks, cut into cells as the host does.

    Args:
        matrix: folder of the map, which was read.
        kind: of blocks, such as ``sector``.
    """
    return list(_rows(matrix / "special_blocks" / f"{kind}_blocks.csv"))


def collision_block(matrix: Path) -> str:
    """The code of a blocked tile for a ``utils.py`` without ``collision_block_id``.

    It is the only code besides "0" in the collision layer, else that of upstream's README.
    """
    try:
        text = (matrix / "maze" / "collision_maze.csv").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return _README_BLOCK
    codes = {code.strip() for code in text.replace("\n", ",").split(",")} - {"", "0"}
    return codes.pop() if len(codes) == 1 else _README_BLOCK


def _read_size(path: Path, source: MazeSource) -> tuple[int, int]:
    try:
        meta: Any = json.loads(path.read_text("utf-8"))
        width, height = int(meta["maze_width"]), int(meta["maze_height"])
    except json.JSONDecodeError as error:
        raise HostError(
            f"{path}, line {error.lineno}, column {error.colno}: {error.msg}", _RESTORE
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HostError(
            f"{path} does not give maze_width and maze_height: {error}", _RESTORE
        ) from error
    missing = [key for key in source.meta_keys if key not in meta]
    if missing:
        names = ", ".join(map(repr, missing))
        raise HostError(f"{path} does not give {names}, which maze.py reads", _RESTORE)
    if width < 1 or height < 1:
        raise HostError(f"{path}: a map of {width} x {height} tiles has no tile", _RESTORE)
    if source.needs_whole_width and type(meta["maze_width"]) is not int:
        raise HostError(
            f"{path}: 'maze_width' is {meta['maze_width']!r}, and maze.py needs a whole number",
            f"write {width} without quotes and without a decimal point",
        )
    return width, height


def _read_layer(path: Path, width: int, height: int, notices: list[MapNotice]) -> list[str]:
    cells = next(_rows(path), [])
    needed = width * height
    if len(cells) < needed:
        lines = sum(1 for row in _rows(path) if row)
        one_line = lines > 1
        remedy = "put all rows into one line, separated by commas" if one_line else _RESTORE
        raise HostError(
            f"{path}, line 1: {_cells(len(cells))}, and the map of {width} x {height} tiles needs "
            f"{needed:,}; the host reads the first line only"
            + (f", and the file has {lines} lines" if one_line else ""),
            remedy,
        )
    if len(cells) > needed:
        extra = len(cells) - needed
        comma = extra == 1 and not cells[-1]
        notices.append(
            MapNotice(
                f"{path}, line 1: {_cells(len(cells))}, {extra} more than the map of "
                f"{width} x {height} tiles has"
                + (" (a comma at the end of the line)" if comma else "")
                + "; the host takes the rest for one more row",
                "remove the comma" if comma else f"correct the line, or the size in {META_FILE}",
            )
        )
    if cells[0].startswith(_BYTE_ORDER_MARK):
        notices.append(_mark_notice(path))
    return cells


def _read_blocks(path: Path, notices: list[MapNotice]) -> dict[str, str]:
    names: dict[str, str] = {}
    for number, row in enumerate(_rows(path), start=1):
        if not row:
            raise HostError(
                f"{path}, line {number} is empty, and the host takes each line for a block",
                "remove the empty line",
            )
        names[row[0]] = row[-1]
        if number == 1 and row[0].startswith(_BYTE_ORDER_MARK):
            notices.append(_mark_notice(path))
        if not row[-1]:
            notices.append(
                MapNotice(
                    f"{path}, line {number}: the last cell is empty, and the host takes it for the "
                    f"name of block {row[0]}, so that block names no place",
                    "remove the comma at the end of the line",
                )
            )
    if not names and path.name.startswith("world_"):
        raise HostError(f"{path} is empty: it names the world of the map", _RESTORE)
    return names


def _mark_notice(path: Path) -> MapNotice:
    return MapNotice(
        f"{path}, line 1 begins with a byte order mark, which the host reads as a part of the "
        "first cell",
        "save the file as UTF-8 without a byte order mark",
    )


def _rows(path: Path) -> Iterator[list[str]]:
    """The lines of a file, as the host's ``read_file_to_list`` gives them."""
    try:
        content = path.read_bytes()
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise HostError(f"{path}, line {line} is not UTF-8 text", _RESTORE) from error
    except OSError as error:
        raise HostError(f"{path} cannot be read: {error.strerror}", _RESTORE) from error
    rows = csv.reader(io.StringIO(text, newline=None))
    try:
        for row in rows:
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise HostError(f"{path}, line {rows.line_num}: {error}", _RESTORE) from error


def _cells(count: int) -> str:
    return f"{count:,} cell{'' if count == 1 else 's'}"

"""The files of a map are read as the host reads them; what the host cannot read is refused, with
file and line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.maps._maze_source import MazeSource, read_maze_source
from ga_ooo.host.checkout.maps.matrix_files import HostMap, read_map
from tests.host.checkout.maps.town import BLOCKS, LAYERS, META, make_map
from tests.host.tinyhost import BACKEND, write, write_json

UPSTREAM = MazeSource(True, True, ("maze_width", "sq_tile_size"), True)
OWN_WAY = MazeSource(False, True, (), False)


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """A folder with a whole map."""
    return make_map(tmp_path / "tinyville/matrix")


def read(matrix: Path) -> HostMap:
    return read_map(matrix, UPSTREAM)


def test_a_whole_map(matrix: Path) -> None:
    town = read(matrix)
    assert (town.name, town.world, town.width, town.height) == ("tinyville", "Tinyville", 4, 3)
    assert town.address(2, 1) == ("Tinyville", "House", "Room", "bed")
    assert town.address(0, 0) == ("Tinyville", "", "", "")
    assert town.addresses == {
        "Tinyville:House",
        "Tinyville:House:Room",
        "Tinyville:House:Room:bed",
    }
    assert town.notices == ()
    assert town.unsafe_tile("7") is None
    assert town.is_blocked_somewhere("7") and not town.is_blocked_somewhere("32125")


def _layer(layer: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    return lambda matrix: write(matrix / f"maze/{layer}_maze.csv", change(LAYERS[layer]))


def _rows(cells: str) -> str:
    row = cells.split(", ")
    return "\n".join(", ".join(row[at : at + 4]) for at in range(0, 12, 4)) + "\n"


def _block(kind: str, text: str) -> Callable[[Path], None]:
    return lambda matrix: write(matrix / f"special_blocks/{kind}_blocks.csv", text)


def _meta(**values: object) -> Callable[[Path], None]:
    return lambda matrix: write_json(matrix / "maze_meta_info.json", META | values)


def _bytes(file: str, content: bytes) -> Callable[[Path], None]:
    def put(matrix: Path) -> None:
        (matrix / file).write_bytes(content)

    return put


def _without(key: str) -> Callable[[Path], None]:
    left = {name: value for name, value in META.items() if name != key}
    return lambda matrix: write_json(matrix / "maze_meta_info.json", left)


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    **{
        f"{layer} in several lines": (
            _layer(layer, _rows),
            f"{layer}_maze.csv, line 1: 4 cells, and the map of 4 x 3 tiles needs 12; the host "
            "reads the first line only, and the file has 3 lines",
        )
        for layer in LAYERS
    },
    "empty first line": (_layer("sector", lambda cells: f"\n{cells}"), "line 1: 0 cells"),
    "empty file": (_layer("arena", lambda cells: ""), "arena_maze.csv, line 1: 0 cells"),
    "one cell less": (_layer("sector", lambda cells: cells[:-3]), "line 1: 11 cells"),
    "semicolons": (_layer("sector", lambda cells: cells.replace(",", ";")), "line 1: 1 cell,"),
    "no layer": (lambda m: (m / "maze/sector_maze.csv").unlink(), "sector_maze.csv cannot be read"),
    "no text": (
        _bytes("maze/arena_maze.csv", b"0, \xff\n"),
        "arena_maze.csv, line 1 is not UTF-8 text",
    ),
    "an empty line among blocks": (
        _block("sector", BLOCKS["sector"] + "\n"),
        "sector_blocks.csv, line 2 is empty",
    ),
    "no world": (_block("world", ""), "world_blocks.csv is empty"),
    "no blocks": (
        lambda m: (m / "special_blocks/arena_blocks.csv").unlink(),
        "arena_blocks.csv cannot be read",
    ),
    "blocks that are no text": (
        _bytes("special_blocks/arena_blocks.csv", b"1, a\n2, \xe9\n"),
        "arena_blocks.csv, line 2 is not UTF-8 text",
    ),
    "width in quotes": (_meta(maze_width="4"), "'maze_width' is '4', and maze.py needs a whole"),
    "width with a point": (_meta(maze_width=4.0), "'maze_width' is 4.0"),
    "no width": (_without("maze_width"), "does not give maze_width and maze_height"),
    "no tile": (_meta(maze_height=0), "a map of 4 x 0 tiles has no tile"),
    "size of a tile": (_without("sq_tile_size"), "does not give 'sq_tile_size'"),
    "larger than its files": (_meta(maze_height=4), "needs 16"),
    "cut off": (
        lambda m: write(m / "maze_meta_info.json", '{\n "maze_width": '),
        "maze_meta_info.json, line 2, column 16",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_host_cannot_read_is_refused(matrix: Path, case: str) -> None:
    damage, message = REFUSED[case]
    damage(matrix)
    with pytest.raises(HostError) as caught:
        read(matrix)
    assert message in caught.value.problem
    assert str(matrix) in caught.value.problem
    assert caught.value.remedy


NOTICED: dict[str, tuple[Callable[[Path], None], str]] = {
    **{
        f"a comma at the end of {layer}": (
            _layer(layer, lambda cells: f"{cells},\n"),
            f"{layer}_maze.csv, line 1: 13 cells, 1 more than the map of 4 x 3 tiles has (a comma",
        )
        for layer in LAYERS
    },
    "several commas": (_layer("collision", lambda cells: f"{cells},,,"), "15 cells, 3 more"),
    "a row too many": (_meta(maze_height=2), "12 cells, 4 more than the map of 4 x 2"),
    "a comma at the end of a block": (
        _block("sector", "11, Tinyville, House,\n"),
        "sector_blocks.csv, line 1: the last cell is empty",
    ),
    "a byte order mark": (
        _layer("collision", lambda cells: f"\ufeff{cells}"),
        "collision_maze.csv, line 1 begins with a byte order mark",
    ),
    "a byte order mark in blocks": (
        _block("sector", f"\ufeff{BLOCKS['sector']}"),
        "sector_blocks.csv, line 1 begins with a byte order mark",
    ),
}


@pytest.mark.parametrize("case", NOTICED)
def test_what_the_host_reads_in_another_way_is_noticed(matrix: Path, case: str) -> None:
    change, message = NOTICED[case]
    change(matrix)
    assert any(message in notice.text and notice.remedy for notice in read(matrix).notices)


@pytest.mark.parametrize(
    "change",
    [lambda cells: f"{cells}\n", lambda cells: f"{cells}\r\n\r\n", lambda cells: f"{cells}\nnote"],
)
def test_what_follows_the_first_line_is_not_read(
    matrix: Path, change: Callable[[str], str]
) -> None:
    for layer in LAYERS:
        _layer(layer, change)(matrix)
    town = read(matrix)
    assert town.notices == () and "Tinyville:House:Room:bed" in town.addresses


def test_a_short_row_below_walkable_tiles(matrix: Path) -> None:
    """The host's path finder looks there."""
    open_below = LAYERS["collision"][:-1] + "0"
    _layer("collision", lambda cells: f"{open_below},")(matrix)
    assert read(matrix).unsafe_tile("7") == (3, 2)
    _layer("collision", lambda cells: open_below)(matrix)
    assert read(matrix).unsafe_tile("7") is None
    _layer("collision", lambda cells: f"{open_below},,,,")(matrix)
    assert read(matrix).unsafe_tile("7") is None, "a whole row"


def test_a_fork_that_reads_its_map_in_its_own_way_is_not_judged(matrix: Path) -> None:
    for layer in LAYERS:
        _layer(layer, _rows)(matrix)
    town = read_map(matrix, OWN_WAY)
    assert (town.width, town.height, town.world) == (4, 3, None)
    assert town.unsafe_tile("7") is None and town.is_blocked_somewhere("7")


LINES = 'f"{env_matrix}/maze/{layer}_maze.csv"'
SOURCES = {
    "the first line": (f"read_file_to_list({LINES})[0]", True),
    "by way of a name": ("read_file_to_list(path)[0]", True),
    "all lines": (f"[c for row in read_file_to_list({LINES}) for c in row]", False),
    "another line": (f"read_file_to_list({LINES})[1]", False),
    "another reader": (f"pandas.read_csv({LINES})", False),
}


@pytest.mark.parametrize("case", SOURCES)
def test_how_a_fork_reads_its_layers(tmp_path: Path, case: str) -> None:
    expression, expected = SOURCES[case]
    text = "class Maze:\n  def __init__(self, maze_name):\n"
    text += f'    path = env_matrix + "/maze/sector_maze.csv"\n    cells = {expression}\n'
    write(tmp_path / BACKEND / "maze.py", text)
    assert read_maze_source(tmp_path / BACKEND).reads_first_lines is expected


def test_real_hosts_and_minitown_are_understood(real_host: Path) -> None:
    source = read_maze_source(real_host / BACKEND)
    assert source.reads_first_lines and source.names_from_files
    assert "sq_tile_size" in source.meta_keys
    for meta in real_host.rglob("assets/*/matrix/maze_meta_info.json"):
        town = read_map(meta.parent, source)
        assert town.width == json.loads(meta.read_text())["maze_width"]
        assert town.notices == ()

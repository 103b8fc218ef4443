"""The map of a large town: where the copies lie, what is between them, and what roads need."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from ga_ooo.engine.ids import NEVER
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.maps.matrix_files import HostMap
from ga_ooo.host.large_town.map_copies import Layout, MapCopies, grid
from ga_ooo.host.large_town.new_names import Person, draw_names
from ga_ooo.host.large_town.renaming import Renaming
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from tests.minitown.conftest import MINITOWN

BLOCK = "32125"


def made(folder: Path, copies: int, *, roads: bool) -> HostMap:
    """The map of ``copies`` towns of minitown, read as the host would read it."""
    checkout: Checkout = locate(MINITOWN)
    one = checkout.read_map()
    sectors = list(one.blocks["sector"].values())
    taken = set(sectors)
    people = [Person.of("Nora Adler"), Person.of("Greta Baum")]
    renamings = [
        Renaming(names, "Minitown", sectors, taken) for names in draw_names(people, copies - 1)
    ]
    layout = Layout(one.width, one.height, copies, 8)
    for path, text in MapCopies(one, BLOCK, layout, renamings).files("large", roads):
        target = folder / "large" / "matrix" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return checkout.with_matrix(folder / "large" / "matrix").read_map()


def town_map(town: HostMap) -> TownMap:
    walkable = grid(town, "collision") != BLOCK
    arena = [
        [":".join(town.address(x, y)[:3]) for x in range(town.width)] for y in range(town.height)
    ]
    return TownMap.from_rows(walkable.tolist(), arena)


def test_layout() -> None:
    assert Layout(140, 100, 40, 8).size == (880, 748)
    assert Layout(140, 100, 2, 8).size == (288, 100)
    assert Layout(140, 100, 5, 8).corner(4) == (0, 216)


def test_each_copy_is_the_map_under_other_names(tmp_path: Path) -> None:
    one, large = locate(MINITOWN).read_map(), made(tmp_path, 3, roads=False)
    assert (large.width, large.height) == (128, 88)
    for x, y in ((0, 0), (68, 0), (0, 48)):
        for layer in ("collision", "game_object"):
            there = grid(large, layer)[y : y + 40, x : x + 60]
            assert (there == grid(one, layer)).all()
    addresses = [
        {large.address(x + dx, y + dy) for dx in range(60) for dy in range(40)}
        for x, y in ((0, 0), (68, 0), (0, 48))
    ]
    original = {one.address(x, y) for x in range(60) for y in range(40)}
    assert addresses[0] == original
    outdoors = ("Minitown", "", "", "")
    assert addresses[1] & addresses[0] == {outdoors} == addresses[2] & addresses[1]
    assert len(addresses[1]) == len(addresses[2]) == len(original)


def test_walls_keep_towns_apart_and_roads_join_them(tmp_path: Path) -> None:
    walled, joined = (town_map(made(tmp_path / str(r), 4, roads=r)) for r in (False, True))
    start = walled.index(30, 9)
    for place in (walled.index(98, 9), walled.index(30, 57), walled.index(98, 57)):
        assert walled.walkable.ravel()[place]
        assert Reach(walled, 8).to_sight(start)[place] == NEVER
        assert 0 < Reach(joined, 8).to_sight(start)[place] < 400


def test_a_road_needs_free_land(tmp_path: Path) -> None:
    host = tmp_path / "minitown"
    shutil.copytree(MINITOWN, host)
    matrix = locate(host).matrix
    layer = matrix / "maze" / "sector_maze.csv"
    cells = next(csv.reader(layer.read_text().splitlines()))
    code = next(cell for cell in cells if cell.strip() != "0")
    width = json.loads((matrix / "maze_meta_info.json").read_text())["maze_width"]
    fenced = [code if at % width == width - 1 else cell for at, cell in enumerate(cells)]
    layer.write_text(",".join(fenced))
    one = locate(host).read_map()
    wide = Layout(one.width, one.height, 4, 8)
    names = [Renaming(n, "Minitown", [], set()) for n in draw_names([Person.of("Nora Adler")], 3)]
    with pytest.raises(UsageError, match="no road can leave the map over its right edge"):
        dict(MapCopies(one, BLOCK, wide, names).files("large", True))

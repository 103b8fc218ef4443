"""The pictures of a large town: those of the copied map, at each copy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ga_ooo.host.copied_map import FILE, CopiedMap, encoded
from ga_ooo.watch.views.tiles import read_town_map

TOWN, CORNERS, SIZE = (3, 2), ((0, 0), (5, 0)), (8, 2)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A map ``metro`` of two copies of the map ``village``, which has pictures."""
    visuals = tmp_path / "village" / "visuals"
    visuals.mkdir(parents=True)
    layers = [
        {"name": name, "data": [1, 2, 3, 4, 5, 6]} for name in ("Bottom Ground", "Arena Blocks")
    ]
    sets = [{"firstgid": 1, "image": "tiles.png"}]
    drawn = {"width": 3, "height": 2, "tilewidth": 16, "tilesets": sets, "layers": layers}
    (visuals / "village.json").write_text(json.dumps(drawn))
    (visuals / "tiles.png").write_bytes(b"tiles")
    for folder in ("metro", "characters"):
        (tmp_path / folder).mkdir()
    (tmp_path / "characters" / "Ann_Lee.png").write_bytes(b"Ann")
    (tmp_path / "characters" / "Bob_Ray.png").write_bytes(b"Bob")
    (tmp_path / "characters" / "Dan_Fox.png").write_bytes(b"Dan")
    return tmp_path


NAMES = ("Ann Lee", "Bob Ray", "Cleo Dee", "Dan Fox")


def test_one_town_is_drawn_at_all_corners(assets: Path) -> None:
    (assets / "metro" / FILE).write_bytes(encoded(CopiedMap("village", *TOWN, CORNERS)))
    shown = read_town_map(assets, "metro", SIZE, NAMES)
    content = shown.content
    assert (content["width"], content["height"], content["town"]) == (*SIZE, TOWN)
    assert content["corners"] == CORNERS and content["tile"] == 16
    assert [layer["data"] for layer in content["layers"]] == [[1, 2, 3, 4, 5, 6]]
    assert list(content["areas"]) == ["Arena Blocks"]
    pictures = [shown.pictures[number].read_bytes() for number in content["sprites"]]
    assert pictures == [b"Ann", b"Bob", b"Ann", b"Dan"], "a copy looks like its original"


@pytest.mark.parametrize(
    "copied",
    [
        b"no JSON",
        b'{"map": "village", "width": 3}',
        encoded(CopiedMap("../village", *TOWN, CORNERS)),
        encoded(CopiedMap("..", *TOWN, CORNERS)),
        encoded(CopiedMap("village", *TOWN, ((0, 0), (6, 0)))),
    ],
)
def test_a_damaged_file_leaves_the_map_without_pictures(assets: Path, copied: bytes) -> None:
    (assets / "metro" / FILE).write_bytes(copied)
    content = read_town_map(assets, "metro", SIZE, NAMES).content
    assert (content["town"], content["corners"], content["layers"]) == (SIZE, ((0, 0),), [])


def test_numbers_of_tiles_are_not_drawn_without_any_picture(assets: Path) -> None:
    (assets / "village" / "visuals" / "tiles.png").unlink()
    content = read_town_map(assets, "village", TOWN, NAMES).content
    assert content["layers"] == [] and list(content["areas"]) == ["Arena Blocks"]


def test_a_map_without_pictures_has_the_areas_of_the_host(assets: Path) -> None:
    maze = assets / "plain" / "matrix" / "maze"
    maze.mkdir(parents=True)
    (maze / "sector_maze.csv").write_text("0, 7, 7, 0, 7, 7\n")
    (maze / "collision_maze.csv").write_text("0,1\n1,1\n0,0\n")
    (maze / "arena_maze.csv").write_text("0, x, 7, 0, 7, 7")
    content = read_town_map(assets, "plain", TOWN, NAMES).content
    assert content["areas"] == {
        "Sector Blocks": [0, 7, 7, 0, 7, 7],
        "Collisions": [0, 1, 1, 1, 0, 0],
    }
    assert content["layers"] == []


def test_a_map_of_one_town_has_one_corner(assets: Path) -> None:
    content = read_town_map(assets, "village", TOWN, NAMES).content
    assert (content["town"], content["corners"]) == (TOWN, ((0, 0),))
    assert len(content["layers"]) == 1 and content["sprites"][2] is None

"""A map with commas too many runs as the host itself runs it; one that the host cannot read is
refused before the run, by file and line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ga_ooo.cli.doctor import diagnose, render
from ga_ooo.host.accelerators.path import PathFinder
from ga_ooo.host.world.maze_views import MazeViews
from tests.host.checkout.maps.town import copy_minitown
from tests.host.tinyhost import FRONTEND

MAZE = FRONTEND / "static_dirs/assets/minitown/matrix/maze"
FORK = "demo_minitown_n5"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of minitown."""
    return copy_minitown(tmp_path / "minitown")


def ga_ooo(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ga_ooo", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def add(root: Path, commas: str, layers: str = "*") -> None:
    for path in (root / MAZE).glob(f"{layers}_maze.csv"):
        path.write_text(f"{path.read_text('utf-8').strip()}{commas}\n", "utf-8")


@pytest.mark.parametrize(("layers", "commas"), [("*", ","), ("collision", ",,,"), ("sector", ",")])
def test_commas_too_many(root: Path, layers: str, commas: str) -> None:
    add(root, commas, layers)
    done = ga_ooo("verify", root, "--fork", FORK, "--steps", "3")
    assert done.returncode == 0 and "equal: " in done.stdout, done.stdout + done.stderr
    text = render(diagnose(root))
    assert f"{layers.replace('*', 'collision')}_maze.csv, line 1: " in text
    assert text.endswith("this host can run")


def in_rows(text: str) -> str:
    cells = text.strip().split(", ")
    return "\n".join(", ".join(cells[at : at + 20]) for at in range(0, len(cells), 20))


@pytest.mark.parametrize(
    ("layer", "change"),
    [("collision", in_rows), ("sector", in_rows), ("arena", lambda text: text[: len(text) // 2])],
)
def test_a_map_that_the_host_cannot_read(
    root: Path, layer: str, change: Callable[[str], str]
) -> None:
    path = root / MAZE / f"{layer}_maze.csv"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    text = render(diagnose(root))
    assert f"{path}, line 1: " in text and text.endswith("this host cannot run yet")
    done = ga_ooo("run", root, "--fork", FORK, "--sim", "new", "--steps", "2")
    assert done.returncode == 3 and f"{path}, line 1: " in done.stderr
    assert "Traceback" not in done.stderr


def maze(collision: list[str], rows: int, width: int) -> Any:
    tile = {"world": "w", "sector": "", "arena": ""}
    return SimpleNamespace(
        collision_maze=[list(row) for row in collision],
        tiles=[[tile | {"events": set()} for _ in range(width)] for _ in range(rows)],
        address_tiles={},
    )


@pytest.mark.parametrize(
    ("collision", "walkable"),
    [
        (["###", "#..", "."], ["###", "#..", ".##"]),
        (["###", "#..", ".."], ["###", "#..", "..#"]),
        (["###", "#..", "...", "#.#"], ["###", "#..", "...", "#.#"]),
    ],
)
def test_cells_below_the_map_are_walked_on_and_hold_no_events(
    collision: list[str], walkable: list[str]
) -> None:
    town = maze(collision, rows=2, width=3)
    views = MazeViews(town, "#", radius=1)
    assert views.town.walkable.tolist() == [[cell == "." for cell in row] for row in walkable]
    views.install([])
    assert all(isinstance(tile["events"], set) for tile in town.tiles[0])
    assert not any(isinstance(tile["events"], set) for tile in town.tiles[1][1:])


def test_the_hosts_own_path_finder_is_asked_on_a_ragged_map() -> None:
    asked = []

    def original(*arguments: Any) -> list[tuple[int, int]]:
        asked.append(arguments)
        return [(0, 0)]

    find = PathFinder(original)
    ragged = [["0", "0"], ["0", "0"], [""]]
    assert find(ragged, (0, 0), (1, 1), "#") == [(0, 0)] and len(asked) == 1
    assert find(ragged[:2], (0, 0), (1, 0), "#") == [(0, 0), (1, 0)] and len(asked) == 1

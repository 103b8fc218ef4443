"""minitown's path finder gives the paths of a simple wave search over the whole map."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

Tile = tuple[int, int]
WALL = "32125"
MAX_WAVES = 151


def wave_path(maze: list[list[str]], start: Tile, end: Tile) -> list[Tile]:
    """Number the tiles in waves over the whole map, then walk back along decreasing numbers."""
    wave_of = {start: 0}
    for wave in range(MAX_WAVES):
        if end in wave_of:
            break
        for tile in [tile for tile, number in wave_of.items() if number == wave]:
            for x, y in around(tile):
                inside = 0 <= y < len(maze) and 0 <= x < len(maze[0])
                if inside and maze[y][x] != WALL:
                    wave_of.setdefault((x, y), wave + 1)
    path = [end]
    if end not in wave_of:
        return path
    while path[-1] != start:
        wave = wave_of[path[-1]] - 1
        path.append(next(tile for tile in around(path[-1]) if wave_of.get(tile) == wave))
    return path[::-1]


def around(tile: Tile) -> list[Tile]:
    """Neighbours in the order in which ties are broken: above, left, below, right."""
    x, y = tile
    return [(x, y - 1), (x - 1, y), (x, y + 1), (x + 1, y)]


@st.composite
def walks(draw: st.DrawFn) -> tuple[list[list[str]], Tile, Tile]:
    width, height = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    cell = st.sampled_from(["0", "0", "0", WALL])
    row = st.lists(cell, min_size=width, max_size=width)
    maze = draw(st.lists(row, min_size=height, max_size=height))
    tile = st.tuples(st.integers(0, width - 1), st.integers(0, height - 1))
    return maze, draw(tile), draw(tile)


@given(walks())
def test_same_path_as_the_wave_search(
    path_finder: ModuleType, walk: tuple[list[list[str]], Tile, Tile]
) -> None:
    maze, start, end = walk
    assert path_finder.path_finder(maze, start, end, WALL) == wave_path(maze, start, end)


@pytest.mark.parametrize("moves", [149, 150, 151, 152, 200])
def test_far_targets_give_no_path(path_finder: ModuleType, moves: int) -> None:
    maze = [["0"] * 201]
    path = path_finder.path_finder(maze, (0, 0), (moves, 0), WALL)
    assert path == wave_path(maze, (0, 0), (moves, 0))
    assert len(path) == (moves + 1 if moves <= MAX_WAVES else 1)


def test_a_blocked_target_gives_no_path(path_finder: ModuleType) -> None:
    assert path_finder.path_finder([["0", "0", WALL]], (0, 0), (2, 0), WALL) == [(2, 0)]


def test_a_path_may_start_on_a_blocked_tile(path_finder: ModuleType) -> None:
    path = path_finder.path_finder([[WALL, "0", "0"]], (0, 0), (2, 0), WALL)
    assert path == [(0, 0), (1, 0), (2, 0)]

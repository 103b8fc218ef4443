"""Random towns for the properties: walls, rooms, objects, areas that nobody can reach."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from hypothesis import strategies as st

from ga_ooo.town.map import TownMap

Tile: TypeAlias = tuple[int, int]
"""A tile in the form of the host: ``(x, y)``."""

WORLD = "town"
_SIDES = ((-1, 0), (0, -1), (1, 0), (0, 1))


@dataclass(frozen=True)
class Layout:
    """A map in the host's terms.

    Attributes:
        walls: rows of tiles; True on tiles that the path finder does not enter.
        arenas: rows of ``(sector, arena)``; two empty names outdoors.
        objects: rows of object names, empty on tiles without an object.
    """

    walls: list[list[bool]]
    arenas: list[list[tuple[str, str]]]
    objects: list[list[str]]

    @property
    def width(self) -> int:
        """Tiles per row."""
        return len(self.walls[0])

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.walls)

    def tiles(self) -> list[Tile]:
        """All tiles, row by row."""
        return [(x, y) for y in range(self.height) for x in range(self.width)]

    def free(self, tile: Tile) -> bool:
        """Whether the path finder enters the tile."""
        return not self.walls[tile[1]][tile[0]]

    def neighbours(self, tile: Tile) -> list[Tile]:
        """The up to four tiles beside a tile."""
        beside = [(tile[0] + dx, tile[1] + dy) for dx, dy in _SIDES]
        return [(x, y) for x, y in beside if 0 <= x < self.width and 0 <= y < self.height]

    def path(self, start: Tile, end: Tile, limit: int) -> list[Tile]:
        """A shortest path as the host's path finder gives it: ``[end]`` if it finds none within
        ``limit`` moves; the start may be a wall, no other tile."""
        before: dict[Tile, Tile] = {}
        moves = {start: 0}
        queue = deque([start])
        while queue and end not in moves:
            tile = queue.popleft()
            if moves[tile] == limit:
                break
            for near in self.neighbours(tile):
                if near not in moves and self.free(near):
                    moves[near], before[near] = moves[tile] + 1, tile
                    queue.append(near)
        if end not in moves:
            return [end]
        path = [end]
        while path[-1] != start:
            path.append(before[path[-1]])
        return path[::-1]

    def town(self) -> TownMap:
        """The map in the form of the core."""
        return TownMap.from_rows(
            [[not wall for wall in row] for row in self.walls],
            [[":".join(names) for names in row] for row in self.arenas],
        )


def make_layout(width: int, height: int, walls: float, rooms: int, seed: int) -> Layout:
    """A map with rooms (walled, with a door or two), loose walls and some objects.

    Args:
        walls: share of loose walls.
        rooms: rectangles that are arenas of their own; later ones overwrite earlier ones.
    """
    rng = Random(seed)
    layout = Layout(
        [[rng.random() < walls for _ in range(width)] for _ in range(height)],
        [[("", "") for _ in range(width)] for _ in range(height)],
        [["" for _ in range(width)] for _ in range(height)],
    )
    for room in range(rooms):
        _add_room(layout, room, rng)
    for number in range(rng.randint(1, 4)):
        for _ in range(rng.choice((1, 1, 2, 4))):
            # Sometimes in a wall: then an address has a tile that nobody can enter.
            x, y = rng.randrange(width), rng.randrange(height)
            if not layout.walls[y][x] or rng.random() < 0.2:
                layout.objects[y][x] = f"object {number % 3}"
    return layout


def _add_room(layout: Layout, number: int, rng: Random) -> None:
    left, top = rng.randrange(layout.width), rng.randrange(layout.height)
    right = min(layout.width - 1, left + rng.randint(1, 6))
    bottom = min(layout.height - 1, top + rng.randint(1, 6))
    walled = rng.random() < 0.6
    names = (f"house {number % 2}", f"room {number}")
    border = []
    for y in range(top, bottom + 1):
        for x in range(left, right + 1):
            layout.arenas[y][x] = names
            if x in (left, right) or y in (top, bottom):
                border.append((x, y))
    if walled:
        for x, y in border:
            layout.walls[y][x] = True
        for x, y in rng.sample(border, min(len(border), rng.randint(0, 3))):
            layout.walls[y][x] = False


@st.composite
def layouts(draw: st.DrawFn, most: int = 14) -> Layout:
    """Random maps up to ``most`` tiles wide."""
    return make_layout(
        width=draw(st.integers(1, most)),
        height=draw(st.integers(1, max(2, most * 2 // 3))),
        walls=draw(st.sampled_from((0.0, 0.1, 0.3))),
        rooms=draw(st.integers(0, 4)),
        seed=draw(st.integers(0, 2**32)),
    )

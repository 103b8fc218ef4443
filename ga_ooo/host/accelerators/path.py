"""``path``: path finding with one breadth-first search per start tile, which is kept.

Source: ``path_finder.py`` (``path_finder``, ``path_finder_v2``). For each path, the host numbers
all tiles of the map by their distance from the start, in up to 152 waves over the whole map. Then
it walks back from the end and takes the first neighbour that is one move nearer, in the order
above, left, below, right. The distances do not depend on the algorithm that computes them, so the
same walk over them gives the same path.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from ga_ooo.host.imported.modules import HostModules, replace_everywhere

_MAX_DISTANCE: Final = 151
"""Distance in moves at which the waves of the host stop."""

_RADIUS: Final = _MAX_DISTANCE + 1
"""Columns and rows on each side of a start that are searched: one more than the waves reach."""

_KEPT_STARTS: Final = 1024
"""Number of start tiles whose distances are kept: at most 93 KB each."""

_UNREACHED: Final = 255
_BLOCKED: Final = 254

Path: TypeAlias = list[tuple[int, int]]
FindPath: TypeAlias = Callable[..., Path]


def install(modules: HostModules) -> None:
    """Replace ``path_finder`` in all modules of the host."""
    original = modules.path_finder.path_finder
    replace_everywhere(modules, original, PathFinder(original))


class PathFinder:
    """Replaces the host's ``path_finder``.

    Args:
        original: the host's function, for arguments that are no tiles of the map, and for maps
            whose rows are not equally long.
    """

    def __init__(self, original: FindPath) -> None:
        self._original = original
        self._map: _Map | None = None

    def __call__(
        self, maze: Any, start: Any, end: Any, collision_block_char: Any, verbose: bool = False
    ) -> Path:
        known = self._map
        if known is None or known.rows is not maze or known.blocked != collision_block_char:
            if any(len(row) != len(maze[0]) for row in maze):
                # The host fails on some paths of such a map, and walks over cells outside of it.
                return self._original(maze, start, end, collision_block_char, verbose)
            known = self._map = _Map(maze, collision_block_char)
        (x, y), (end_x, end_y) = start, end
        if not (known.holds(x, y) and known.holds(end_x, end_y)):
            return self._original(maze, start, end, collision_block_char, verbose)
        return known.path((x, y), end_x, end_y)


class _Window(NamedTuple):
    """Distances from one tile to the tiles around it.

    Attributes:
        left: column of the first tile, on the map with a margin of one tile.
        top: row of the first tile, likewise.
        width: tiles per row.
        distances: moves from the start to each tile, row by row.
    """

    left: int
    top: int
    width: int
    distances: bytearray


class _Map:
    """Distances on one map. The host never changes its ``collision_maze``; the dependency rules
    rely on that too."""

    def __init__(self, rows: Any, blocked: Any) -> None:
        self.rows = rows
        self.blocked = blocked
        self.width, self.height = len(rows[0]), len(rows)
        # A blocked margin of one tile, so that no search looks over the edge.
        edge = bytes([_BLOCKED])
        wall = edge * (self.width + 2)
        self._cells = [
            wall,
            *(
                edge + bytes(_BLOCKED if cell == blocked else _UNREACHED for cell in row) + edge
                for row in rows
            ),
            wall,
        ]
        self._windows: OrderedDict[tuple[int, int], _Window] = OrderedDict()

    def holds(self, x: Any, y: Any) -> bool:
        """Whether ``(x, y)`` is a tile of the map, given as two of Python's integers."""
        return type(x) is type(y) is int and 0 <= x < self.width and 0 <= y < self.height

    def path(self, start: tuple[int, int], x: int, y: int) -> Path:
        """The host's path from a tile to ``(x, y)``."""
        left, top, width, distances = self._window_around(start)
        path = [(x, y)]
        column, row = x + 1 - left, y + 1 - top
        if not (0 <= column < width and 0 <= row * width < len(distances)):
            return path
        at = row * width + column
        moves = distances[at]
        if moves >= _BLOCKED:
            return path
        while moves:
            moves -= 1
            if distances[at - width] == moves:
                at -= width
                y -= 1
            elif distances[at - 1] == moves:
                at -= 1
                x -= 1
            elif distances[at + width] == moves:
                at += width
                y += 1
            else:
                assert distances[at + 1] == moves
                at += 1
                x += 1
            path.append((x, y))
        path.reverse()
        return path

    def _window_around(self, start: tuple[int, int]) -> _Window:
        """Moves from ``start`` to each tile that the waves can reach."""
        window = self._windows.get(start)
        if window is not None:
            self._windows.move_to_end(start)
            return window
        x, y = start
        left, top = max(0, x + 1 - _RADIUS), max(0, y + 1 - _RADIUS)
        right, bottom = x + 2 + _RADIUS, y + 2 + _RADIUS
        rows = [row[left:right] for row in self._cells[top:bottom]]
        window = _Window(left, top, len(rows[0]), bytearray().join(rows))
        _search(window.distances, window.width, (y + 1 - top) * window.width + x + 1 - left)
        self._windows[start] = window
        if len(self._windows) > _KEPT_STARTS:
            self._windows.popitem(last=False)
        return window


def _search(distances: bytearray, width: int, start: int) -> None:
    """Write the moves from ``start`` into a window whose free tiles are all unreached."""
    distances[start] = 0
    frontier = [start]
    for moves in range(1, _MAX_DISTANCE + 1):
        reached = []
        for tile in frontier:
            # Written out: a loop over the four neighbours takes half as long again.
            if distances[tile - 1] == _UNREACHED:
                distances[tile - 1] = moves
                reached.append(tile - 1)
            if distances[tile + 1] == _UNREACHED:
                distances[tile + 1] = moves
                reached.append(tile + 1)
            if distances[tile - width] == _UNREACHED:
                distances[tile - width] = moves
                reached.append(tile - width)
            if distances[tile + width] == _UNREACHED:
                distances[tile + width] = moves
                reached.append(tile + width)
        frontier = reached

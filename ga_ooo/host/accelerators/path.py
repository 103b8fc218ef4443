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
from typing import Any, Final, TypeAlias

from ga_ooo.host.imported.modules import HostModules, replace_everywhere

_MAX_DISTANCE: Final = 151
"""Distance in moves at which the waves of the host stop."""

_KEPT_STARTS: Final = 1024
"""Number of start tiles whose distances are kept: one byte per tile of the map for each."""

_UNREACHED: Final = 255

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
        return known.path(y * known.width + x, end_x, end_y)


class _Map:
    """Distances on one map. The host never changes its ``collision_maze``; the dependency rules
    rely on that too."""

    def __init__(self, rows: Any, blocked: Any) -> None:
        self.rows = rows
        self.blocked = blocked
        self.width, self.height = len(rows[0]), len(rows)
        free = [cell != blocked for row in rows for cell in row]
        self._neighbours = [
            [tile for tile in self._around(index) if free[tile]] for index in range(len(free))
        ]
        self._distances: OrderedDict[int, bytearray] = OrderedDict()

    def holds(self, x: Any, y: Any) -> bool:
        """Whether ``(x, y)`` is a tile of the map, given as two of Python's integers."""
        return type(x) is type(y) is int and 0 <= x < self.width and 0 <= y < self.height

    def path(self, start: int, x: int, y: int) -> Path:
        """The host's path from a tile index to ``(x, y)``."""
        distances = self._distances_from(start)
        width, last_x, last_y = self.width, self.width - 1, self.height - 1
        moves = distances[y * width + x]
        path = [(x, y)]
        if moves == _UNREACHED:
            return path
        while moves:
            moves -= 1
            at = y * width + x
            if y > 0 and distances[at - width] == moves:
                y -= 1
            elif x > 0 and distances[at - 1] == moves:
                x -= 1
            elif y < last_y and distances[at + width] == moves:
                y += 1
            else:
                assert x < last_x and distances[at + 1] == moves
                x += 1
            path.append((x, y))
        path.reverse()
        return path

    def _distances_from(self, start: int) -> bytearray:
        """Moves from ``start`` to each tile; 255 for tiles beyond the last wave."""
        distances = self._distances.get(start)
        if distances is not None:
            self._distances.move_to_end(start)
            return distances
        distances = self._distances[start] = bytearray([_UNREACHED]) * len(self._neighbours)
        distances[start] = 0
        neighbours, frontier = self._neighbours, [start]
        for moves in range(1, _MAX_DISTANCE + 1):
            reached = []
            for tile in frontier:
                for near in neighbours[tile]:
                    if distances[near] == _UNREACHED:
                        distances[near] = moves
                        reached.append(near)
            frontier = reached
        if len(self._distances) > _KEPT_STARTS:
            self._distances.popitem(last=False)
        return distances

    def _around(self, index: int) -> list[int]:
        y, x = divmod(index, self.width)
        around = []
        if y > 0:
            around.append(index - self.width)
        if x > 0:
            around.append(index - 1)
        if y < self.height - 1:
            around.append(index + self.width)
        if x < self.width - 1:
            around.append(index + 1)
        return around

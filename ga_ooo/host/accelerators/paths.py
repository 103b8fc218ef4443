"""Path finding: one flood from each start, kept, instead of one over the whole map per path.

Source: ``path_finder.py`` (``path_finder``, ``path_finder_v2``). The host numbers tiles by their
distance from the start in waves over the whole map, up to 152 of them, and then walks back from
the end, taking the first neighbour that is one nearer: above, left, below, right. Distances do not
depend on how they were found, so the same walk over them is the same path.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ga_ooo.host.imported.modules import HostModules, replace_everywhere

FURTHEST: Final = 151
"""Moves after which the host's waves stop."""

_KEPT: Final = 1024
"""Floods: a byte for each tile of the map."""

_FAR: Final = 255

Path: TypeAlias = list[tuple[int, int]]
FindPath: TypeAlias = Callable[..., Path]


def install(modules: HostModules) -> None:
    """Replace ``path_finder`` in all modules."""
    own = modules.path_finder.path_finder
    replace_everywhere(modules, own, PathFinder(own))


class PathFinder:
    """Stands in for the host's ``path_finder``.

    Args:
        own: the host's, for what is no tile of the map.
    """

    def __init__(self, own: FindPath) -> None:
        self._own = own
        self._map: _Map | None = None

    def __call__(
        self, maze: Any, start: Any, end: Any, collision_block_char: Any, verbose: bool = False
    ) -> Path:
        known = self._map
        if known is None or known.rows is not maze or known.blocked != collision_block_char:
            known = self._map = _Map(maze, collision_block_char)
        (x, y), (end_x, end_y) = start, end
        if not (known.holds(x, y) and known.holds(end_x, end_y)):
            return self._own(maze, start, end, collision_block_char, verbose)
        return known.path(y * known.width + x, end_x, end_y)


class _Map:
    """The floods of one map. The host never changes its ``collision_maze``, and the dependency
    rules rely on that too."""

    def __init__(self, rows: Any, blocked: Any) -> None:
        self.rows = rows
        self.blocked = blocked
        self.width, self.height = len(rows[0]), len(rows)
        free = [cell != blocked for row in rows for cell in row]
        self._neighbours = [
            [tile for tile in self._around(index) if free[tile]] for index in range(len(free))
        ]
        self._floods: OrderedDict[int, bytearray] = OrderedDict()

    def holds(self, x: Any, y: Any) -> bool:
        """Whether it is a tile, given as plain whole numbers."""
        return type(x) is type(y) is int and 0 <= x < self.width and 0 <= y < self.height

    def path(self, start: int, x: int, y: int) -> Path:
        """The host's path from a tile index to ``(x, y)``."""
        flood = self._flood(start)
        width, last_x, last_y = self.width, self.width - 1, self.height - 1
        moves = flood[y * width + x]
        path = [(x, y)]
        if moves == _FAR:
            return path
        while moves:
            moves -= 1
            at = y * width + x
            if y > 0 and flood[at - width] == moves:
                y -= 1
            elif x > 0 and flood[at - 1] == moves:
                x -= 1
            elif y < last_y and flood[at + width] == moves:
                y += 1
            else:
                assert x < last_x and flood[at + 1] == moves
                x += 1
            path.append((x, y))
        path.reverse()
        return path

    def _flood(self, start: int) -> bytearray:
        """Moves from ``start`` to every tile; 255 for those beyond the last wave."""
        flood = self._floods.get(start)
        if flood is not None:
            self._floods.move_to_end(start)
            return flood
        flood = self._floods[start] = bytearray([_FAR]) * len(self._neighbours)
        flood[start] = 0
        neighbours, frontier = self._neighbours, [start]
        for moves in range(1, FURTHEST + 1):
            reached = []
            for tile in frontier:
                for near in neighbours[tile]:
                    if flood[near] == _FAR:
                        flood[near] = moves
                        reached.append(near)
            frontier = reached
        if len(self._floods) > _KEPT:
            self._floods.popitem(last=False)
        return flood

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

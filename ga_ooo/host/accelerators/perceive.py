"""``perceive``: the host's scan of the surroundings runs only if it would find something new.

Source: ``persona/cognitive_modules/perceive.py``. The host inspects all tiles of a square, twice.
In most moves the persona knows every place and remembers every event. Whether that is so follows
from the constant properties of the tiles, which are kept, and from the events in the arena of the
persona. If nothing is new, the host's function would change nothing and return an empty list. If
something is new, the host's function runs. So the code here only reads, and does not depend on
what the host does with new events.

If every place is known, the host only inspects tiles of other arenas and tiles without events,
without any effect. Then its function is shown only the other tiles, in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from ga_ooo.host.imported.modules import HostModules, replace_everywhere

Perceive: TypeAlias = Callable[[Any, Any], list[Any]]

_Place: TypeAlias = tuple[str, str, str, str]


def install(modules: HostModules) -> None:
    """Replace ``perceive`` in all modules of the host."""
    original = modules.all["persona.cognitive_modules.perceive"].perceive
    replace_everywhere(modules, original, PerceiveNews(original))


class _Sight:
    """The constant properties of the square around a tile.

    Attributes:
        places: world, sector, arena and object of all tiles, each combination once.
        tiles: the tiles in the same arena as the middle tile, in the order of the host's scan.
        positions: ``(x, y)`` of each of them.
        distances: distance from the middle to each of them.
    """

    __slots__ = ("distances", "places", "positions", "tiles")

    def __init__(self, maze: Any, middle: Any, radius: int) -> None:
        nearby = maze.get_nearby_tiles(middle, radius)
        details = [maze.access_tile(tile) for tile in nearby]
        self.places: list[_Place] = list(
            dict.fromkeys(
                (tile["world"], tile["sector"], tile["arena"], tile["game_object"])
                for tile in details
            )
        )
        arena = maze.get_tile_path(middle, "arena")
        in_arena = [maze.get_tile_path(tile, "arena") == arena for tile in nearby]
        self.tiles = [tile for tile, inside in zip(details, in_arena, strict=True) if inside]
        self.positions = [tile for tile, inside in zip(nearby, in_arena, strict=True) if inside]
        centre = [middle[0], middle[1]]
        self.distances = [math.dist([tile[0], tile[1]], centre) for tile in self.positions]


class _FilteredMaze:
    """A maze that shows only some of the nearby tiles."""

    def __init__(self, maze: Any, nearby: list[Any]) -> None:
        self._nearby = nearby
        self.access_tile = maze.access_tile
        self.get_tile_path = maze.get_tile_path

    def get_nearby_tiles(self, tile: Any, vision_r: int) -> list[Any]:
        """The tiles that are shown."""
        return self._nearby


class PerceiveNews:
    """Replaces the host's ``perceive``.

    Args:
        original: the host's function, which runs if something is new.
    """

    def __init__(self, original: Perceive) -> None:
        self._original = original
        self._maze: Any = None
        self._sights: dict[tuple[Any, ...], _Sight] = {}

    def finds_nothing(self, persona: Any, maze: Any, tile: Any) -> bool:
        """Whether the host's function would change nothing and return an empty list.

        Args:
            tile: ``(x, y)`` from where the persona looks.
        """
        sight = self._sight(maze, tile, persona.scratch.vision_r)
        return _knows_all(persona.s_mem.tree, sight.places) and not _sees_news(persona, sight)

    def __call__(self, persona: Any, maze: Any) -> list[Any]:
        sight = self._sight(maze, persona.scratch.curr_tile, persona.scratch.vision_r)
        if not _knows_all(persona.s_mem.tree, sight.places):
            return self._original(persona, maze)
        if not _sees_news(persona, sight):
            return []
        with_events = [
            position
            for position, tile in zip(sight.positions, sight.tiles, strict=True)
            if tile["events"]
        ]
        return self._original(persona, _FilteredMaze(maze, with_events))

    def _sight(self, maze: Any, tile: Any, radius: int) -> _Sight:
        if maze is not self._maze:
            self._maze, self._sights = maze, {}
        x, y = tile
        key = (x, y, radius)
        sight = self._sights.get(key)
        if sight is None:
            sight = self._sights[key] = _Sight(maze, tile, radius)
        return sight


def _knows_all(tree: dict[str, dict[str, dict[str, list[str]]]], places: list[_Place]) -> bool:
    for world, sector, arena, thing in places:
        if world not in tree:
            return False
        if not sector:
            continue
        sectors = tree[world]
        if sector not in sectors:
            return False
        if not arena:
            continue
        arenas = sectors[sector]
        if arena not in arenas or (thing and thing not in arenas[arena]):
            return False
    return True


def _sees_news(persona: Any, sight: _Sight) -> bool:
    """Whether one of the nearest events is missing from the latest memories."""
    scratch = persona.scratch
    nearest: dict[Any, float] = {}
    for tile, distance in zip(sight.tiles, sight.distances, strict=True):
        events = tile["events"]
        if events:
            for event in events:
                if event not in nearest:
                    nearest[event] = distance
    latest = persona.a_mem.get_summarized_latest_events(scratch.retention)
    attended = sorted(nearest, key=nearest.__getitem__)[: scratch.att_bandwidth]
    for subject, predicate, thing, _ in attended:
        known = (subject, predicate, thing) if predicate else (subject, "is", "idle")
        if known not in latest:
            return True
    return False

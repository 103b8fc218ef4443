"""The scan of ``perceive``: where it would find nothing new, it is not run.

Source: ``persona/cognitive_modules/perceive.py``. The host looks at all tiles of a square, twice,
and mostly finds that it knows every place and remembers every event. Whether that is so can be
told from what never changes about a tile, kept per tile, and the events of its own arena. If there
is anything new, the host's function runs as ever; else it would have changed nothing and returned
an empty list. So this reads and never writes, and need not know what becomes of news.

Where every place is known, all that the host does with a tile of another arena, or with one on
which nothing lies, is to look; then it is only shown the others, in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from ga_ooo.host.imported.modules import HostModules, replace_everywhere

Perceive: TypeAlias = Callable[[Any, Any], list[Any]]

_Place: TypeAlias = tuple[str, str, str, str]


def install(modules: HostModules) -> None:
    """Replace ``perceive`` in all modules."""
    own = modules.all["persona.cognitive_modules.perceive"].perceive
    replace_everywhere(modules, own, PerceiveNews(own))


class _Sight:
    """What never changes about the square around a tile.

    Attributes:
        places: world, sector, arena and object of its tiles, each combination once.
        tiles: the tiles of the arena in the middle, in the order of the host's scan.
        at: where they are.
        distances: from the middle, for each of them.
    """

    __slots__ = ("at", "distances", "places", "tiles")

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
        own = [maze.get_tile_path(tile, "arena") == arena for tile in nearby]
        self.tiles = [tile for tile, mine in zip(details, own, strict=True) if mine]
        self.at = [tile for tile, mine in zip(nearby, own, strict=True) if mine]
        centre = [middle[0], middle[1]]
        self.distances = [math.dist([tile[0], tile[1]], centre) for tile in self.at]


class _Nearby:
    """A map on which only some of the tiles nearby are."""

    def __init__(self, maze: Any, nearby: list[Any]) -> None:
        self._nearby = nearby
        self.access_tile = maze.access_tile
        self.get_tile_path = maze.get_tile_path

    def get_nearby_tiles(self, tile: Any, vision_r: int) -> list[Any]:
        """Those tiles."""
        return self._nearby


class PerceiveNews:
    """Stands in for the host's ``perceive``.

    Args:
        own: the host's, for news.
    """

    def __init__(self, own: Perceive) -> None:
        self._own = own
        self._maze: Any = None
        self._sights: dict[tuple[Any, ...], _Sight] = {}

    def __call__(self, persona: Any, maze: Any) -> list[Any]:
        sight = self._sight(maze, persona.scratch)
        if not _knows_all(persona.s_mem.tree, sight.places):
            return self._own(persona, maze)
        if not _sees_news(persona, sight):
            return []
        lively = [at for at, tile in zip(sight.at, sight.tiles, strict=True) if tile["events"]]
        return self._own(persona, _Nearby(maze, lively))

    def _sight(self, maze: Any, scratch: Any) -> _Sight:
        if maze is not self._maze:
            self._maze, self._sights = maze, {}
        x, y = scratch.curr_tile
        key = (x, y, scratch.vision_r)
        sight = self._sights.get(key)
        if sight is None:
            sight = self._sights[key] = _Sight(maze, scratch.curr_tile, scratch.vision_r)
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
    """Whether one of the nearest events is not among the latest memories."""
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

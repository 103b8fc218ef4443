"""The maze of the synthetic host (:mod:`tests.properties.host`)."""

from __future__ import annotations

from typing import Any

from ga_ooo.host.imported.determinism import order_events
from ga_ooo.town.events import Event
from tests.properties.maps import WORLD, Layout, Tile


class Maze:
    """The host's ``Maze``: tiles with their events, and the tiles of each address."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.maze_name = "the_random"
        self.collision_maze = [["1" if wall else "0" for wall in row] for row in layout.walls]
        self.tiles: list[list[dict[str, Any]]] = []
        self.address_tiles: dict[str, set[Tile]] = {}
        for y in range(layout.height):
            self.tiles.append([self._tile((x, y)) for x in range(layout.width)])
        order_events(self)

    def _tile(self, tile: Tile) -> dict[str, Any]:
        x, y = tile
        sector, arena = self.layout.arenas[y][x]
        thing = self.layout.objects[y][x]
        parts = [WORLD, sector, arena, thing]
        events: set[Event] = {(":".join(parts), None, None, None)} if thing else set()
        for length in (3, 4) if thing else (3,):
            self.address_tiles.setdefault(":".join(parts[:length]), set()).add(tile)
        return {
            "world": WORLD,
            "sector": sector,
            "arena": arena,
            "game_object": thing,
            "collision": self.layout.walls[y][x],
            "events": events,
        }

    def events(self, tile: Tile) -> Any:
        """The set of events of a tile."""
        return self.tiles[tile[1]][tile[0]]["events"]

    def arena(self, tile: Tile) -> tuple[str, str]:
        """Sector and arena of a tile."""
        return self.layout.arenas[tile[1]][tile[0]]

    def turn_event_from_tile_idle(self, event: Event, tile: Tile) -> None:
        """See the host's method of this name."""
        if event in self.events(tile).copy():
            self.events(tile).remove(event)
            self.events(tile).add((event[0], None, None, None))

    def remove_subject_events_from_tile(self, subject: str, tile: Tile) -> None:
        """See the host's method of this name."""
        for event in self.events(tile).copy():
            if event[0] == subject:
                self.events(tile).remove(event)

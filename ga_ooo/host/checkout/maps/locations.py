"""Places that the personas of a scenario know, compared with the map.

Sources: ``MemoryTree`` for ``spatial_memory.json``; ``Scratch`` for ``scratch.json``;
``run_gpt_prompt_action_sector`` for ``living_area``, of which it takes the second part;
``execute`` for the address of an action. A persona that goes to a place that the map lacks raises
KeyError there, which stops the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ga_ooo.host.checkout.maps.matrix_files import HostMap
from ga_ooo.host.checkout.scenario_files import read_json
from ga_ooo.host.checkout.scenarios import Scenario

_SCRATCH: Final = "scratch.json"
_MEMORY: Final = "spatial_memory.json"
_PERSONA: Final = "<persona>"
_WAITING: Final = "<waiting>"
_RANDOM: Final = ":<random>"


@dataclass(frozen=True)
class UnknownLocation:
    """A place in a file of a persona that is not on the map.

    Attributes:
        persona: the name of the persona.
        file: path relative to the folder of the scenario.
        key: the key in ``scratch.json``; empty for the spatial memory.
        address: the place, as the file gives it.
        reason: what is wrong with it.
        harmless: upstream never goes there.
    """

    persona: str
    file: str
    key: str
    address: str
    reason: str
    harmless: bool = False

    def __str__(self) -> str:
        key = f"{self.key} is " if self.key else ""
        return f"{self.persona}: {self.file}: {key}{self.address!r}; {self.reason}"


def unknown_locations(scenario: Scenario, town: HostMap) -> list[UnknownLocation]:
    """Compare homes, actions, paths and spatial memories with the map.

    Args:
        scenario: all its files were checked.
        town: the map that the scenario is on.

    Returns:
        in the order of personas; a place whose parent is unknown is not named again. Empty if the
        fork reads its map or names its places in its own way.
    """
    if town.world is None:
        return []
    return [
        location
        for persona in scenario.tiles
        for location in _Persona(scenario, persona, town, town.world).unknown()
    ]


class _Persona:
    """The files of one persona that name places."""

    def __init__(self, scenario: Scenario, name: str, town: HostMap, world: str) -> None:
        self._name = name
        self._everybody = scenario.persona_names
        self._tile = scenario.tiles[name]
        self._town = town
        self._world = world
        self._inner = f"personas/{name}/bootstrap_memory"
        self._scratch = _read(scenario.folder / self._inner / _SCRATCH)
        self._memory = _read(scenario.folder / self._inner / _MEMORY)

    def unknown(self) -> Iterator[UnknownLocation]:
        for location in (self._home(), self._action()):
            if location is not None:
                yield location
        yield from self._tiles()
        for address in _remembered(self._memory):
            parent = address.rpartition(":")[0]
            reason = self._why_unknown(address)
            if reason and (not parent or self._why_unknown(parent) is None):
                file = f"{self._inner}/{_MEMORY}"
                # Only places of the world of the map are looked up.
                yield UnknownLocation(self._name, file, "", address, reason, harmless=not parent)

    def _home(self) -> UnknownLocation | None:
        """The home, of which the host takes the second part only, in the world of the map."""
        if "living_area" not in self._scratch:
            return None
        home = self._scratch["living_area"]
        parts = home.split(":") if isinstance(home, str) else []
        if len(parts) < 2 or not parts[1]:
            no_sector = "it names no sector; a home is written as world:sector:arena"
            return self._in_scratch("living_area", home, no_sector)
        sector = self._why_unknown(f"{self._world}:{parts[1]}")
        reason = sector or self._why_not_remembered(parts[1])
        if reason:
            return self._in_scratch("living_area", home, reason)
        reason = self._why_unknown(home)
        return self._in_scratch("living_area", home, reason, harmless=True) if reason else None

    def _why_not_remembered(self, sector: str) -> str | None:
        """Why a persona cannot plan to be at its home. The host looks the sector up in the spatial
        memory, which by then also holds what the persona sees at its first tile."""
        sectors, radius = self._memory.get(self._world), self._scratch.get("vision_r")
        if isinstance(sectors, dict) and sector in sectors:
            return None
        if not isinstance(radius, int) or _sees(self._town, self._tile, radius, sector):
            return None
        return "the spatial memory of the persona lacks this sector"

    def _action(self) -> UnknownLocation | None:
        """Where the action under way leads, of a persona that was saved in it."""
        address = self._scratch.get("act_address")
        if not isinstance(address, str):
            return None
        reason: str | None
        if _PERSONA in address:
            other = address.rpartition(_PERSONA)[2].strip()
            reason = None if other in self._everybody else f"the scenario has no persona {other!r}"
        elif _WAITING in address:
            tile = [int(part) for part in address.split()[1:3] if part.isdecimal()]
            reason = self._why_no_tile(tile)
        elif address.startswith("<"):
            reason = None
        else:
            # "<random>" in the place of an object stands for any tile of the arena.
            reason = self._why_unknown(address.partition(_RANDOM)[0])
        return self._in_scratch("act_address", address, reason) if reason else None

    def _tiles(self) -> Iterator[UnknownLocation]:
        path = self._scratch.get("planned_path")
        tiles = [("planned_path", tile) for tile in path] if isinstance(path, list) else []
        here = self._scratch.get("curr_tile")
        for key, tile in [*tiles, *([("curr_tile", here)] if here else [])]:
            reason = self._why_no_tile(tile)
            if reason:
                yield self._in_scratch(key, tile, reason)

    def _in_scratch(
        self, key: str, value: Any, reason: str, *, harmless: bool = False
    ) -> UnknownLocation:
        text = value if isinstance(value, str) else json.dumps(value)
        file = f"{self._inner}/{_SCRATCH}"
        return UnknownLocation(self._name, file, key, text, reason, harmless)

    def _why_unknown(self, address: str) -> str | None:
        """Why the host finds no tile for an address; None if it finds one."""
        world, *names = address.split(":")
        if world != self._world:
            return f"the world of the map {self._town.name!r} is {self._world!r}"
        for length, kind in enumerate(("sector", "arena", "object"), start=1):
            known = ":".join([world, *names[:length]])
            if len(names) >= length and names[length - 1] and known not in self._town.addresses:
                return f"the map {self._town.name!r} has no {kind} {known!r}"
        return None

    def _why_no_tile(self, tile: Any) -> str | None:
        width, height = self._town.width, self._town.height
        inside = (
            isinstance(tile, list)
            and len(tile) == 2
            and all(type(value) is int for value in tile)
            and 0 <= tile[0] < width
            and 0 <= tile[1] < height
        )
        return None if inside else f"the map {self._town.name!r} has {width} x {height} tiles"


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = read_json(path)
    return content


def _sees(town: HostMap, tile: tuple[int, int], radius: int, sector: str) -> bool:
    x, y = tile
    return any(
        town.address(column, row)[1] == sector
        for column in range(max(0, x - radius), min(town.width, x + radius + 1))
        for row in range(max(0, y - radius), min(town.height, y + radius + 1))
    )


def _remembered(memory: Mapping[str, Any]) -> Iterator[str]:
    """All addresses of a spatial memory, parents before the places in them."""
    for world, sectors in memory.items():
        yield world
        for sector, arenas in _items(sectors):
            yield f"{world}:{sector}"
            for arena, things in _items(arenas):
                yield f"{world}:{sector}:{arena}"
                if isinstance(things, list):
                    yield from (f"{world}:{sector}:{arena}:{thing}" for thing in things)


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        # The host has an empty name for a tile that is in no arena.
        yield from ((name, inner) for name, inner in value.items() if name)

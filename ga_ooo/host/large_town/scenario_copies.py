"""The files of the scenario of a large town."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER
from ga_ooo.host.checkout.scenario_files import read_json
from ga_ooo.host.checkout.scenarios import Scenario
from ga_ooo.host.checkout.time_formats import TimeFormat
from ga_ooo.host.json_files import indented
from ga_ooo.host.large_town.delays import delay_day
from ga_ooo.host.large_town.renaming import Renaming

_OF_STEPS: Final = ("environment", "movement")
_META: Final = ("reverie", "meta.json")
_WAITING: Final = "<waiting>"


@dataclass(frozen=True)
class Copy:
    """One town of the large town.

    Attributes:
        renaming: its new names; None for the first town, which keeps its names.
        corner: (x, y) of its upper left tile.
        minutes: how much later its people do everything.
    """

    renaming: Renaming | None
    corner: tuple[int, int]
    minutes: int

    def person(self, name: str) -> str:
        """The name of a person in this town."""
        return name if self.renaming is None else self.renaming.person(name)

    def value(self, value: Any) -> Any:
        """A JSON value with the names of this town."""
        return value if self.renaming is None else self.renaming.value(value)

    def tile(self, x: int, y: int) -> list[int]:
        """A tile of the one map on the large map."""
        return [x + self.corner[0], y + self.corner[1]]


class ScenarioCopies:
    """The files of a scenario with all people of all towns.

    Args:
        scenario: that is copied; all its files were checked.
        copies: the towns.
        time_format: of times in its files.
    """

    def __init__(self, scenario: Scenario, copies: Sequence[Copy], time_format: TimeFormat) -> None:
        self._scenario = scenario
        self._copies = copies
        self._time_format = time_format

    def files(self, map_name: str) -> Iterator[tuple[str, bytes]]:
        """Path relative to the folder of the new scenario, and content.

        Of the files of each step, the new scenario has those that a run reads: the tiles at its
        first step, and the last movement before.
        """
        folder = self._scenario.folder
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder)
            made_anew = inner.parts[0] in (OWN_FOLDER, "personas", *_OF_STEPS)
            if path.is_file() and not made_anew and inner.parts != _META:
                yield str(inner), path.read_bytes()
        yield "/".join(_META), _json(self._meta(map_name))
        step = self._scenario.step
        yield f"environment/{step}.json", _json(self._environment(map_name))
        moved = folder / "movement" / f"{step - 1}.json"
        if moved.is_file():
            yield f"movement/{step - 1}.json", _json(self._movement(read_json(moved)))
        for copy in self._copies:
            for name in self._scenario.persona_names:
                yield from self._person(copy, name)

    def _meta(self, map_name: str) -> dict[str, Any]:
        meta: dict[str, Any] = read_json(self._scenario.folder.joinpath(*_META))
        names = [
            copy.person(name) for copy in self._copies for name in self._scenario.persona_names
        ]
        return meta | {
            "fork_sim_code": self._scenario.name,
            "maze_name": map_name,
            "persona_names": names,
        }

    def _environment(self, map_name: str) -> dict[str, Any]:
        path = self._scenario.folder / "environment" / f"{self._scenario.step}.json"
        found: Mapping[str, Any] = read_json(path)

        def shifted(copy: Copy, position: dict[str, Any]) -> dict[str, Any]:
            x, y = copy.tile(position["x"], position["y"])
            return position | {"maze": map_name, "x": x, "y": y}

        return self._by_person(found, shifted)

    def _movement(self, content: dict[str, Any]) -> dict[str, Any]:
        def shifted(copy: Copy, moved: dict[str, Any]) -> dict[str, Any]:
            renamed: dict[str, Any] = copy.value(moved)
            return renamed | {"movement": copy.tile(*moved["movement"])}

        return content | {"persona": self._by_person(content["persona"], shifted)}

    def _by_person(
        self, found: Mapping[str, Any], shifted: Callable[[Copy, dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        return {
            copy.person(name): shifted(copy, found[name])
            for copy in self._copies
            for name in self._scenario.persona_names
            if name in found
        }

    def _person(self, copy: Copy, name: str) -> Iterator[tuple[str, bytes]]:
        folder = self._scenario.folder / "personas" / name
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            inner = f"personas/{copy.person(name)}/{path.relative_to(folder)}"
            unchanged = copy.renaming is None and not copy.minutes and copy.corner == (0, 0)
            if unchanged or path.suffix != ".json":
                yield inner, path.read_bytes()
                continue
            content = read_json(path)
            if path.name == "scratch.json":
                yield inner, _json(self._scratch(copy, content))
            elif path.name == "spatial_memory.json" and copy.renaming is not None:
                yield inner, _json(copy.renaming.spatial_memory(content))
            elif path.name == "kw_strength.json" and copy.renaming is not None:
                nodes = read_json(path.with_name("nodes.json"))
                yield inner, json.dumps(copy.renaming.keyword_strengths(content, nodes)).encode()
            else:
                # Memories hold many numbers, and the host writes them without indentation too.
                yield inner, json.dumps(copy.value(content)).encode()

    def _scratch(self, copy: Copy, scratch: dict[str, Any]) -> dict[str, Any]:
        scratch = copy.value(scratch)
        if isinstance(scratch.get("curr_tile"), list):
            scratch["curr_tile"] = copy.tile(*scratch["curr_tile"])
        if isinstance(scratch.get("planned_path"), list):
            scratch["planned_path"] = [copy.tile(*tile) for tile in scratch["planned_path"]]
        address = scratch.get("act_address")
        if isinstance(address, str) and address.startswith(_WAITING):
            _, x, y = address.split()
            scratch["act_address"] = " ".join((_WAITING, *map(str, copy.tile(int(x), int(y)))))
        if copy.minutes:
            delay_day(scratch, copy.minutes, self._scenario.curr_time, self._time_format)
        return scratch


def _json(value: Any) -> bytes:
    return indented(value).encode()

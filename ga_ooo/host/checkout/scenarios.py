"""Reading a scenario (a folder of the host's storage) and checking it before a run.

Source: ``ReverieServer.__init__`` for ``meta.json`` and ``environment/{step}.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout.foreign_files import is_foreign
from ga_ooo.host.checkout.later_steps import later_step_files
from ga_ooo.host.checkout.scenario_files import check_memory, incomplete, read_object
from ga_ooo.host.checkout.time_formats import UPSTREAM, TimeFormat

_NAME: Final = "choose a short name of letters, digits, '-' and '_', such as my-run"

_META_TYPES: Final[Mapping[str, type]] = {
    "start_date": str,
    "curr_time": str,
    "sec_per_step": int,
    "maze_name": str,
    "persona_names": list,
    "step": int,
}


@dataclass(frozen=True)
class Scenario:
    """A scenario that can be forked.

    Attributes:
        name: of its folder in storage.
        folder: that folder.
        start_date: the day of step 0.
        curr_time: game time at ``step``.
        sec_per_step: game seconds per step.
        maze_name: name of the map as the scenario gives it.
        step: step at which a run begins.
        tiles: (x, y) of each persona at ``step``, in persona order.
        has_movement: whether it has a folder ``movement``; a base scenario has none.
        later: step files beyond ``step``, relative to the folder
            (:mod:`~ga_ooo.host.checkout.later_steps`).
    """

    name: str
    folder: Path
    start_date: datetime
    curr_time: datetime
    sec_per_step: int
    maze_name: str
    step: int
    tiles: Mapping[str, tuple[int, int]]
    has_movement: bool
    later: tuple[str, ...] = ()

    @property
    def persona_names(self) -> tuple[str, ...]:
        """Personas in the host's order."""
        return tuple(self.tiles)


@dataclass(frozen=True)
class ScenarioCheck:
    """One folder of the storage: its scenario, or the error that makes it unusable."""

    name: str
    scenario: Scenario | None = None
    error: UsageError | HostError | None = None


def read_scenario(
    storage: Path,
    size_of_map: Callable[[str], tuple[int, int]],
    name: str,
    formats: Mapping[str, TimeFormat] = UPSTREAM,
) -> Scenario:
    """Read and check one scenario. Writes nothing.

    Args:
        storage: the host's storage folder.
        size_of_map: gives (width, height) in tiles of the map for a ``maze_name``.
        name: the scenario's folder in storage.
        formats: in which the host reads times.

    Raises:
        UsageError: it does not exist or is not complete; names the file and, for invalid JSON,
            line and column.
        HostError: its map does not exist or cannot be read; names file and line.
    """
    folder = _folder(storage, name)
    meta_file = folder / "reverie" / "meta.json"
    meta = _read_meta(meta_file, formats)
    tiles = _read_tiles(folder, meta, size_of_map(meta["maze_name"]))
    for persona in tiles:
        check_memory(folder / "personas" / persona / "bootstrap_memory", persona)
    return Scenario(
        name=name,
        folder=folder,
        start_date=_time(meta_file, meta, "start_date", formats),
        curr_time=_time(meta_file, meta, "curr_time", formats),
        sec_per_step=meta["sec_per_step"],
        maze_name=meta["maze_name"],
        step=meta["step"],
        tiles=tiles,
        has_movement=(folder / "movement").is_dir(),
        later=tuple(later_step_files(folder, meta["step"])),
    )


def simulation_names(storage: Path) -> list[str]:
    """Names of the folders in the storage, sorted."""
    return sorted(
        path.name
        for path in storage.iterdir()
        if path.is_dir() and not path.name.startswith(".") and not is_foreign(path.name)
    )


def maze_name_of(simulation: Path) -> str | None:
    """``maze_name`` of a simulation; None if it is not there, for the host to complain about."""
    try:
        meta = json.loads((simulation / "reverie" / "meta.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    name = meta.get("maze_name") if isinstance(meta, dict) else None
    return name if isinstance(name, str) else None


def check_new_name(name: str) -> None:
    """Check that a new simulation can have this name.

    The frontend of the host takes names from its URLs as ``[\\w-]+`` (``frontend_server/urls.py``).
    So it cannot replay a simulation with a blank or a dot in its name.

    Raises:
        UsageError: it cannot have this name.
    """
    check_name(name)
    if not re.fullmatch(r"[\w-]+", name):
        raise UsageError(
            f"{name!r} cannot name a new simulation: the host's frontend could not replay it", _NAME
        )


def check_name(name: str) -> None:
    """Check that a simulation can have this name. The host uses it as the name of a folder.

    Raises:
        UsageError: it cannot have this name.
    """
    too_long = len(name.encode("utf-8", "replace")) > 200
    forbidden = any(letter in '/\\:*?"<>|' or not letter.isprintable() for letter in name)
    if not name or name in {".", ".."} or name != name.strip() or too_long or forbidden:
        raise UsageError(
            f"{name!r} cannot name a simulation: it becomes a folder of the host's storage", _NAME
        )


def _folder(storage: Path, name: str) -> Path:
    check_name(name)
    folder = storage / name
    if folder.is_dir():
        return folder
    names = simulation_names(storage) if storage.is_dir() else []
    near = get_close_matches(name, names, n=3, cutoff=0.4) or names[:10]
    raise UsageError(
        f"there is no scenario {name!r} in {storage}",
        f"take one of: {', '.join(near)}" if near else "put a scenario there first",
    )


def _read_meta(path: Path, formats: Mapping[str, TimeFormat]) -> dict[str, Any]:
    meta = read_object(path)
    for key, kind in _META_TYPES.items():
        value = meta.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            found = f"is {value!r}" if key in meta else "is missing"
            raise incomplete(
                path, f"{key!r} {found}", f"give {key!r} as {_expected(kind, formats.get(key))}"
            )
    if meta["sec_per_step"] < 1 or meta["step"] < 0:
        raise incomplete(
            path,
            f"'sec_per_step' is {meta['sec_per_step']} and 'step' is {meta['step']}",
            "give 'sec_per_step' as 1 or more and 'step' as 0 or more",
        )
    names = meta["persona_names"]
    if (
        not names
        or not all(isinstance(name, str) for name in names)
        or len(set(names)) < len(names)
    ):
        raise incomplete(
            path,
            "'persona_names' is empty, has a name twice, or has a name that is not a text",
            "list each persona once",
        )
    for name in names:
        check_name(name)
    for key in formats:
        _time(path, meta, key, formats)
    return meta


def _expected(kind: type, format: TimeFormat | None) -> str:
    words = {str: "a text", int: "a whole number", list: "a list of names"}
    return words[kind] if format is None else f'{words[kind]} such as "{format.example}"'


def _time(
    path: Path, meta: Mapping[str, Any], key: str, formats: Mapping[str, TimeFormat]
) -> datetime:
    try:
        return formats[key].parse(meta[key])
    except ValueError:
        raise incomplete(
            path,
            f"{key!r} is {meta[key]!r}, which the host cannot read",
            f'write it like "{formats[key].example}"',
        ) from None


def _read_tiles(
    folder: Path, meta: Mapping[str, Any], map_size: tuple[int, int]
) -> dict[str, tuple[int, int]]:
    path = folder / "environment" / f"{meta['step']}.json"
    if not path.is_file():
        raise UsageError(
            f"{path} is missing: it gives the tiles of the personas at step {meta['step']}",
            "restore the file, or fork a scenario that has it",
        )
    positions = read_object(path)
    tiles: dict[str, tuple[int, int]] = {}
    for name in meta["persona_names"]:
        position = positions.get(name)
        if not isinstance(position, dict) or not {"x", "y"} <= position.keys():
            raise incomplete(path, f"{name!r} has no x and y", f"give {name!r} a tile of the map")
        x, y = position["x"], position["y"]
        inside = all(
            type(value) is int and 0 <= value < size
            for value, size in zip((x, y), map_size, strict=True)
        )
        if not inside:
            width, height = map_size
            raise incomplete(
                path,
                f"{name!r} is at x = {x!r}, y = {y!r}, outside the map",
                f"give whole numbers: x from 0 to {width - 1}, y from 0 to {height - 1}",
            )
        tiles[name] = (x, y)
    return tiles

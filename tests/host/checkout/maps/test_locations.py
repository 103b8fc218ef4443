"""Homes, actions, paths and memories of personas are compared with the map; what differs is named
with persona, file and address."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.cli.doctor import Severity, diagnose
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.maps.locations import UnknownLocation, unknown_locations
from tests.host.checkout.maps.town import copy_minitown, edit
from tests.host.tinyhost import BACKEND, STORAGE, write_json

FORK, WHO, HOME = "demo_minitown_n5", "Emil Adler", "Adler's house"
MEMORY = f"personas/{WHO}/bootstrap_memory"
FULL = f"Minitown:{HOME}:Emil Adler's room"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of minitown."""
    return copy_minitown(tmp_path / "minitown")


def unknown(root: Path, fork: str = FORK) -> list[UnknownLocation]:
    checkout = locate(root)
    scenario = checkout.scenario(fork)
    return unknown_locations(scenario, checkout.on_map(scenario.maze_name).read_map())


def scratch(**values: Any) -> Callable[[Path], None]:
    return lambda root: edit(root, FORK, WHO, "scratch.json", **values)


def remember(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def remembering(root: Path) -> None:
        path = root / STORAGE / FORK / MEMORY / "spatial_memory.json"
        memory = json.loads(path.read_text("utf-8"))
        change(memory)
        write_json(path, memory)

    return remembering


def forget_home(root: Path) -> None:
    remember(lambda memory: memory["Minitown"].pop(HOME))(root)
    places = json.loads((root / STORAGE / FORK / "environment/0.json").read_text("utf-8"))
    places[WHO] = places[WHO] | {"x": 0, "y": 0}
    write_json(root / STORAGE / FORK / "environment/0.json", places)
    scratch(vision_r=1)(root)


CASES: dict[str, tuple[Callable[[Path], None], str, str, str]] = {
    "home that the map lacks": (
        scratch(living_area="Minitown:a new flat:main room"),
        *("living_area", "Minitown:a new flat:main room", "has no sector 'Minitown:a new flat'"),
    ),
    "home without a sector": (
        scratch(living_area="Minitown"),
        *("living_area", "Minitown", "it names no sector"),
    ),
    "no home": (scratch(living_area=None), *("living_area", "null", "it names no sector")),
    "home that the persona does not know": (
        forget_home,
        *("living_area", FULL, "the spatial memory of the persona lacks this sector"),
    ),
    "action at a place that the map lacks": (
        scratch(act_address="Minitown:Town Library:study room:swimming pool"),
        "act_address",
        "Minitown:Town Library:study room:swimming pool",
        "has no object 'Minitown:Town Library:study room:swimming pool'",
    ),
    "action anywhere in an arena that the map lacks": (
        scratch(act_address="Minitown:Town Library:cellar:<random>"),
        *("act_address", "Minitown:Town Library:cellar:<random>", "has no arena"),
    ),
    "action in another world": (
        scratch(act_address="the Ville:Hobbs Cafe:cafe"),
        *("act_address", "the Ville:Hobbs Cafe:cafe", "the world of the map 'minitown' is"),
    ),
    "waiting outside of the map": (
        scratch(act_address="<waiting> 5000 3"),
        *("act_address", "<waiting> 5000 3", "tiles"),
    ),
    "on the way to nobody": (
        scratch(act_address="<persona> Isabella Rodriguez"),
        *("act_address", "<persona> Isabella Rodriguez", "no persona 'Isabella Rodriguez'"),
    ),
    "path outside of the map": (
        scratch(planned_path=[[1, 1], [1, 5000]]),
        *("planned_path", "[1, 5000]", "tiles"),
    ),
    "tile outside of the map": (scratch(curr_tile=[-1, 2]), "curr_tile", "[-1, 2]", "tiles"),
    "memory of a sector": (
        remember(lambda memory: memory["Minitown"].update({"Harbour": {"pier": ["boat"]}})),
        *("", "Minitown:Harbour", "has no sector 'Minitown:Harbour'"),
    ),
    "memory of an arena": (
        remember(lambda memory: memory["Minitown"]["Town Library"].update({"cellar": ["box"]})),
        *("", "Minitown:Town Library:cellar", "has no arena"),
    ),
    "memory of an object": (
        remember(lambda memory: memory["Minitown"]["Town Library"]["study room"].append("tv")),
        *("", "Minitown:Town Library:study room:tv", "has no object"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_place_that_the_map_lacks(root: Path, case: str) -> None:
    change, key, address, reason = CASES[case]
    change(root)
    [place] = unknown(root)
    file = f"{MEMORY}/{'scratch' if key else 'spatial_memory'}.json"
    assert (place.persona, place.file, place.key, place.address) == (WHO, file, key, address)
    assert reason in place.reason and not place.harmless
    diagnosis = diagnose(root)
    [warning] = [item for item in diagnosis.findings if "a place is not on the map" in item.text]
    assert warning.severity is Severity.WARNING and warning.remedy
    assert f"scenario {FORK}: " in warning.text and str(place) in warning.text
    assert diagnosis.exit_code == 0, "the host may run well until somebody goes there"


HARMLESS: dict[str, Callable[[Path], None]] = {
    "home in another world": scratch(living_area=f"the Palace:{HOME}:Emil Adler's room"),
    "home in another room": scratch(living_area=f"Minitown:{HOME}:attic"),
    "memory of another world": remember(lambda memory: memory.update({"the Ville": {"x": {}}})),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_a_place_that_the_host_does_not_look_up(root: Path, case: str) -> None:
    HARMLESS[case](root)
    [place] = unknown(root)
    assert place.harmless
    [finding] = [item for item in diagnose(root).findings if str(place) in item.text]
    assert finding.severity is Severity.OK and "harmless" in finding.text


def wake_up_at_an_unknown_home(root: Path) -> None:
    forget_home(root)
    town = locate(root).read_map()
    tiles = [(x, y) for x in range(town.width) for y in range(town.height)]
    x, y = next(tile for tile in tiles if town.address(*tile)[1] == HOME)
    path = root / STORAGE / FORK / "environment/0.json"
    places = json.loads(path.read_text("utf-8"))
    write_json(path, places | {WHO: places[WHO] | {"x": x + 1, "y": y}})


FINE: dict[str, Callable[[Path], None]] = {
    "home without a room": scratch(living_area=f"Minitown:{HOME}"),
    "home in sight of the first tile": wake_up_at_an_unknown_home,
    "on the way to another persona": scratch(act_address="<persona> Nora Adler"),
    "waiting": scratch(act_address="<waiting> 3 2"),
    "anywhere in an arena": scratch(act_address="Minitown:Town Library:study room:<random>"),
    "no action": scratch(act_address=None, planned_path=[], curr_tile=None),
}


@pytest.mark.parametrize("case", FINE)
def test_a_place_on_the_map(root: Path, case: str) -> None:
    FINE[case](root)
    assert unknown(root) == []


def test_many_places_are_counted(root: Path) -> None:
    towns: dict[str, Any] = {f"town {number}": {} for number in range(9)}
    remember(lambda memory: memory["Minitown"].update(towns))(root)
    [finding] = [item for item in diagnose(root).findings if "is not on the map" in item.text]
    assert finding.text.endswith("; and 4 more") and "'Minitown:town 4'" in finding.text


def test_a_fork_that_renames_places_is_not_judged(root: Path) -> None:
    maze = root / BACKEND / "maze.py"
    text = maze.read_text("utf-8")
    changed = text.replace(
        "def __init__(self, maze_name):", "def __init__(self, maze_name, names):"
    )
    assert changed != text
    maze.write_text(changed, "utf-8")
    scratch(living_area="Minitown:Fire station:hall")(root)
    assert unknown(root) == []


def test_scenarios_of_real_hosts_lie_on_their_maps(real_host: Path) -> None:
    for check in locate(real_host).scenarios():
        if check.scenario is not None and check.name.startswith(("base_", "demo_")):
            assert unknown(real_host, check.name) == []

"""Checks of the maps, and of the places in scenarios that should lie on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ga_ooo.cli.doctor.findings import Finding, Severity, ok
from ga_ooo.errors import HostError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.maps.locations import UnknownLocation, unknown_locations
from ga_ooo.host.checkout.maps.matrix_files import HostMap, collision_block
from ga_ooo.host.checkout.scenarios import Scenario, maze_name_of, simulation_names

_SHOWN: Final = 5
"""Places of one kind that are named for each scenario."""


def maps(checkout: Checkout) -> Iterator[Finding]:
    """The maps that the scenarios are on."""
    users = _users(checkout)
    for matrix, names in users.items():
        try:
            town = checkout.with_matrix(matrix).read_map()
        except HostError as error:
            severity = Severity.ERROR if len(users) == 1 else Severity.WARNING
            yield Finding(severity, error.problem, error.remedy)
            continue
        of = f", of {', '.join(names)}" if len(users) > 1 else ""
        yield ok(f"map: {town.name}, {town.width} x {town.height} tiles{of}")
        yield from _odd_files(town, checkout)


def other_maps(checkout: Checkout) -> Iterator[Finding]:
    """Scenarios that name one map and run on another."""
    for name in simulation_names(checkout.storage):
        maze_name = maze_name_of(checkout.storage / name)
        if maze_name is None:
            continue
        try:
            used = checkout.maps.other_than_named(maze_name)
        except HostError:
            continue  # Named among the scenarios that cannot be run.
        if used is not None:
            by = (
                f"env_matrix in {UTILS}"
                if checkout.maps.reads_environment(maze_name)
                else "maze.py"
            )
            yield Finding(
                Severity.WARNING,
                f"scenario {name} has the maze_name {maze_name!r}, but {by} names the map "
                f"{used.parent.name!r}, and the host uses that",
                f"correct {by}, if the scenario is to be on the map {maze_name!r}",
            )


def locations(checkout: Checkout) -> Iterator[Finding]:
    """Homes, actions and memories of personas that name places which the map lacks."""
    for check in checkout.scenarios():
        if check.scenario is None:
            continue
        town = checkout.on_map(check.scenario.maze_name).read_map()
        found = unknown_locations(check.scenario, town)
        for kind in ("living_area", "act_address", "planned_path", "curr_tile", ""):
            for harmless in (False, True):
                some = [p for p in found if p.key == kind and p.harmless == harmless]
                if some:
                    yield _finding(check.scenario, some)


def _users(checkout: Checkout) -> dict[Path, list[str]]:
    """The names of the scenarios on each map, by its folder."""
    users: dict[Path, list[str]] = {}
    for name in simulation_names(checkout.storage):
        maze_name = maze_name_of(checkout.storage / name)
        if maze_name is not None:
            try:
                users.setdefault(checkout.maps.matrix(maze_name), []).append(name)
            except HostError:
                continue  # Named among the scenarios that cannot be run.
    return users or {checkout.matrix: []}


def _odd_files(town: HostMap, checkout: Checkout) -> Iterator[Finding]:
    for notice in town.notices:
        yield Finding(Severity.WARNING, notice.text, notice.remedy)
    block = checkout.maps.texts.get("collision_block_id") or collision_block(town.matrix)
    tile = town.unsafe_tile(block)
    if tile is not None:
        yield Finding(
            Severity.WARNING,
            f"{town.matrix}/maze/collision_maze.csv, line 1: the row below the map is too short, "
            f"and tile {tile} above it is not blocked; the path finder of the original raises "
            "IndexError when it reaches such a tile, and the run stops",
            "remove the cells after the last tile",
        )
    if not town.is_blocked_somewhere(block):
        yield Finding(
            Severity.WARNING,
            f"no tile of {town.matrix}/maze/collision_maze.csv has the code {block} "
            "(collision_block_id), so personas walk through walls",
            f"set collision_block_id in {UTILS} to the code of blocked tiles",
        )


def _finding(scenario: Scenario, found: list[UnknownLocation]) -> Finding:
    shown = "; ".join(str(location) for location in found[:_SHOWN])
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    first = found[0]
    if first.harmless:
        why = "only its sector is used" if first.key else "places of other worlds are not used"
        return ok(f"scenario {scenario.name}: {shown}{more} (harmless: {why})")
    if first.key == "living_area":
        effect = "the run stops when the persona plans where to be"
    elif first.key:
        effect = "the run stops if the persona continues this action"
    else:
        effect = "the run stops if a persona chooses to go there"
    return Finding(
        Severity.WARNING,
        f"scenario {scenario.name}: a place is not on the map, and {effect}. {shown}{more}",
        "correct the file of the persona, or add the place to the map",
    )

"""Planning and writing a large town: a folder of map files in the assets, and a scenario."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import gcd
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import DISK, Disk, naming_file
from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.locate import check_new_simulation, check_scenario
from ga_ooo.host.checkout.maps.choice import MATRIX
from ga_ooo.host.checkout.maps.matrix_files import HostMap, collision_block
from ga_ooo.host.checkout.scenario_files import read_json
from ga_ooo.host.checkout.scenarios import Scenario
from ga_ooo.host.checkout.time_formats import time_formats
from ga_ooo.host.copied_map import FILE, CopiedMap, encoded
from ga_ooo.host.large_town.map_copies import Layout, MapCopies
from ga_ooo.host.large_town.new_names import MOST_TOWNS, NewNames, Person, draw_names
from ga_ooo.host.large_town.renaming import Renaming
from ga_ooo.host.large_town.scenario_copies import Copy, ScenarioCopies

_AGAIN: Final = "free space or fix the permissions, then give the same command again"
_ABOUT: Final = ("innate", "learned", "currently", "lifestyle", "daily_plan_req")
_MINUTE: Final = 60
_DAY: Final = 24 * 60


@dataclass(frozen=True)
class LargeTown:
    """A large town that is to be made.

    Attributes:
        fork: scenario that is copied.
        name: of the new scenario and of its map.
        copies: number of towns, the first one included, which keeps its names.
        stagger: each further town does everything so many steps later than the one before.
        roads: neighbours are joined by roads; without, nobody can leave a town.
    """

    fork: str
    name: str
    copies: int
    stagger: int = 0
    roads: bool = False


@dataclass(frozen=True)
class MadeTown:
    """A large town that was made.

    Attributes:
        scenario: its folder in the storage.
        map: its folder in the assets.
        people: number of people.
        size: width and height of the map in tiles.
        to_do: what the user has to change so that the host opens the new map; empty for nothing.
    """

    scenario: Path
    map: Path
    people: int
    size: tuple[int, int]
    to_do: str


def make_large_town(checkout: Checkout, wanted: LargeTown, disk: Disk = DISK) -> MadeTown:
    """Write a large town. Both folders appear whole or not at all, and nothing is overwritten.

    Raises:
        UsageError: the scenario does not exist or is not complete, a name is taken, or the numbers
            make no sense.
        HostError: the host reads its map in a way that leaves no place for another one.
        RunStoppedError: a file cannot be written.
    """
    check_new_simulation(checkout, wanted.name)
    scenario = check_scenario(checkout, wanted.fork)
    on_map = checkout.on_map(scenario.maze_name)
    town = on_map.read_map()
    folder = checkout.assets / wanted.name
    _check(checkout, wanted, scenario, town)
    block = checkout.maps.texts.get("collision_block_id") or collision_block(town.matrix)
    layout = Layout(town.width, town.height, wanted.copies, _sight(scenario))
    sectors, taken = list(dict.fromkeys(town.blocks["sector"].values())), set[str]()
    taken.update(sectors)
    renamings = [
        Renaming(names, town.world or "", sectors, taken)
        for names in _names(scenario, wanted.copies - 1)
    ]
    later = wanted.stagger * scenario.sec_per_step // _MINUTE
    copies = [
        Copy(renaming, layout.corner(number), number * later)
        for number, renaming in enumerate([None, *renamings])
    ]
    form = time_formats(checkout.backend)["curr_time"]
    maps = MapCopies(town, block, layout, renamings).files(wanted.name, wanted.roads)
    matrix = ((f"matrix/{path}", text.encode()) for path, text in maps)
    corners = tuple(map(layout.corner, range(wanted.copies)))
    copied = CopiedMap(scenario.maze_name, town.width, town.height, corners)
    files = ScenarioCopies(scenario, copies, form).files(wanted.name)
    storage = checkout.storage / wanted.name
    _write(((folder, chain(matrix, [(FILE, encoded(copied))])), (storage, files)), disk)
    people = len(scenario.tiles) * wanted.copies
    return MadeTown(storage, folder, people, layout.size, _to_do(checkout, wanted.name))


def _check(checkout: Checkout, wanted: LargeTown, scenario: Scenario, town: HostMap) -> None:
    if not 2 <= wanted.copies <= MOST_TOWNS + 1:
        raise UsageError(
            f"a large town of {wanted.copies} copies cannot be made",
            f"give --copies a number from 2 to {MOST_TOWNS + 1}",
        )
    if wanted.stagger * scenario.sec_per_step % _MINUTE or wanted.stagger < 0:
        raise UsageError(
            f"--stagger {wanted.stagger} is no number of whole minutes, which schedules are in",
            f"a step of {wanted.fork} is {scenario.sec_per_step} seconds; give a multiple of "
            f"{_MINUTE // gcd(scenario.sec_per_step, _MINUTE)}",
        )
    if (wanted.copies - 1) * wanted.stagger * scenario.sec_per_step >= _DAY * _MINUTE:
        raise UsageError(
            f"with --stagger {wanted.stagger}, the last of {wanted.copies} towns would be a day "
            "behind the first",
            "give fewer steps",
        )
    if (checkout.assets / wanted.name).exists():
        raise UsageError(
            f"there is a folder {wanted.name!r} in {checkout.assets} already",
            "choose another name, or remove that folder if no scenario needs it",
        )
    if not os.access(checkout.assets, os.W_OK | os.X_OK):
        raise HostError(
            f"{checkout.assets} cannot be written", "give yourself write access to that folder"
        )
    if town.world is None:
        raise HostError(
            "this host reads its maps or names its places in a way of its own, so the files of a "
            "larger map are not known",
            "make large towns of a host that reads its maps like the original",
        )
    expected = checkout.assets / wanted.name / "matrix"
    opened = checkout.maps.would_open(wanted.name)
    if not checkout.maps.reads_environment(wanted.name) and opened != expected.resolve():
        raise HostError(
            f"the host's maze.py opens the map {opened} for every scenario",
            f"correct the path there, so that it follows maze_name or {MATRIX} of {UTILS}",
        )


def _sight(scenario: Scenario) -> int:
    """The largest sight radius, in tiles: nobody sees over a strip of this width."""
    radii: list[int] = [_scratch(scenario, name).get("vision_r", 1) for name in scenario.tiles]
    return max(1, *radii)


def _names(scenario: Scenario, towns: int) -> Iterator[NewNames]:
    people = []
    for name in scenario.tiles:
        scratch = _scratch(scenario, name)
        about = " ".join(str(scratch.get(key) or "") for key in _ABOUT)
        people.append(Person.of(name, about))
    return draw_names(people, towns)


def _scratch(scenario: Scenario, name: str) -> dict[str, Any]:
    folder = scenario.folder / "personas" / name / "bootstrap_memory"
    found: dict[str, Any] = read_json(folder / "scratch.json")
    return found


def _to_do(checkout: Checkout, name: str) -> str:
    matrix = (checkout.assets / name / "matrix").resolve()
    if checkout.maps.would_open(name) == matrix:
        return ""
    relative = os.path.relpath(matrix, checkout.backend)
    return f'set {MATRIX} = "{relative}" in {checkout.backend / UTILS}'


def _write(folders: Iterable[tuple[Path, Iterable[tuple[str, bytes]]]], disk: Disk) -> None:
    """Write all files beside, then rename the folders: each is there whole or not at all."""
    written: list[tuple[Path, Path]] = []
    done: list[Path] = []
    try:
        for folder, files in folders:
            aside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
            written.append((aside, folder))
            made: set[Path] = set()
            for inner, content in files:
                path = aside / inner
                with naming_file(path, _AGAIN):
                    if path.parent not in made:
                        disk.make_folder(path.parent)
                        made.add(path.parent)
                    disk.write(path, content)
        for aside, folder in written:
            with naming_file(folder, _AGAIN):
                disk.sync_all(aside)
                disk.rename(aside, folder)
                done.append(folder)
                disk.sync(folder.parent)
    except BaseException:
        for path in chain((aside for aside, _ in written), done):
            disk.remove_folder(path)
        raise

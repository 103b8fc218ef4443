"""Large towns of minitown: opened by the host alone, equal on both loops, written whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import ga_ooo
from ga_ooo.disk import Disk
from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.maps.locations import unknown_locations
from ga_ooo.host.copied_map import CopiedMap, read_copied_map
from ga_ooo.host.large_town.making import LargeTown, make_large_town
from tests.cli.conftest import everything
from tests.minitown.conftest import BACKEND, MINITOWN, copy_town
from tests.minitown.test_as_a_host import run

FORK = "demo_minitown_n5"
WANTED = LargeTown(FORK, "metro", 2, stagger=6, roads=True)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """minitown with a large town; tests do not change it."""
    root = tmp_path_factory.mktemp("large") / "minitown"
    shutil.copytree(MINITOWN, root, ignore=shutil.ignore_patterns("__pycache__", "*_n25"))
    made = make_large_town(locate(root), WANTED)
    assert (made.people, made.size, made.to_do) == (10, (128, 40), "")
    return root


def test_the_scenario_is_complete_and_all_its_places_exist(host: Path) -> None:
    checkout = locate(host)
    scenario = checkout.scenario("metro")
    town = checkout.on_map(scenario.maze_name).read_map()
    assert town.name == "metro"
    assert unknown_locations(scenario, town) == []
    tiles = list(scenario.tiles.values())
    assert [(x + 68, y) for x, y in tiles[:5]] == tiles[5:]
    old = checkout.scenario(FORK)
    assert scenario.persona_names[:5] == old.persona_names
    for name in scenario.persona_names[5:]:
        folder = scenario.folder / "personas" / name
        texts = "".join(path.read_text() for path in folder.rglob("*.json"))
        assert not [other for other in old.persona_names if other in texts]
        scratch = json.loads((folder / "bootstrap_memory" / "scratch.json").read_text())
        assert (scratch["name"], scratch["act_event"][0]) == (name, name)
        assert f"{scratch['first_name']} {scratch['last_name']}" == name
        assert scratch["act_duration"] == 61, "the second town does everything a minute later"


def test_the_map_says_where_the_copies_lie(host: Path) -> None:
    checkout = locate(host)
    old = checkout.scenario(FORK)
    copied = read_copied_map(checkout.assets / "metro")
    assert copied == CopiedMap(old.maze_name, 60, 40, ((0, 0), (68, 0)))
    assert copied.lies_in((128, 40)) and not copied.lies_in((127, 40))


def test_the_engine_leaves_the_bytes_of_the_hosts_own_loop(host: Path) -> None:
    found = ga_ooo.verify(host, fork="metro", steps=12)
    assert found.verdict == "equal"
    assert found.answers is not None and found.answers.calls > 20


def test_the_host_alone_opens_it(tmp_path: Path) -> None:
    root = copy_town(tmp_path / "minitown")
    made = make_large_town(locate(root), WANTED)
    assert made.to_do.startswith('set env_matrix = "../../environment/')
    utils = root / BACKEND / "utils.py"
    named = made.to_do.removeprefix("set ").partition(" in ")[0]
    utils.write_text(f"{utils.read_text()}{named}\n")
    code = (
        "import reverie; server = reverie.ReverieServer('metro', 'alone'); server.start_server(1);"
        "print(server.step, len(server.personas), server.maze.maze_width)"
    )
    assert run(root, "-c", code).splitlines()[-1] == "1 10 128"


def test_nothing_is_overwritten(host: Path) -> None:
    before = everything(host)
    checkout = locate(host)
    with pytest.raises(UsageError, match="'metro' already exists"):
        make_large_town(checkout, WANTED)
    with pytest.raises(UsageError, match="there is a folder 'minitown' in"):
        make_large_town(checkout, LargeTown(FORK, "minitown", 2))
    with pytest.raises(UsageError, match="1 copies cannot be made"):
        make_large_town(checkout, LargeTown(FORK, "other", 1))
    with pytest.raises(UsageError, match="give a multiple of 6"):
        make_large_town(checkout, LargeTown(FORK, "other", 2, stagger=7))
    with pytest.raises(UsageError, match="would be a day behind"):
        make_large_town(checkout, LargeTown(FORK, "other", 3, stagger=4320))
    assert everything(host) == before


@pytest.mark.parametrize("writes", [3, 40])
def test_a_full_disk_leaves_nothing(host: Path, writes: int) -> None:
    class FullDisk(Disk):
        left = writes

        def write(self, path: Path, content: bytes, *, private: bool = False) -> None:
            self.left -= 1
            if self.left < 0:
                raise OSError(28, "No space left on device", str(path))
            super().write(path, content, private=private)

    before = everything(host)
    with pytest.raises(RunStoppedError, match="No space left"):
        make_large_town(locate(host), LargeTown(FORK, "other", 2), FullDisk())
    assert everything(host) == before

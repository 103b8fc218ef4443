"""A scenario is on the map that the host's own code opens for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.cli.doctor import diagnose, render
from ga_ooo.errors import HostError
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.durable.record import fingerprint_of_map
from tests.host.checkout.maps.town import copy_minitown, make_map
from tests.host.tinyhost import BACKEND, FRONTEND, SCENARIO, STORAGE, make_scenario, write
from tests.host.tinyhost import write_json as put

ASSETS = FRONTEND / "static_dirs/assets"

MAZE = """from utils import *
FOLDER = "../../environment/frontend_server/static_dirs/assets"


class Maze:
  def __init__(self, maze_name):
    {before}
    meta_info = json.load(open({path}))
"""


@pytest.fixture
def two_maps(tiny: Path) -> Path:
    """The tiny host with a second map, ``new_town``, of another size."""
    matrix = make_map(tiny / ASSETS / "new_town/matrix")
    put(matrix / "maze_meta_info.json", {"maze_width": 6, "maze_height": 2})
    make_scenario(tiny, "emigrants")
    name(tiny, "emigrants", "new_town")
    return tiny


def name(root: Path, scenario: str, maze_name: str) -> None:
    """Set the ``maze_name`` of a scenario."""
    meta = root / STORAGE / scenario / "reverie/meta.json"
    put(meta, json.loads(meta.read_text()) | {"maze_name": maze_name})


def maze(root: Path, path: str, before: str = "pass") -> None:
    write(root / BACKEND / "maze.py", MAZE.format(path=path, before=before))


def chosen(root: Path, maze_name: str) -> str:
    """The name of the map that a scenario with this ``maze_name`` is on."""
    return locate(root).on_map(maze_name).map_name


def test_the_scenario_names_its_map(two_maps: Path) -> None:
    assert chosen(two_maps, "new_town") == "new_town"
    assert chosen(two_maps, "tinyville") == "tinyville"
    checkout = locate(two_maps)
    assert checkout.on_map("new_town").map_size() == (6, 2)
    prints = {fingerprint_of_map(checkout.on_map(name)) for name in ("new_town", "tinyville")}
    assert len(prints) == 2


def test_tiles_are_checked_on_the_map_of_the_scenario(two_maps: Path) -> None:
    put(
        two_maps / STORAGE / "emigrants/environment/0.json",
        {"Ada Byron": {"x": 5, "y": 0}, "Alan Turing": {"x": 5, "y": 1}},
    )
    assert check_scenario(locate(two_maps), "emigrants").maze_name == "new_town"


def test_utils_of_the_user_decides_for_all_scenarios(two_maps: Path) -> None:
    utils = 'maze_assets_loc = "../../environment/frontend_server/static_dirs/assets"\n'
    write(two_maps / BACKEND / "utils.py", utils)
    assert chosen(two_maps, "new_town") == "new_town"
    utils += 'env_matrix = f"{maze_assets_loc}/tinyville/matrix"\n'
    write(two_maps / BACKEND / "utils.py", utils)
    assert chosen(two_maps, "new_town") == "tinyville"
    text = render(diagnose(two_maps))
    assert "scenario emigrants has the maze_name 'new_town', but env_matrix in utils.py" in text
    assert "names the map 'tinyville', and the host uses that" in text


def test_utils_that_computes_the_map_is_not_judged(two_maps: Path) -> None:
    write(two_maps / BACKEND / "utils.py", "import os\nenv_matrix = os.environ['MAP']\n")
    assert chosen(two_maps, "new_town") == chosen(two_maps, "atlantis") == "new_town"


def test_a_name_without_a_map(two_maps: Path) -> None:
    with pytest.raises(HostError, match=r"several maps .*none is called 'atlantis'") as caught:
        chosen(two_maps, "atlantis")
    assert "maze_name" in caught.value.remedy
    name(two_maps, "emigrants", "atlantis")
    with pytest.raises(HostError):
        check_scenario(locate(two_maps), "emigrants")
    diagnosis = diagnose(two_maps)
    assert diagnosis.exit_code == 0
    assert "scenario emigrants cannot be run" in render(diagnosis)


def test_the_only_map_needs_no_name(tiny: Path) -> None:
    assert chosen(tiny, "the_ville_of_somebody_else") == "tinyville"


CODE = {
    "by name": ('f"{maze_assets_loc}/{maze_name}/matrix/maze_meta_info.json"', "pass"),
    "by the sum of texts": ('maze_assets_loc + "/" + maze_name + META', 'META = "/matrix/{}"'),
    "by a joined path": (
        'os.path.join(maze_assets_loc, maze_name, "matrix", "maze_meta_info.json")',
        "import os",
    ),
    "by a constant": ('f"{FOLDER}/{maze_name}/matrix/maze_meta_info.json"', "pass"),
    "by a variable": (
        'f"{folder}/maze_meta_info.json"',
        'folder = f"{FOLDER}/{maze_name}/matrix"',
    ),
}


@pytest.mark.parametrize("case", CODE)
def test_code_that_uses_the_name(two_maps: Path, case: str) -> None:
    path, before = CODE[case]
    maze(two_maps, path, before.replace("{}", "maze_meta_info.json"))
    assert chosen(two_maps, "new_town") == "new_town"
    assert chosen(two_maps, "tinyville") == "tinyville"
    write(two_maps / BACKEND / "utils.py", 'env_matrix = "unused"\n')
    assert chosen(two_maps, "new_town") == "new_town"
    with pytest.raises(HostError, match=r"no map in .*atlantis"):
        chosen(two_maps, "atlantis")


def test_code_that_names_one_map(two_maps: Path) -> None:
    maze(
        two_maps, 'f"{env_matrix}/maze_meta_info.json"', 'env_matrix = FOLDER + "/tinyville/matrix"'
    )
    assert chosen(two_maps, "new_town") == "tinyville"
    assert locate(two_maps).map_name == "tinyville"
    assert "but maze.py names the map 'tinyville'" in render(diagnose(two_maps))


def test_code_that_cannot_be_followed(two_maps: Path) -> None:
    maze(two_maps, "find_the_map(maze_name)")
    assert chosen(two_maps, "new_town") == "new_town"


def test_a_broken_map_stops_only_its_scenarios(two_maps: Path) -> None:
    write(two_maps / ASSETS / "new_town/matrix/maze_meta_info.json", "{")
    checkout = locate(two_maps)
    assert check_scenario(checkout, SCENARIO).maze_name == "tinyville"
    with pytest.raises(HostError, match="line 1, column 2"):
        check_scenario(checkout, "emigrants")
    assert diagnose(two_maps).exit_code == 0


def ga_ooo(*arguments: str | Path) -> str:
    """Run a command line that must succeed; its output."""
    command = [sys.executable, "-m", "ga_ooo", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_run_and_its_resumption_on_a_second_map(tmp_path: Path) -> None:
    """The two maps differ in the name of the world."""
    root = copy_minitown(tmp_path / "minitown")
    scenario, second = root / STORAGE / "demo_minitown_n5", root / STORAGE / "emigrants"
    shutil.copytree(root / ASSETS / "minitown", root / ASSETS / "new_town")
    shutil.copytree(scenario, second)
    files = [*(root / ASSETS / "new_town/matrix/special_blocks").iterdir()]
    for path in [*files, *(second / "personas").rglob("*.json")]:
        path.write_text(path.read_text("utf-8").replace("Minitown", "New Town"), "utf-8")
    name(root, "emigrants", "new_town")
    ga_ooo("run", root, "--fork", "emigrants", "--sim", "there", "--steps", "2")
    ga_ooo("resume", root, "there", "--steps", "4")
    ga_ooo("run", root, "--fork", "demo_minitown_n5", "--sim", "here", "--steps", "4")
    moved = (root / STORAGE / "there/movement/3.json").read_text("utf-8")
    assert "New Town:" in moved and "Minitown:" not in moved
    assert "New Town:" not in (root / STORAGE / "here/movement/3.json").read_text("utf-8")
    ga_ooo("verify", root, "--fork", "emigrants", "--steps", "3")

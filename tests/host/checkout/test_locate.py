"""A checkout is found from any of its folders and recognised by content; scenarios and names are
checked before a run writes any file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.errors import GaOooError, HostError, UsageError
from ga_ooo.host.checkout.fingerprints import fingerprint, fingerprint_folder, identify, known_hosts
from ga_ooo.host.checkout.locate import check_new_simulation, check_scenario, locate
from ga_ooo.host.checkout.scenario_files import MEMORY_FILES
from tests.host.tinyhost import (
    BACKEND,
    FRONTEND,
    MATRIX,
    PERSONAS,
    SCENARIO,
    STORAGE,
    make_scenario,
    snapshot,
    write,
    write_json,
)


@pytest.mark.parametrize(
    "inner", ["", "reverie", "reverie/backend_server", "environment", "environment/frontend_server"]
)
def test_found_from_each_of_its_folders(tiny: Path, inner: str) -> None:
    checkout = locate(tiny / inner)
    assert checkout.root == tiny
    assert checkout.backend == tiny / BACKEND
    assert checkout.storage == tiny / STORAGE
    assert checkout.matrix == tiny / MATRIX
    assert checkout.map_name == "tinyville"
    assert checkout.map_size() == (4, 3)
    assert checkout.recognised == "unknown fork"
    assert not checkout.has_utils


def test_other_folders_are_refused(tiny: Path) -> None:
    for folder in (tiny.parent, tiny / BACKEND / "persona", tiny / STORAGE):
        with pytest.raises(HostError, match=r"no reverie/backend_server/reverie\.py"):
            locate(folder)
    with pytest.raises(UsageError, match="no folder"):
        locate(tiny / "nowhere")


def test_all_missing_parts_are_named(tiny: Path) -> None:
    (tiny / BACKEND / "maze.py").unlink()
    (tiny / BACKEND / "persona/persona.py").unlink()
    with pytest.raises(HostError) as caught:
        locate(tiny)
    assert "maze.py" in caught.value.problem
    assert "persona/persona.py are missing" in caught.value.problem


def test_utils_of_the_user_moves_storage_and_map(tiny: Path) -> None:
    other = tiny / FRONTEND / "static_dirs/assets/other/matrix"
    write_json(other / "maze_meta_info.json", {"maze_width": 9, "maze_height": 8})
    (tiny / "sims").mkdir()
    utils = (
        'import os\nkey = os.getenv("KEY")\n'
        f'assets = "{tiny}/environment/frontend_server/static_dirs/assets"\n'
        'env_matrix = f"{assets}/other/matrix"\n'
        'fs_storage = "../../" + "sims"\n'
    )
    write(tiny / BACKEND / "utils.py", utils)
    checkout = locate(tiny)
    assert checkout.map_name == "other"
    assert checkout.map_size() == (9, 8)
    assert checkout.storage == tiny / "sims"
    assert checkout.has_utils


def test_wrong_utils_is_named(tiny: Path) -> None:
    write(tiny / BACKEND / "utils.py", 'env_matrix = "nowhere"\n')
    with pytest.raises(HostError, match="no map in"):
        locate(tiny)
    write(tiny / BACKEND / "utils.py", "ok = 1\nkey = (\n")
    with pytest.raises(HostError, match=r"utils\.py, line 2"):
        locate(tiny)


def test_several_maps_need_a_choice(tiny: Path) -> None:
    write_json(tiny / FRONTEND / "static_dirs/assets/second/matrix/maze_meta_info.json", {})
    meta = tiny / STORAGE / SCENARIO / "reverie/meta.json"
    write_json(meta, json.loads(meta.read_text()) | {"maze_name": "a third"})
    with pytest.raises(HostError, match="second, tinyville"):
        check_scenario(locate(tiny), SCENARIO)


def test_minitown_is_recognised_by_its_map(tiny: Path) -> None:
    assets = tiny / FRONTEND / "static_dirs/assets"
    (assets / "tinyville").rename(assets / "minitown")
    assert locate(tiny).recognised == "minitown"


def test_revision_follows_content_but_not_utils(tiny: Path) -> None:
    before = locate(tiny).revision
    assert before.startswith("content-")
    write(tiny / BACKEND / "utils.py", "debug = True\n")
    assert locate(tiny).revision == before
    write(tiny / BACKEND / "maze.py", (tiny / BACKEND / "maze.py").read_text() + "x = 1\n")
    assert locate(tiny).revision != before


def test_revision_is_the_commit_in_a_git_checkout(tiny: Path) -> None:
    def git(*words: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        done = subprocess.run(
            ["git", "-C", str(tiny), *identity, *words], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    git("init", "-q")
    without_commit = locate(tiny).revision
    assert without_commit.startswith("content-")
    git("add", "reverie")
    git("commit", "-q", "-m", "first")
    assert locate(tiny).revision == git("rev-parse", "HEAD")


def test_fingerprint_ignores_only_changes_by_editors() -> None:
    source = b"def f():\n  return 1\n"
    same = [
        source.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + source,
        source.replace(b"1", b"1  ") + b"\n\n",
        b"# >>> ga-ooo x\nanything\n# <<< ga-ooo\n" + source,
    ]
    assert {fingerprint(text) for text in same} == {fingerprint(source)}
    assert fingerprint(source.replace(b"  return", b"    return")) != fingerprint(source)


def test_known_revision_with_an_edited_file() -> None:
    known = known_hosts()
    upstream = next(host for host in known if host.name == "upstream fe05a71")
    prints = dict(upstream.files)
    assert identify(prints, known).known == upstream
    del prints["test.py"]
    prints["persona/cognitive_modules/plan.py"] = "edited"
    identity = identify(prints, known)
    assert identity.known == upstream
    assert identity.edited == ("persona/cognitive_modules/plan.py", "test.py")
    strange = {
        name: "edited" if number % 2 else value
        for number, (name, value) in enumerate(prints.items())
    }
    assert identify(strange, known).known is None


def test_real_hosts_are_recognised(real_host: Path) -> None:
    if real_host.name == "minitown":
        assert locate(real_host).recognised == locate(real_host).map_name == "minitown"
        return
    expected = {"upstream": ("upstream fe05a71", "fe05a71"), "school": ("school fork", "81d64c1d")}
    name, commit = expected[real_host.name]
    checkout = locate(real_host)
    assert checkout.recognised == name
    assert checkout.revision.startswith(commit)
    assert checkout.edited == ()
    assert checkout.map_name == "the_ville"
    known = next(host for host in known_hosts() if host.name == name)
    prints = fingerprint_folder(checkout.backend)
    prints.pop("utils.py", None)
    assert prints == known.files


def test_real_base_scenarios_are_valid(real_host: Path) -> None:
    checks = [check for check in locate(real_host).scenarios() if check.name.startswith("base_")]
    assert checks
    assert [check.error for check in checks if check.error] == []


def test_scenario_is_read(tiny: Path) -> None:
    scenario = check_scenario(locate(tiny), SCENARIO)
    assert scenario.persona_names == PERSONAS
    assert scenario.tiles == {"Ada Byron": (3, 0), "Alan Turing": (3, 1)}
    assert (scenario.step, scenario.sec_per_step, scenario.has_movement) == (0, 10, False)
    assert f"{scenario.curr_time:%Y-%m-%d %H:%M}" == "2023-02-13 00:00"


def test_unknown_scenario_lists_near_names(tiny: Path) -> None:
    make_scenario(tiny, "base_tiny_n25")
    with pytest.raises(UsageError) as caught:
        check_scenario(locate(tiny), "base_tny_n25")
    assert "base_tiny_n25" in caught.value.remedy
    with pytest.raises(UsageError, match="cannot name"):
        check_scenario(locate(tiny), "../storage")


def _edit(file: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / file
        write_json(path, change(json.loads(path.read_text())))

    return edit


def _put(file: str, text: str) -> Callable[[Path], None]:
    return lambda folder: write(folder / file, text)


def _bytes(file: str, data: bytes) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        (folder / file).write_bytes(data)

    return put


def _without(key: str) -> Callable[[Any], Any]:
    return lambda value: {name: inner for name, inner in value.items() if name != key}


def _with(**changes: object) -> Callable[[Any], Any]:
    return lambda value: value | changes


def _at(x: object, y: object) -> Callable[[Any], Any]:
    return lambda value: value | {"Ada Byron": {"x": x, "y": y}}


META, ENVIRONMENT = "reverie/meta.json", "environment/0.json"

BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no meta": (lambda folder: (folder / META).unlink(), "meta.json is missing"),
    "meta is no object": (_put(META, "[]"), "not a JSON object"),
    "meta is cut off": (_put(META, '{\n  "step": 0,\n'), "meta.json, line 3, column 1"),
    "meta is no text": (_bytes(META, b"\xff{}"), "not UTF-8"),
    "step missing": (_edit(META, _without("step")), "'step' is missing"),
    "step is true": (_edit(META, _with(step=True)), "'step' is True"),
    "step negative": (_edit(META, _with(step=-1)), "'step' is -1"),
    "no seconds": (_edit(META, _with(sec_per_step=0)), "'sec_per_step' is 0"),
    "odd date": (_edit(META, _with(start_date="2023-02-13")), "'start_date' is '2023-02-13'"),
    "no personas": (_edit(META, _with(persona_names=[])), "'persona_names' is empty"),
    "twice": (_edit(META, _with(persona_names=["A", "A"])), "has a name twice"),
    "name outside of storage": (_edit(META, _with(persona_names=["../A"])), "cannot name"),
    "no environment": (_edit(META, _with(step=7)), "7.json is missing"),
    "persona without tile": (_edit(ENVIRONMENT, _without("Alan Turing")), "'Alan Turing' has no x"),
    "no y": (_edit(ENVIRONMENT, _with(**{"Ada Byron": {"x": 1}})), "'Ada Byron' has no x and y"),
    "right of the map": (_edit(ENVIRONMENT, _at(4, 0)), "x = 4, y = 0, outside"),
    "below the map": (_edit(ENVIRONMENT, _at(0, 3)), "outside the map"),
    "left of the map": (_edit(ENVIRONMENT, _at(-1, 0)), "outside the map"),
    "half a tile": (_edit(ENVIRONMENT, _at(1.5, 0)), "outside the map"),
    "unknown persona": (
        _edit(META, _with(persona_names=["Ada Byron", "Grace Hopper"])),
        "'Grace Hopper' has no x",
    ),
    "broken environment": (_put(ENVIRONMENT, "{,}"), "0.json, line 1, column 2"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_scenario_names_the_file(tiny: Path, case: str) -> None:
    damage, message = BROKEN[case]
    damage(tiny / STORAGE / SCENARIO)
    before = snapshot(tiny)
    checkout = locate(tiny)
    with pytest.raises(UsageError) as caught:
        check_scenario(checkout, SCENARIO)
    assert message in caught.value.problem
    assert caught.value.remedy
    [check] = checkout.scenarios()
    assert check.error is not None and check.scenario is None
    assert snapshot(tiny) == before


@pytest.mark.parametrize("file", MEMORY_FILES)
@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_incomplete_memory_names_the_file(tiny: Path, file: str, text: str | None) -> None:
    path = tiny / STORAGE / SCENARIO / "personas/Alan Turing/bootstrap_memory" / file
    path.unlink() if text is None else write(path, text)
    with pytest.raises(UsageError) as caught:
        check_scenario(locate(tiny), SCENARIO)
    assert str(path) in caught.value.problem


def test_broken_map_is_a_host_error(tiny: Path) -> None:
    write(tiny / MATRIX / "maze_meta_info.json", '{"maze_width": "wide"}')
    with pytest.raises(HostError, match="maze_meta_info"):
        check_scenario(locate(tiny), SCENARIO)


def test_new_simulation(tiny: Path) -> None:
    (tiny / FRONTEND / "temp_storage").rmdir()
    before = snapshot(tiny)
    checkout = locate(tiny)
    check_new_simulation(checkout, "my-run")
    with pytest.raises(UsageError, match="already exists"):
        check_new_simulation(checkout, SCENARIO)
    for name in ("", ".", "..", "a/b", "a\\b", " a", "a ", "a\nb", "x" * 300):
        with pytest.raises(UsageError, match="cannot name"):
            check_new_simulation(checkout, name)
    assert snapshot(tiny) == before


def test_storage_that_cannot_be_written(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests may run as root, for whom every folder can be written.
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != tiny / STORAGE)
    with pytest.raises(HostError, match="storage cannot be written"):
        check_new_simulation(locate(tiny), "my-run")
    monkeypatch.undo()
    (tiny / FRONTEND / "temp_storage").rmdir()
    write(tiny / FRONTEND / "temp_storage", "a file")
    with pytest.raises(GaOooError, match="is not a folder"):
        check_new_simulation(locate(tiny), "my-run")

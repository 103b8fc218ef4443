"""Step files that a crashed run left beyond the saved step are found, and dropped by a fork."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.cli.doctor import diagnose, render
from ga_ooo.host.checkout.later_steps import later_step_files, later_steps_notice
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.host.json_files import read_json, write_json
from ga_ooo.host.run.step_files import remove_later_steps
from tests.host.tinyhost import SCENARIO, STORAGE, write

CASES: dict[str, tuple[list[str], list[str]]] = {
    "none": (["environment/0.json", "environment/7.json", "movement/6.json"], []),
    "environment": (
        ["environment/7.json", "environment/10.json", "environment/8.json"],
        ["environment/8.json", "environment/10.json"],
    ),
    "movement": (
        ["movement/6.json", "movement/7.json", "movement/8.json"],
        ["movement/7.json", "movement/8.json"],
    ),
    "both": (
        ["movement/7.json", "environment/8.json"],
        ["environment/8.json", "movement/7.json"],
    ),
    "no step files": (["environment/._9.json", "environment/09.json", "environment/9.txt"], []),
}


@pytest.mark.parametrize("case", CASES)
def test_files_beyond_the_saved_step(tmp_path: Path, case: str) -> None:
    files, expected = CASES[case]
    for name in files:
        write(tmp_path / name, "{}")
    assert later_step_files(tmp_path, 7) == expected
    assert remove_later_steps(tmp_path, 7) == expected
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(files) - set(expected)


def test_the_notice_names_the_files() -> None:
    assert "holds 1 step file of later steps (movement/0.json)" in later_steps_notice(
        "x", 0, ["movement/0.json"]
    )
    notice = later_steps_notice("x", 0, ["environment/1.json", "movement/0.json"])
    assert "2 step files of later steps (environment/1.json to movement/0.json)" in notice


@pytest.mark.parametrize("file", ["environment/9.json", "movement/3.json"])
def test_the_host_does_not_read_them(tiny: Path, file: str) -> None:
    """They may be broken, as a crash leaves them."""
    write(tiny / STORAGE / SCENARIO / file, '{"a": ')
    assert check_scenario(locate(tiny), SCENARIO).later == (file,)
    text = render(diagnose(tiny))
    assert file in text and text.endswith("this host can run")


def test_both_sides_of_verify_drop_them(tmp_path: Path) -> None:
    root, name = tmp_path / "minitown", "demo_minitown_n5"
    shutil.copytree(data_folder("minitown"), root, ignore=shutil.ignore_patterns("*_n25"))
    environment = root / STORAGE / name / "environment"
    for step in (1, 2, 3):
        places = read_json(environment / "0.json")
        for place in places.values():
            place["x"] += step
        write_json(environment / f"{step}.json", places)
    command = [sys.executable, "-m", "ga_ooo", "verify", str(root), "--fork", name, "--steps", "5"]
    keep = tmp_path / "sides"
    done = subprocess.run([*command, "--keep", str(keep)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds 3 step files of later steps (environment/1.json to" in done.stdout
    for side in ("reference", "engine"):
        simulation = keep / side / "checkout" / STORAGE / "verify"
        steps = sorted(int(path.stem) for path in (simulation / "environment").iterdir())
        assert steps == list(range(6))
        first = read_json(simulation / "environment/1.json")
        assert first != read_json(environment / "1.json")

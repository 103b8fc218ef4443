"""Whole runs with workers: equal bytes, whatever happens to a worker."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ga_ooo.api.requests import check_options
from ga_ooo.cluster.facts import difference
from ga_ooo.cluster.frames import Facts
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare
from ga_ooo.options import Options, RunOptions

HOST = data_folder("minitown")
STORAGE = HOST / "environment" / "frontend_server" / "storage"
FORK = "demo_minitown_n5"
CROWD = "demo_minitown_n25"
STEPS = 6


def run(
    folder: Path,
    name: str,
    module: str,
    *options: str,
    fork: str = FORK,
    steps: int = STEPS,
    **variables: str,
) -> str:
    """Run minitown; returns its output."""
    if not (folder / fork).exists():
        shutil.copytree(STORAGE / fork, folder / fork)
    done = subprocess.run(
        [
            *(sys.executable, "-m", module, "run", HOST, "--sim", name, "--fork", fork),
            *("--steps", str(steps), "--storage", folder, "--temp-storage", folder / "temp"),
            *("--no-checkpoints", "--no-record", "--latency", "0.02:0.01:0.0001", *options),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0", "GA_OOO_CONFIG": "", **variables},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds a run whose moves are not rehearsed."""
    folder = tmp_path_factory.mktemp("workers")
    run(folder, "alone", "ga_ooo", "--runahead", "0", "--clock", "virtual")
    return folder


def prefetched(output: str) -> int:
    """How many calls were asked early."""
    line = next(line for line in output.splitlines() if line.startswith("runahead: "))
    return int(line.split()[1])


def test_workers_rehearse_and_change_nothing(folder: Path) -> None:
    measures = folder / "measures.json"
    output = run(
        *(folder, "two", "tests.cluster.piped_run", "--workers", "2", "--clock", "virtual"),
        *("--measures", str(measures)),
    )
    assert prefetched(output) > 5
    assert "stopped" not in output
    assert re.search(r"rehearsal worker 2 \(process \d+ on .*\): [\d,]+ moves rehearsed", output)
    found = json.loads(measures.read_text())
    workers = found["workers"]
    assert len(workers) == 2
    assert found["cpu_seconds"] > sum(worker["serving_seconds"] for worker in workers) > 0
    assert found["prefetched"] >= sum(worker["asked"] for worker in workers)
    for worker in workers:
        assert worker["moves"] and worker["asked"] and worker["cpu_seconds"]
        assert worker["state"] == "rehearsing"
        # The five people at the start, and what has changed since then.
        assert worker["states"] > 5 and 0 < worker["state_bytes"] < worker["bytes_to"]
    assert compare(folder / "alone", folder / "two").equal


def test_a_worker_asks_for_the_states_of_whom_its_rehearsals_meet(folder: Path) -> None:
    virtual = ("--clock", "virtual")
    run(folder, "crowd", "ga_ooo", "--runahead", "0", *virtual, fork=CROWD, steps=2)
    output = run(
        *(folder, "apart", "tests.cluster.piped_run", "--workers", "2", *virtual),
        fork=CROWD,
        steps=2,
        WORKERS_APART="1",
    )
    assert "stopped" not in output
    assert re.search(r"rehearsal worker \d needs persona \d", output)
    assert prefetched(output) > 5
    assert compare(folder / "crowd", folder / "apart").equal


@pytest.mark.parametrize("how", ["kill:6", "stop:6"])
def test_a_worker_that_ends_changes_nothing(folder: Path, how: str) -> None:
    name = how.partition(":")[0]
    output = run(folder, name, "tests.cluster.piped_run", "--workers", "1", WORKERS_END=how)
    assert "rehearsal worker 1 (process" in output
    assert "stopped, and the run continues without it until it is back" in output
    assert compare(folder / "alone", folder / name).equal


def test_this_process_rehearses_until_a_worker_has_the_town(folder: Path) -> None:
    output = run(folder, "begin", "tests.cluster.piped_run", "--workers", "1", WORKERS_END="hang:1")
    assert re.search(r"rehearsal worker 1 \(process .*: 0 moves rehearsed", output)
    assert prefetched(output) > 5
    assert compare(folder / "alone", folder / "begin").equal


def test_an_error_in_a_worker_has_its_traceback(folder: Path) -> None:
    output = run(
        *(folder, "damage", "tests.cluster.piped_run", "--workers", "1"), WORKERS_END="damage:3"
    )
    assert "stopped, and the run continues without it until it is back: an error there" in output
    assert "Traceback (most recent call last)" in output and "msgspec." in output
    assert compare(folder / "alone", folder / "damage").equal


def test_an_address_needs_workers(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without --workers"):
        check_options(Options(run=RunOptions(ray_address="auto")))


@pytest.mark.parametrize(
    ("changed", "problem", "remedy"),
    [
        ({"package": "0.1"}, "ga_ooo 0.1, and the main process ga_ooo 1.0", "install ga-ooo 1.0"),
        ({"python": "3.9"}, "Python 3.9", "start Ray on {} with Python 3.12"),
        ({"host": "other"}, "another revision of the host", "bring the checkout on {} to"),
        ({"hashes": 2}, "another hash seed", "without PYTHONHASHSEED"),
    ],
)
def test_a_worker_that_differs_is_refused(
    changed: dict[str, Any], problem: str, remedy: str
) -> None:
    main = Facts(package="1.0", python="3.12", host="h", hashes=1)
    found = difference(main, msgspec.structs.replace(main, **changed))
    assert found is not None and problem in found[0] and remedy in found[1]
    assert difference(main, main) is None


def test_ray_runs_workers(folder: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (the extra `cluster`)")
    output = run(folder, "ray", "ga_ooo", "--workers", "1")
    assert "stopped" not in output
    assert compare(folder / "alone", folder / "ray").equal


def test_without_ray_a_user_learns_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "ray.py").write_text("raise ImportError('not here')\n")
    shutil.copytree(STORAGE / FORK, tmp_path / "storage" / FORK)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ga_ooo", "run", HOST, "--sim", "x", "--fork", FORK),
            *("--steps", "1", "--storage", tmp_path / "storage", "--workers", "1"),
            *("--temp-storage", tmp_path / "temp"),
        ],
        env={
            **os.environ,
            "PYTHONHASHSEED": "0",
            "GA_OOO_CONFIG": "",
            "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--workers needs Ray, which is not installed" in done.stderr
    assert "[cluster]" in done.stderr

"""Whole runs with workers: equal bytes, whatever happens to a worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare

HOST = data_folder("minitown")
STORAGE = HOST / "environment" / "frontend_server" / "storage"
FORK = "demo_minitown_n5"
STEPS = 6


def run(folder: Path, name: str, module: str, *options: str, **variables: str) -> str:
    """Run minitown; returns its output."""
    if not (folder / FORK).exists():
        shutil.copytree(STORAGE / FORK, folder / FORK)
    done = subprocess.run(
        [
            *(sys.executable, "-m", module, "run", HOST, "--sim", name, "--fork", FORK),
            *("--steps", str(STEPS), "--storage", folder, "--temp-storage", folder / "temp"),
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
    output = run(folder, "two", "tests.cluster.piped_run", "--workers", "2", "--clock", "virtual")
    assert prefetched(output) > 5
    assert "stopped" not in output
    assert compare(folder / "alone", folder / "two").equal


@pytest.mark.parametrize("how", ["kill:6", "stop:6"])
def test_a_worker_that_ends_changes_nothing(folder: Path, how: str) -> None:
    name = how.partition(":")[0]
    output = run(folder, name, "tests.cluster.piped_run", "--workers", "1", WORKERS_END=how)
    assert "rehearsal worker 1 (process" in output
    assert "stopped, and the run continues without it until it is back" in output
    assert compare(folder / "alone", folder / name).equal


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

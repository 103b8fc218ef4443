"""After any end of a run, ``ga-ooo resume`` leads to the bytes of an undisturbed run. A checkpoint
is a simulation that the host opens without this package."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Final

import pytest

from compat_tests.live import (
    LiveRun,
    live_resume,
    live_run,
    read,
    step_numbers,
)
from compat_tests.terminal import on_a_terminal
from compat_tests.town import BACKEND, Town, command, copy_of, ga_ooo, saved_step
from ga_ooo.disk import OWN_FOLDER
from ga_ooo.host.checkout.locate import locate
from ga_ooo.lab.verify.compare import compare

EVERY: Final = 10
"""Steps between two checkpoints."""

_BARE_HOST: Final = Path(__file__).with_name("bare_host.py")


@contextmanager
def live(town: Town, name: str, latency: str = "0.01", *more: str) -> Iterator[LiveRun]:
    """A run of the recipe's busy stretch, with checkpoints."""
    busy = town.recipe.busy
    how = ("--steps", str(busy.steps), "--checkpoint-every", str(EVERY), "--latency", latency)
    with live_run(town.root, town.storage, town.fork(busy), name, *how, *more) as run:
        yield run


def first_step(town: Town) -> int:
    """The step at which the busy stretch begins."""
    return saved_step(town.storage / town.fork(town.recipe.busy))


def assert_resumes(town: Town, simulation: Path) -> None:
    """The resumed run leaves the same bytes as the host's own loop."""
    ga_ooo("resume", town.root, simulation.name).expect()
    assert_equal(town, simulation)


def assert_equal(town: Town, simulation: Path) -> None:
    """The run left the same bytes as the host's own loop, and no temporary file."""
    outcome = compare(town.reference(town.recipe.busy), simulation)
    assert outcome.equal, outcome.first and outcome.first.render()
    assert not list(simulation.rglob(".*"))


def assert_whole(simulation: Path) -> None:
    """Each file of the simulation can be parsed; the files of this package have checksums."""
    for file in simulation.rglob("*.json"):
        parts = file.relative_to(simulation).parts
        if parts[0] != OWN_FOLDER and not any(part.startswith(".") for part in parts):
            read(file)


def only_once(town: Town) -> None:
    """For tests of the operating system that do not depend on the host."""
    if town.recipe.recognised != "minitown":
        pytest.skip("the same for every host: tested with minitown, which is fastest")


# --- signals, terminals, kill -9 ------------------------------------------------------------------


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGINT,),
        (signal.SIGTERM,),
        (signal.SIGHUP,),
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGTERM),
    ],
    ids=lambda numbers: "-".join(number.name for number in numbers),
)
def test_a_signal(town: Town, numbers: tuple[signal.Signals, ...]) -> None:
    only_once(town)
    with live(town, f"signal-{'-'.join(number.name for number in numbers)}") as run:
        run.wait_for(f"movement/{first_step(town) + 25}.json")
        for number in numbers:
            run.send(number)
            run.wait_for_output("stopping at a consistent step")
        done = run.end()
    # The second signal may arrive after the run was saved.
    assert done.code in ((5,) if len(numbers) == 1 else (5, 130)), done.output
    assert "Traceback" not in done.output
    assert_whole(run.simulation)
    assert len(step_numbers(run.simulation / "movement")) < town.recipe.busy.steps
    assert_resumes(town, run.simulation)


def test_a_closed_terminal(town: Town) -> None:
    only_once(town)
    busy, simulation = town.recipe.busy, town.storage / "terminal-closed"
    named = ("--fork", town.fork(busy), "--sim", simulation.name, "--steps", str(busy.steps))
    how = ("--checkpoint-every", str(EVERY), "--latency", "0.01")
    with on_a_terminal(command("run", town.root, *named, *how)) as child:
        while not (simulation / "movement" / f"{first_step(town) + 25}.json").exists():
            assert child.isalive()
            time.sleep(0.01)
        # Only the terminal: pexpect would also kill a process that does not end at once.
        child.ptyproc.fileobj.close()
        child.wait()
    assert child.exitstatus == 5
    assert saved_step(simulation) > first_step(town) + 25
    assert_resumes(town, simulation)


@pytest.mark.parametrize("seed", [0, 1])
def test_kill_minus_9(town: Town, seed: int) -> None:
    if seed:
        only_once(town)
    rng, busy = Random(seed), town.recipe.busy
    name, first = f"killed-{seed}", first_step(town)
    simulation = town.storage / name
    moments = sorted(rng.sample(range(5, busy.steps - 10), 2))
    with live(town, name, "0.01", "--journal", str(simulation.with_suffix(".sqlite"))) as run:
        run.wait_for(f"movement/{first + moments[0]}.json")
        time.sleep(rng.uniform(0, 0.1))
        run.send(signal.SIGKILL)
        run.end().expect(-signal.SIGKILL)
    assert_whole(simulation)
    with live_resume(town.root, simulation) as run:
        run.wait_for(f"movement/{first + moments[1]}.json")
        run.send(signal.SIGKILL)
        assert run.end().code in (0, -signal.SIGKILL)
    assert_resumes(town, simulation)


# --- full disk ------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A separate file system whose size can be changed."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "ga-ooo-test", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def resize(disk: Path, size: str) -> None:
    """Make a small file system larger or smaller."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)


@pytest.mark.parametrize(("size", "with_journal"), [("1500k", False), ("4m", True)])
def test_a_full_disk(town: Town, small_disk: Path, size: str, with_journal: bool) -> None:
    only_once(town)
    busy, storage, temp = town.recipe.busy, small_disk / "storage", small_disk / "temp"
    fork = town.fork(busy)
    shutil.copytree(town.storage / fork, storage / fork)
    temp.mkdir()
    folders = ("--storage", str(storage), "--temp-storage", str(temp))
    named = ("--fork", fork, "--sim", "full", "--steps", str(busy.steps))
    # Without a record: it grows with the time of a run, and would fill the disk at any step.
    often = ("--checkpoint-every", str(EVERY), "--keep-checkpoints", "0")
    how = (*often, "--latency", "0.001", "--no-record")
    journal = ("--journal", str(storage / "full.sqlite")) if with_journal else ()
    resize(small_disk, size)
    done = ga_ooo("run", town.root, *named, *how, *folders, *journal).expect(5)
    assert str(storage / "full") in done.output, done.output
    assert "remedy:" in done.output
    # With a journal, the file that does not fit may be the journal, a step or a checkpoint.
    assert "No space left on device" in done.output or with_journal
    assert "Traceback" not in done.output
    assert_whole(storage / "full")
    reached = len(step_numbers(storage / "full/movement"))
    assert 0 < reached < busy.steps
    # Without more space, the resumed run stops again and damages nothing.
    ga_ooo("resume", town.root, "full", *folders).expect(5)
    assert_whole(storage / "full")
    resize(small_disk, "64m")
    ga_ooo("resume", town.root, "full", *folders).expect()
    assert_equal(town, storage / "full")


# --- without this package -------------------------------------------------------------------------


def test_the_bare_host_continues_from_a_checkpoint(town: Town, tmp_path: Path) -> None:
    with live(town, "for-the-bare-host", "0.001", "--keep-checkpoints", "0") as run:
        run.end().expect()
    # In the middle of the run. Some checkpoints are skipped while an earlier one is written.
    at = min(int(path.name) for path in (run.simulation / "ga_ooo/checkpoints").iterdir())
    assert at < first_step(town) + town.recipe.busy.steps
    host = locate(copy_of(town.source, tmp_path / "host"))
    shutil.copytree(run.simulation / f"ga_ooo/checkpoints/{at}", host.storage / "checkpoint")
    done = subprocess.run(
        [sys.executable, "-I", str(_BARE_HOST), str(host.root / BACKEND), "checkpoint", "on", "5"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert saved_step(host.storage / "on") == at + 5
    assert set(range(at, at + 5)) <= set(step_numbers(host.storage / "on/movement"))

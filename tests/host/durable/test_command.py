"""``ga-ooo resume`` on minitown: after a kill or a stop, longer than begun; its refusals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.journal.lock import ProcessLock
from ga_ooo.lab.verify.compare import compare
from tests.hangups import obey_hangups

FORK = "demo_minitown_n5"
STORAGE = Path("environment/frontend_server/storage")
STEPS = 60
LATENCY = ("--clock", "virtual", "--latency", "0.05:0.02:0.0001", "--latency-seed", "3")


def command(*arguments: str | Path) -> list[str]:
    """The command line of ``ga-ooo``."""
    return [sys.executable, "-m", "ga_ooo", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Environment of a child process, without a configuration file of the user."""
    return {**os.environ, "PYTHONHASHSEED": "0", "GA_OOO_CONFIG": ""}


def ga_ooo(*arguments: str | Path, code: int = 0) -> str:
    """Run ``ga-ooo`` to its end. Returns its output."""
    done = subprocess.run(
        command(*arguments), env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minitown, with a run of 60 steps that nothing has stopped."""
    root = tmp_path_factory.mktemp("host") / "minitown"
    ignored = shutil.ignore_patterns("__pycache__", "*_n25")
    shutil.copytree(data_folder("minitown"), root, ignore=ignored)
    ga_ooo(*run(root, "reference"), "--no-checkpoints", "--no-record")
    assert not (root / STORAGE / "reference" / "ga_ooo").exists()
    return root


def run(host: Path, name: str, steps: str | int = STEPS) -> tuple[str | Path, ...]:
    """Arguments of a run with a checkpoint every ten steps."""
    how = ("--steps", str(steps), "--checkpoint-every", "10")
    return ("run", host, "--fork", FORK, "--sim", name, *how)


@pytest.fixture
def killed(host: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The simulation of a run that was killed after step 35, with a journal."""
    yield from ended_by(signal.SIGKILL, host, f"killed-{request.node.name}")


@pytest.fixture
def stopped(host: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The same, but stopped in order, so that it surely has a checkpoint."""
    yield from ended_by(signal.SIGTERM, host, f"stopped-{request.node.name}")


def ended_by(number: signal.Signals, host: Path, name: str) -> Iterator[Path]:
    """A simulation that a signal has ended, until the test is over."""
    simulation = host / STORAGE / name
    arguments = run(host, simulation.name)
    with subprocess.Popen(
        command(*arguments, "--journal", simulation.with_suffix(".sqlite"), "--latency", "0.005"),
        env=environment(),
        stdout=subprocess.DEVNULL,
    ) as process:
        while not (simulation / "movement" / "35.json").exists():
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(number)
    yield simulation
    shutil.rmtree(simulation)


def assert_as_never_stopped(host: Path, simulation: Path) -> None:
    """The simulation has the same bytes as the run that nothing has stopped."""
    outcome = compare(host / STORAGE / "reference", simulation)
    assert outcome.equal, outcome.first and outcome.first.render()


def test_a_killed_run_resumes_to_the_same_bytes(host: Path, killed: Path) -> None:
    ga_ooo("resume", host, killed.name, *LATENCY)
    assert_as_never_stopped(host, killed)
    assert not list(killed.rglob(".*"))
    # A second time says that nothing is left, and writes nothing.
    before = everything(killed)
    said = ga_ooo("resume", host, killed.name)
    assert f"has ended at step {STEPS}" in said and "persona steps" not in said
    assert f"ga-ooo resume {host} {killed.name} --steps {2 * STEPS}" in said
    event = json.loads(ga_ooo("resume", host, killed.name, "--json").splitlines()[-1])
    assert event["state"] == "ended" and event["error"] is None
    assert "does not continue" in ga_ooo("resume", host, killed.name, "--steps", "5", code=2)
    assert everything(killed) == before


def test_a_compacted_journal_needs_its_checkpoints(host: Path, stopped: Path) -> None:
    assert "dropped" in ga_ooo("journal", "compact", host, stopped.name)
    ga_ooo("resume", host, stopped.name)
    assert_as_never_stopped(host, stopped)
    # The journal of an ended run is kept unless its user says otherwise.
    before = everything(stopped)
    assert "--finished" in ga_ooo("journal", "compact", host, stopped.name, code=2)
    assert everything(stopped) == before
    assert "dropped" in ga_ooo("journal", "compact", host, stopped.name, "--finished")
    shutil.rmtree(stopped / "ga_ooo/checkpoints")
    assert "were dropped from" in ga_ooo("resume", host, stopped.name, code=2)


def test_without_any_checkpoint_the_run_starts_again(host: Path, killed: Path) -> None:
    shutil.rmtree(killed / "ga_ooo/checkpoints", ignore_errors=True)
    said = ga_ooo("resume", host, killed.name)
    assert " 0 answers written down" in said and " 0 taken" not in said
    assert_as_never_stopped(host, killed)


def test_a_damaged_checkpoint_is_skipped(host: Path, stopped: Path) -> None:
    checkpoints = stopped / "ga_ooo/checkpoints"
    newest = max(checkpoints.iterdir(), key=lambda path: int(path.name))
    state = newest / "ga_ooo" / "state.msgpack"
    state.write_bytes(state.read_bytes()[:-1])
    assert "is damaged" in ga_ooo("resume", host, stopped.name)
    assert_as_never_stopped(host, stopped)


def test_resume_refuses_another_run(host: Path, stopped: Path) -> None:
    before = everything(stopped)
    name = stopped.name
    assert "began with seed 0" in ga_ooo("resume", host, name, "--seed", "5", code=2)
    width = ("--embedding-width", "32")
    assert "embeddings of width 64" in ga_ooo("resume", host, name, *width, code=2)
    assert "does not continue this run" in ga_ooo("resume", host, name, "--steps", "5", code=2)
    assert "does not continue this run" in ga_ooo("resume", host, name, "--steps", "15+45", code=2)
    assert "no run that can be resumed" in ga_ooo("resume", host, "reference", code=2)
    lock = ProcessLock(stopped / "ga_ooo/run.lock", "it", "wait")
    said = ga_ooo("resume", host, name, code=2)
    assert f"pid {os.getpid()}" in said
    lock.release()
    code = host / "reverie/backend_server/maze.py"
    source = code.read_text()
    code.write_text(source + "\n# changed\n")
    try:
        assert "other code of the host" in ga_ooo("resume", host, name, code=2)
        assert everything(stopped) == before
        ga_ooo("resume", host, name, "--changed-host")
    finally:
        code.write_text(source)
    assert_as_never_stopped(host, stopped)


def everything(simulation: Path) -> dict[Path, bytes]:
    """All files of a simulation but the lock's."""
    files = (path for path in simulation.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if path.suffix != ".lock"}


def test_a_stopped_run_resumes_and_can_be_made_longer(host: Path) -> None:
    simulation = host / STORAGE / "stopped"
    with subprocess.Popen(
        command(*run(host, "stopped", "20+30"), "--latency", "0.005"),
        env=environment(),
        stderr=subprocess.PIPE,
        preexec_fn=obey_hangups,
    ) as process:
        while not (simulation / "movement" / "35.json").exists():
            assert process.poll() is None
            time.sleep(0.002)
        process.send_signal(signal.SIGHUP)
        assert process.wait() == 5
    stopped = json.loads((simulation / "reverie/meta.json").read_text())["step"]
    assert 35 < stopped < 50
    assert (simulation / "ga_ooo/checkpoints" / str(stopped)).is_dir()
    assert "20+30" in ga_ooo("resume", host, "stopped", "--steps", "60", code=2)
    ga_ooo("resume", host, "stopped", "--steps", "20+40")
    ga_ooo(*run(host, "in-two", "20+40"), "--no-checkpoints")
    outcome = compare(host / STORAGE / "in-two", simulation)
    assert outcome.equal, outcome.first and outcome.first.render()


def test_a_checkpoint_is_a_simulation_of_its_own(host: Path) -> None:
    storage = host / STORAGE
    ga_ooo(*run(host, "whole", 15))
    shutil.copytree(storage / "whole/ga_ooo/checkpoints/15", storage / "at-15")
    ga_ooo("run", host, "--fork", "at-15", "--sim", "on", "--steps", "3", "--mode", "lockstep")
    assert json.loads((storage / "on/reverie/meta.json").read_text())["step"] == 18

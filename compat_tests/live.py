"""Runs that a test watches, disturbs or stops while they go on."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from compat_tests.town import TIMEOUT, Done, command, environment
from tests.hangups import heed_hangups

_LOOK_EVERY: Final = 0.002
"""Seconds between two looks at the files: a step takes longer."""


class LiveRun:
    """A ``ga-ooo run`` under way.

    Args:
        process: the child; all it says goes to ``log``.
        log: the file of its output.
        simulation: folder of the simulation that it makes.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path, simulation: Path) -> None:
        self._process = process
        self._log = log
        self.simulation = simulation

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def looks(self) -> Iterator[None]:
        """Again and again while it runs, and once after its end."""
        deadline = time.monotonic() + TIMEOUT
        while self.running:
            assert time.monotonic() < deadline, self._log.read_text()
            yield
            time.sleep(_LOOK_EVERY)
        yield

    def wait_for(self, file: str) -> None:
        """Wait until a file of the simulation is there."""
        for _ in self.looks():
            if (self.simulation / file).exists():
                return
        raise AssertionError(f"ended without {file}:\n{self._log.read_text()}")

    def wait_to_hear(self, words: str) -> None:
        """Wait until it has said something."""
        for _ in self.looks():
            if words in self._log.read_text():
                return
        raise AssertionError(f"never said {words!r}:\n{self._log.read_text()}")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> Done:
        """Wait for its end."""
        code = self._process.wait(TIMEOUT)
        return Done(code, self._log.read_text())


@contextmanager
def live_run(
    host: Path, storage: Path, fork: str, simulation: str, *arguments: str
) -> Iterator[LiveRun]:
    """Start a run on the wall clock; it is killed if the test fails on the way."""
    named = ("--fork", fork, "--sim", simulation)
    with _live(command("run", host, *named, *arguments), storage / simulation) as run:
        yield run


@contextmanager
def live_resume(host: Path, simulation: Path, *arguments: str) -> Iterator[LiveRun]:
    """Go on with a run; otherwise as :func:`live_run`."""
    with _live(command("resume", host, simulation.name, *arguments), simulation) as run:
        yield run


@contextmanager
def _live(arguments: list[str], simulation: Path) -> Iterator[LiveRun]:
    log = simulation.with_name(f"{simulation.name}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            env=environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=heed_hangups,
        )
        try:
            yield LiveRun(process, log, simulation)
        finally:
            process.kill()
            process.wait()


def step_numbers(folder: Path) -> list[int]:
    """The steps that have a file in a folder, in order; none if there is no folder."""
    return sorted(int(file.stem) for file in folder.glob("*.json"))


def assert_all_whole(simulation: Path) -> None:
    """Every JSON file of a simulation parses, and nothing half-written lies about."""
    for file in simulation.rglob("*"):
        if file.suffix == ".json":
            json.loads(file.read_text())
    assert not list(simulation.rglob("*.tmp"))


def read(file: Path) -> Any:
    """A JSON file, which must be whole."""
    return json.loads(file.read_text())

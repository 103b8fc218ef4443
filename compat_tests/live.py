"""Runs that a test observes, disturbs or stops while they are running."""

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
from tests.hangups import obey_hangups

_POLL_EVERY: Final = 0.002
"""Seconds between two polls of the files: a step takes longer."""


class LiveRun:
    """A running ``ga-ooo run``.

    Args:
        process: the child process.
        log: the file with its output.
        simulation: folder of the simulation that it writes.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path, simulation: Path) -> None:
        self._process = process
        self._log = log
        self.simulation = simulation

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def polls(self) -> Iterator[None]:
        """Yield repeatedly while the process runs, and once after its end."""
        deadline = time.monotonic() + TIMEOUT
        while self.running:
            assert time.monotonic() < deadline, self._log.read_text()
            yield
            time.sleep(_POLL_EVERY)
        yield

    def wait_for(self, file: str) -> None:
        """Wait until a file of the simulation exists."""
        for _ in self.polls():
            if (self.simulation / file).exists():
                return
        raise AssertionError(f"ended without {file}:\n{self._log.read_text()}")

    def wait_for_output(self, words: str) -> None:
        """Wait until the output contains these words."""
        for _ in self.polls():
            if words in self._log.read_text():
                return
        raise AssertionError(f"never printed {words!r}:\n{self._log.read_text()}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self._process.send_signal(number)

    def end(self) -> Done:
        """Wait for the end of the process."""
        code = self._process.wait(TIMEOUT)
        return Done(code, self._log.read_text())


@contextmanager
def live_run(
    host: Path, storage: Path, fork: str, simulation: str, *arguments: str
) -> Iterator[LiveRun]:
    """Start a run on the wall clock; it is killed at the end of the ``with``."""
    named = ("--fork", fork, "--sim", simulation)
    with _live(command("run", host, *named, *arguments), storage / simulation) as run:
        yield run


@contextmanager
def live_resume(host: Path, simulation: Path, *arguments: str) -> Iterator[LiveRun]:
    """Resume a run; otherwise like :func:`live_run`."""
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
            preexec_fn=obey_hangups,
        )
        try:
            yield LiveRun(process, log, simulation)
        finally:
            process.kill()
            process.wait()


def step_numbers(folder: Path) -> list[int]:
    """The steps that have a file in a folder, in order; empty if the folder does not exist."""
    return sorted(int(file.stem) for file in folder.glob("*.json"))


def assert_all_whole(simulation: Path) -> None:
    """Each JSON file of a simulation can be parsed, and no temporary file is left."""
    for file in simulation.rglob("*"):
        if file.suffix == ".json":
            json.loads(file.read_text())
    assert not list(simulation.rglob("*.tmp"))


def read(file: Path) -> Any:
    """The value in a JSON file, which must be complete."""
    return json.loads(file.read_text())

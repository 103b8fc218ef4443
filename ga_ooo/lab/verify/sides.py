"""Runs the two sides of a comparison, each in its own process and on its own copy of a scenario."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.lab.verify.compare import Comparison, compare
from ga_ooo.options.config_file import VARIABLE

SIMULATION: Final = "verify"
HASH_SEED: Final = "0"
"""Sets of strings are saved in the order of their hashes, so both sides use the same seed."""

_ALIKE: Final = {"PYTHONHASHSEED": HASH_SEED, VARIABLE: ""}
"""Environment variables of both sides. No configuration file is read: it could name a real model
for one of them."""

_DIFFERENT_CALLS: Final = 7
"""Exit code of a run whose calls differ from its journal."""

_PATIENCE: Final = 10.0
"""Seconds that a process has to end in order before it is killed."""


@dataclass(frozen=True)
class Side:
    """One side's process.

    Attributes:
        name: ``reference`` or ``engine``.
        folder: contains its storage, and its output in ``output.txt``.
        seconds: CPU seconds that it used.
        output: the last lines of its output.
        exit_code: exit code of the process.
    """

    name: str
    folder: Path
    seconds: float = 0.0
    output: str = ""
    exit_code: int = 0

    @property
    def simulation(self) -> Path:
        """Folder of its simulation."""
        return self.folder / "storage" / SIMULATION


@dataclass(frozen=True)
class Verification:
    """Result of a verification.

    Attributes:
        comparison: of the two simulations.
        reference: the host's own loop.
        engine: the engine.
        same_calls: whether the engine asked exactly the calls of the reference. It is only
            determined with a journal.
    """

    comparison: Comparison
    reference: Side
    engine: Side
    same_calls: bool = True

    @property
    def equal(self) -> bool:
        """Whether both sides left the same bytes from the same calls."""
        return self.same_calls and self.comparison.equal


class VerifyRunError(RunStoppedError):
    """One side did not finish, so the sides cannot be compared."""

    def __init__(self, side: Side) -> None:
        super().__init__(
            f"the {side.name} run ended with exit code {side.exit_code}:\n{side.output}",
            "correct the error that it names; a comparison needs complete runs",
        )
        self.side = side


def verify(
    checkout: Checkout,
    fork: str,
    arguments: Sequence[str],
    engine_arguments: Sequence[str],
    keep: Path | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> Verification:
    """Run both sides at the same time and compare their simulations.

    Args:
        checkout: the host.
        fork: the scenario that both sides start from.
        arguments: arguments of ``ga-ooo run`` for both sides (steps, seed, model).
        engine_arguments: further arguments for the engine (rule, latency).
        keep: folder in which both simulations stay; a temporary folder if None.
        report: called with a line of progress.

    Raises:
        UsageError: the folder ``keep`` is not empty.
        VerifyRunError: a side did not finish.
    """
    with _folder(keep) as folder, ExitStack() as sides:
        reference = sides.enter_context(
            RunningSide(checkout, fork, folder / "reference", ["--mode", "lockstep", *arguments])
        )
        engine = sides.enter_context(
            RunningSide(checkout, fork, folder / "engine", [*arguments, *engine_arguments])
        )
        report(f"running the host's own loop and the engine side by side in {folder}")
        return compare_sides(reference.finish(), engine.finish())


def verify_by_journal(
    checkout: Checkout,
    fork: str,
    arguments: Sequence[str],
    model_arguments: Sequence[str],
    engine_arguments: Sequence[str],
    keep: Path | None,
    report: Callable[[str], None],
) -> Verification:
    """Run the host's own loop on a model, then the engine on the recorded answers; compare.

    The model may be nondeterministic: the engine gets the recorded answers, and has to ask exactly
    the recorded calls.

    Args:
        checkout: the host.
        fork: the scenario that both sides start from.
        arguments: arguments of ``ga-ooo run`` for both sides (steps, seed).
        model_arguments: further arguments for the reference (servers, names of models).
        engine_arguments: further arguments for the engine (rule, latency, clock).
        keep: folder in which both simulations and the journal stay; a temporary folder if None.
        report: called with a line of progress.

    Raises:
        UsageError: the folder ``keep`` is not empty.
        VerifyRunError: a side did not finish.
    """
    with _folder(keep) as folder:
        folder.mkdir(parents=True, exist_ok=True)
        journal = str((folder / "journal.sqlite").absolute())
        report(f"running the host's own loop on the model in {folder}")
        lockstep = ["--mode", "lockstep", "--journal", journal, *model_arguments]
        with RunningSide(checkout, fork, folder / "reference", [*lockstep, *arguments]) as running:
            reference = running.finish()
        if reference.exit_code != 0:
            raise VerifyRunError(reference)
        report("running the engine on the recorded answers")
        replay = ["--replay", journal, *engine_arguments]
        with RunningSide(checkout, fork, folder / "engine", [*replay, *arguments]) as running:
            engine = running.finish()
        if engine.exit_code == _DIFFERENT_CALLS:
            found = compare(reference.simulation, engine.simulation)
            return Verification(found, reference, engine, same_calls=False)
        return compare_sides(reference, engine)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder in which the sides run: ``keep``, or a temporary one."""
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise UsageError(f"{keep} is not an empty folder", "give --keep a new or an empty folder")
    with (
        leaving_on_sigterm(),
        tempfile.TemporaryDirectory(prefix="ga-ooo-verify-") as temporary,
    ):
        yield keep or Path(temporary)


def compare_sides(reference: Side, engine: Side) -> Verification:
    """Compare the simulations of two sides that have ended.

    Raises:
        VerifyRunError: a side did not finish.
    """
    for side in (engine, reference):
        if side.exit_code != 0:
            raise VerifyRunError(side)
    return Verification(compare(reference.simulation, engine.simulation), reference, engine)


@contextmanager
def leaving_on_sigterm() -> Iterator[None]:
    """While entered, SIGTERM raises SystemExit, so that no side outlives this process."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class RunningSide:
    """The process of a side: ``ga-ooo run`` on a fresh copy of a scenario. Leaving the block ends
    it.

    Args:
        checkout: the host.
        fork: the scenario.
        folder: the side's folder; must not exist.
        arguments: arguments of ``ga-ooo run``, without names and folders.
        environment: further environment variables.
    """

    def __init__(
        self,
        checkout: Checkout,
        fork: str,
        folder: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        storage = folder / "storage"
        (folder / "temp_storage").mkdir(parents=True)
        shutil.copytree(checkout.storage / fork, storage / fork)
        command = [sys.executable, "-m", "ga_ooo", "run", str(checkout.root), "--fork", fork]
        command += ["--sim", SIMULATION, "--storage", str(storage)]
        command += ["--temp-storage", str(folder / "temp_storage"), "--no-checkpoints", *arguments]
        self._side = Side(folder.name, folder)
        self._ended: Side | None = None
        # A file and not a pipe: no one reads while the sides run, and a full pipe would block them.
        self._log: IO[str] = (folder / "output.txt").open("w+")
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **_ALIKE, **(environment or {})},
            stdout=self._log,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def poll(self) -> Side | None:
        """The side if it has ended; None while it runs."""
        return self._wait(os.WNOHANG)

    def finish(self) -> Side:
        """Wait until the side has ended."""
        side = self._wait(0)
        assert side is not None, "a wait without WNOHANG waits"
        return side

    def __enter__(self) -> RunningSide:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._ended is None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def _wait(self, flags: int) -> Side | None:
        if self._ended is None:
            pid, status, usage = os.wait4(self._process.pid, flags)
            if pid:
                self._ended = self._read(status, usage)
        return self._ended

    def _read(self, status: int, usage: resource.struct_rusage) -> Side:
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._log.seek(0)
        return replace(
            self._side,
            seconds=usage.ru_utime + usage.ru_stime,
            output="\n".join(self._log.read().strip().splitlines()[-60:]),
            exit_code=self._process.returncode,
        )

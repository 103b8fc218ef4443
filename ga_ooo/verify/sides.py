"""Runs the two sides of a comparison, each from a fresh copy, in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from ga_ooo.errors import RunStoppedError
from ga_ooo.reverie.checkout import Checkout
from ga_ooo.verify.compare import Comparison, compare

SIMULATION: Final = "verify"
HASH_SEED: Final = "0"
"""Sets of strings are saved in the order of their hashes, so both sides fix the seed."""


@dataclass(frozen=True)
class Side:
    """One side's process.

    Attributes:
        name: ``reference`` or ``engine``.
        folder: holds its storage, and its output in ``output.txt``.
        seconds: CPU seconds that it used.
        output: the last lines that it wrote.
        exit_code: of the process.
    """

    name: str
    folder: Path
    seconds: float = 0.0
    output: str = ""
    exit_code: int = 0

    @property
    def simulation(self) -> Path:
        """Folder of the simulation that it ran."""
        return self.folder / "storage" / SIMULATION


@dataclass(frozen=True)
class Verification:
    """Outcome of a verification."""

    comparison: Comparison
    reference: Side
    engine: Side


def verify(
    checkout: Checkout,
    fork: str,
    arguments: Sequence[str],
    engine_arguments: Sequence[str],
    keep: Path | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Verification:
    """Run both sides at once and compare what they leave.

    Args:
        arguments: of ``ga-ooo run`` for both sides (steps, seed, model).
        engine_arguments: for the engine only (rule, latency).
        keep: folder to leave both simulations in; a temporary one if None.

    Raises:
        RunStoppedError: a side did not finish; carries what it said and its exit code.
    """
    with tempfile.TemporaryDirectory(prefix="ga-ooo-verify-") as temporary:
        folder = keep or Path(temporary)
        sides = [
            _start(checkout, fork, folder / "reference", ["--mode", "lockstep", *arguments]),
            _start(checkout, fork, folder / "engine", [*arguments, *engine_arguments]),
        ]
        tell(f"running the host's own loop and the engine side by side in {folder}")
        reference, engine = (_finish(side, process, log) for side, process, log in sides)
        for side in (engine, reference):
            if side.exit_code != 0:
                raise VerifyRunError(side)
        return Verification(compare(reference.simulation, engine.simulation), reference, engine)


class VerifyRunError(RunStoppedError):
    """One side did not finish, so there is nothing to compare."""

    def __init__(self, side: Side) -> None:
        super().__init__(
            f"the {side.name} run ended with exit code {side.exit_code}:\n{side.output}",
            "mend what it names; the comparison needs both runs whole",
        )
        self.side = side


_Started = tuple[Side, "subprocess.Popen[str]", IO[str]]


def _start(checkout: Checkout, fork: str, folder: Path, arguments: Sequence[str]) -> _Started:
    storage = folder / "storage"
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "temp_storage").mkdir(parents=True)
    shutil.copytree(checkout.storage / fork, storage / fork)
    command = [sys.executable, "-m", "ga_ooo", "run", str(checkout.root), "--fork", fork]
    command += ["--sim", SIMULATION, "--storage", str(storage)]
    command += ["--temp-storage", str(folder / "temp_storage"), *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": HASH_SEED}
    # A file, not a pipe: nobody reads while both run, and a full pipe would stop its writer.
    log = (folder / "output.txt").open("w+")
    process = subprocess.Popen(
        command, env=environment, stdout=log, stderr=subprocess.STDOUT, text=True
    )
    return Side(folder.name, folder), process, log


def _finish(side: Side, process: subprocess.Popen[str], log: IO[str]) -> Side:
    with log:
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        lines = log.read().strip().splitlines()
    return replace(
        side,
        seconds=usage.ru_utime + usage.ru_stime,
        output="\n".join(lines[-60:]),
        exit_code=process.returncode,
    )

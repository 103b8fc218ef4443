"""Runs one side of a comparison: a process of its own, in its own copy of the checkout."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from ga_ooo.errors import RunStoppedError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.layout import ORIGINAL
from ga_ooo.lab.verify._host_failure import HostFailure, read_host_failure
from ga_ooo.lab.verify.copies import SIMULATION, CheckoutCopy, copy_checkout
from ga_ooo.live import figures_file
from ga_ooo.options import SCRIPTED
from ga_ooo.options.config_file import VARIABLE

HASH_SEED: Final = "0"
"""Sets of strings are saved in the order of their hashes, so both sides use the same seed."""

_ALIKE: Final = {
    "PYTHONHASHSEED": HASH_SEED,
    VARIABLE: "",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}
"""Environment variables of both sides. No configuration file is read: it could name a real model
for one of them. Output is not buffered, so that an error is its last part."""

_PATIENCE: Final = 10.0
"""Seconds that a process has to end in order before it is killed."""


@dataclass(frozen=True)
class Side:
    """One side's process.

    Attributes:
        name: ``reference`` or ``engine``.
        folder: contains its copy of the checkout, and its output in ``output.txt``.
        copy: of the checkout.
        seconds: CPU seconds that it used.
        output: the last lines of its output.
        exit_code: exit code of the process.
        failure: the error of host code that ended it, if one did.
    """

    name: str
    folder: Path
    copy: CheckoutCopy
    seconds: float = 0.0
    output: str = ""
    exit_code: int = 0
    failure: HostFailure | None = None

    @property
    def simulation(self) -> Path:
        """Folder of its simulation."""
        return self.copy.simulation


class VerifyRunError(RunStoppedError):
    """One side did not finish, so the sides cannot be compared.

    Args:
        side: the side.
        context: what is known about the other side; may be empty.
    """

    def __init__(self, side: Side, context: str = "") -> None:
        failure = side.failure
        if failure is not None:
            super().__init__(
                f"the {side.name} run ended with an error of the host{context}:\n{failure.problem}",
                failure.remedy,
            )
        else:
            super().__init__(
                f"the {side.name} run ended with exit code {side.exit_code}{context}:\n"
                f"{side.output}",
                "correct the error that it names; a comparison needs complete runs",
            )
        self.side = side


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
    """The process of a side: ``ga-ooo run`` in a fresh copy of the checkout. Leaving the block
    ends it.

    Args:
        checkout: the host.
        fork: the scenario.
        folder: the side's folder; must not exist.
        arguments: arguments of ``ga-ooo run``, without names and folders.

    Attributes:
        figures: the file in which the process writes how far it is.
    """

    def __init__(
        self,
        checkout: Checkout,
        fork: str,
        folder: Path,
        arguments: Sequence[str],
    ) -> None:
        copy = copy_checkout(checkout, fork, folder)
        command = [sys.executable, "-m", "ga_ooo", "run", str(copy.root), "--fork", fork]
        command += ["--sim", SIMULATION, "--storage", str(copy.storage)]
        # A user who compares with no server named has chosen the scripted model.
        command += ["--temp-storage", str(copy.temp_storage), "--no-checkpoints"]
        command += ["--model", SCRIPTED, *arguments]
        self.figures = folder.with_name(f"{folder.name}-figures.json").absolute()
        self._side = Side(folder.name, folder, copy)
        self._original = checkout.root
        self._ended: Side | None = None
        # A file and not a pipe: no one reads while the sides run, and a full pipe would block them.
        self._log: IO[str] = (folder / "output.txt").open("w+")
        self._process = subprocess.Popen(
            command,
            env={
                **os.environ,
                **_ALIKE,
                figures_file.VARIABLE: str(self.figures),
                ORIGINAL: str(checkout.root),
            },
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
        output = self._log.read().strip()
        code = self._process.returncode
        side = self._side
        return replace(
            side,
            seconds=usage.ru_utime + usage.ru_stime,
            output=self._for_user(output, code),
            exit_code=code,
            failure=read_host_failure(side.name, code, output, side.copy, self._original),
        )

    def _for_user(self, output: str, code: int) -> str:
        """The last lines. An error names the checkout of the user, since the copy is removed."""
        text = "\n".join(output.splitlines()[-60:])
        return text.replace(str(self._side.copy.root), str(self._original)) if code else text

"""Runs a host in a process of its own.

Results depend on Python's hash seed, which is fixed when an interpreter starts, and a host keeps
state in global modules. So each run of a script or notebook has a process of its own, and an event
loop may run in the calling process.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, Final

from ga_ooo.api._messages import Failure
from ga_ooo.api.requests import ResumeRequest, RunRequest
from ga_ooo.api.results import Progress, RunResult
from ga_ooo.errors import RunStoppedError

_START: Final = (
    "import json, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "sys.path[:] = json.loads(sys.argv[2]); "
    "from ga_ooo.api._child import main; main(int(sys.argv[1]))"
)
_ENDED: Final = None
"""The last item of the queue."""

_PATIENCE: Final = 0.2
"""Seconds between two looks whether the process still sends."""


def run_in_new_process(
    request: RunRequest | ResumeRequest,
    hash_seed: str,
    progress: Callable[[Progress], None] | None = None,
) -> RunResult:
    """Run in a new process, and wait for its end.

    Ctrl-C, and an error that ``progress`` raises, stop the run in order: at a step that all
    personas have taken, saved. A second Ctrl-C stops at once.

    Args:
        hash_seed: ``PYTHONHASHSEED`` of the new process.
        progress: called in this thread, after each step.

    Raises:
        GaOooError: as the run raised it.
        KeyboardInterrupt: after the run has stopped.
    """
    child = _Child(hash_seed)
    try:
        child.send(request)
        failure = _attend(child, progress or (lambda _: None))
    finally:
        child.close()
    if isinstance(child.outcome, Failure):
        error = child.outcome.error()
        if isinstance(failure, KeyboardInterrupt):
            raise KeyboardInterrupt(str(error)) from error
        raise failure or error
    if failure is not None:
        raise failure
    if child.outcome is None:
        raise RunStoppedError(
            f"the process of the run ended with exit code {child.exit_code}",
            "see its output above; what checkpoints hold can be resumed",
        )
    return child.outcome


def _attend(child: _Child, progress: Callable[[Progress], None]) -> BaseException | None:
    """Report progress until the process ends; returns what has stopped the run from here."""
    failure: BaseException | None = None
    while True:
        try:
            for step in child.steps():
                if failure is None:
                    progress(step)
            return failure
        except KeyboardInterrupt as error:
            # The first one asks the run to stop, the second one ends the process.
            failure = failure or error
            child.interrupt()
        except Exception as error:
            failure = error
            child.interrupt()


class _Child:
    """The process of a run.

    Attributes:
        outcome: the last message; None before, and where the process died.
        exit_code: of the process, once it is closed.
    """

    def __init__(self, hash_seed: str) -> None:
        self.outcome: RunResult | Failure | None = None
        self.exit_code: int | None = None
        self._connection, theirs = Pipe()
        path = json.dumps([part or str(Path.cwd()) for part in sys.path])
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), path],
                env={**os.environ, "PYTHONHASHSEED": hash_seed},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                # Ctrl-C at a terminal would reach it twice: from the terminal and from here.
                start_new_session=True,
            )
        self._queue: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=target, args=args, daemon=True)
            for target, *args in (
                (self._receive, self._connection),
                # A notebook shows what Python writes, not what processes write.
                (_copy, self._process.stdout, sys.stdout),
                (_copy, self._process.stderr, sys.stderr),
            )
        ]
        for thread in self._threads:
            thread.start()

    def send(self, request: RunRequest | ResumeRequest) -> None:
        """Send the request."""
        with contextlib.suppress(BrokenPipeError):
            self._connection.send(request)

    def steps(self) -> Iterator[Progress]:
        """Progress, until the process ends."""
        while True:
            try:
                step = self._queue.get(timeout=_PATIENCE)
            except queue.Empty:
                if not self._threads[0].is_alive() and self._queue.empty():
                    return
                continue
            if step is _ENDED:
                return
            yield step

    def interrupt(self) -> None:
        """Send SIGINT."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Wait for the end of the process; it is killed if it has not sent its last message."""
        if self.outcome is None and self._threads[0].is_alive():
            self._process.kill()
        self.exit_code = self._process.wait()
        for thread in self._threads:
            thread.join()
        self._connection.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _receive(self, connection: Connection[Any, Any]) -> None:
        # In a thread: Ctrl-C in the middle of a message would lose the rest of it.
        with contextlib.suppress(EOFError, OSError):
            while not isinstance(message := connection.recv(), RunResult | Failure):
                self._queue.put(message)
            self.outcome = message
        self._queue.put(_ENDED)


def _copy(source: IO[str], target: IO[str]) -> None:
    for line in source:
        target.write(line)
        target.flush()

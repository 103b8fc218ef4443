"""Keeps the checkpoints of a run: in memory, and on disk for a run that can be resumed.

A checkpoint is written by the host's own code, which takes seconds for a large town, from objects
that the run changes all the time. So a child process writes it: the operating system gives the
child a copy of all objects as they were, and another core.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import os
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Final, NoReturn, Protocol

from ga_ooo.disk import RESUME_REMEDY
from ga_ooo.engine.ids import Step
from ga_ooo.errors import GaOooError, RunStoppedError
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import HostStateWriter
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.options import RunOptions

logger = logging.getLogger(__name__)

_prctl: Final = getattr(ctypes.CDLL(None), "prctl", None)
_SET_PARENT_DEATH_SIGNAL: Final = 1

_REPORT_BYTES: Final = 4096
"""Less than a pipe holds, so that the child need not wait for a reader."""


class Checkpoints:
    """Keeps checkpoints in memory alone: the town holds the last one.

    Args:
        forget_before: forgets the model's answers of earlier steps, which are not needed again.
    """

    def __init__(self, forget_before: Callable[[Step], None]) -> None:
        self._forget_before = forget_before

    def is_due(self) -> bool:
        """Whether a checkpoint should be taken besides the regular ones; called at every step.

        Raises:
            RunStoppedError: an earlier checkpoint could not be written.
        """
        return False

    def reached(self, checkpoint: Checkpoint, *, wait: bool = False) -> None:
        """All personas have reached the step of a checkpoint. No earlier step is taken again.

        Args:
            wait: the checkpoint must be durable before the run continues.

        Raises:
            RunStoppedError: a checkpoint could not be written.
        """
        self._forget_before(checkpoint.step)

    def write_last(self, checkpoint: Checkpoint) -> Path | None:
        """Write the checkpoint of the step where the run has ended, or stopped.

        Args:
            checkpoint: of the present state of the server.

        Returns:
            its folder; None if the run writes no checkpoints.

        Raises:
            RunStoppedError: it could not be written.
        """
        return None


class CheckpointKeeper(Checkpoints):
    """Writes one run's checkpoints beside the run, and keeps the newest on disk.

    Args:
        forget_before: see :class:`Checkpoints`.
        folder: of the checkpoints.
        writer: writes the server's state.
        options: how often, and how many are kept.
        background: where checkpoints are written while the run continues.
        clock: seconds.

    Attributes:
        durable: the step of the newest checkpoint that was written; None before the first.
    """

    def __init__(
        self,
        forget_before: Callable[[Step], None],
        folder: CheckpointFolder,
        writer: HostStateWriter,
        options: RunOptions,
        background: Background | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(forget_before)
        self.durable: Step | None = None
        self._folder = folder
        self._writer = writer
        self._options = options
        self._background = background or ForkedWork()
        self._clock = clock
        self._taken = clock()
        self._waiting: Checkpoint | None = None
        self._writing: Step | None = None
        self._broken = False

    def is_due(self) -> bool:
        """See :class:`Checkpoints`: the time since the last one exceeds the option."""
        if self._background.busy:
            self._collect(self._background.outcome(wait=False))
        self._start_waiting()
        if self._clock() - self._taken < self._options.checkpoint_seconds:
            return False
        self._taken = self._clock()
        return True

    def reached(self, checkpoint: Checkpoint, *, wait: bool = False) -> None:
        """See :class:`Checkpoints`. It is written as soon as the one before is."""
        super().reached(checkpoint)
        self._taken, self._waiting = self._clock(), checkpoint
        if wait:
            self._collect(self._background.outcome(wait=True))
        self._start_waiting()
        if wait:
            self._collect(self._background.outcome(wait=True))

    def write_last(self, checkpoint: Checkpoint) -> Path | None:
        """See :class:`Checkpoints`; also None if this host's states cannot be written."""
        self._waiting = None
        self._collect(self._background.outcome(wait=True))
        if not self._broken:
            self._writing = checkpoint.step
            fill = partial(self._writer.write_current, checkpoint)
            self._collect(_in_this_process(lambda: self._write(checkpoint.step, fill)))
        return None if self._broken else self._folder.at(checkpoint.step)

    def _start_waiting(self) -> None:
        checkpoint = self._waiting
        if checkpoint is None or self._broken or self._background.busy:
            return
        self._waiting, self._writing = None, checkpoint.step
        fill = partial(self._writer.write_past, checkpoint)
        try:
            self._background.start(lambda: self._write(checkpoint.step, fill))
        except OSError as error:
            logger.warning("no checkpoint of step %d: %s", checkpoint.step, error)

    def _write(self, step: Step, fill: Callable[[Path], None]) -> None:
        self._folder.write(step, fill)
        if self._options.keep_checkpoints:
            self._folder.keep(self._options.keep_checkpoints, step)

    def _collect(self, outcome: Outcome | None) -> None:
        if outcome is None:
            return
        if outcome.of_disk:
            raise RunStoppedError(outcome.problem, RESUME_REMEDY)
        if outcome.problem:
            self._broken = True
            logger.warning(
                "no more checkpoints are made: %s; the run continues, resuming it takes longer",
                outcome.problem,
            )
        else:
            self.durable = self._writing


# --- work in a child process --------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """How a piece of work ended.

    Attributes:
        problem: the error; empty if there was none.
        of_disk: the file system refused something, as opposed to any other error.
    """

    problem: str = ""
    of_disk: bool = False


class Background(Protocol):
    """Does one piece of work at a time beside the run."""

    @property
    def busy(self) -> bool:
        """Whether there is work whose outcome was not asked for."""
        ...

    def start(self, work: Callable[[], None]) -> None:
        """Begin some work. Changes that it makes to objects do not show in this process.

        Raises:
            OSError: the system has no resources for it.
        """
        ...

    def outcome(self, *, wait: bool) -> Outcome | None:
        """How the work ended; None if it has not ended, or if there is none."""
        ...


class ForkedWork:
    """Does the work in a forked child of this process."""

    def __init__(self) -> None:
        self._child: int | None = None
        self._report = -1

    @property
    def busy(self) -> bool:
        """See :class:`Background`."""
        return self._child is not None

    def start(self, work: Callable[[], None]) -> None:
        """See :class:`Background`."""
        assert self._child is None
        report, written = os.pipe()
        try:
            with warnings.catch_warnings():
                # Other threads (the HTTP client's name look-ups) hold no lock of host code.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
        except BaseException:
            os.close(report)
            os.close(written)
            raise
        if child == 0:
            _work_and_exit(work, written)
        os.close(written)
        self._child, self._report = child, report

    def outcome(self, *, wait: bool) -> Outcome | None:
        """See :class:`Background`."""
        if self._child is None:
            return None
        ended, status = os.waitpid(self._child, 0 if wait else os.WNOHANG)
        if ended == 0:
            return None
        report = os.read(self._report, _REPORT_BYTES)
        os.close(self._report)
        self._child = None
        if report:
            return Outcome(**json.loads(report))
        return Outcome() if status == 0 else Outcome(f"its process died (status {status})")


def _work_and_exit(work: Callable[[], None], report: int) -> NoReturn:
    """In the child: its end must not touch the files, sockets and locks of the parent."""
    code = 1
    try:
        # A stop by Ctrl-C or a closed terminal is for the run; the child ends soon by itself.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if _prctl is not None:
            # On Linux the child of a run that is killed does not meet the run that resumes it.
            _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        # Looking for garbage would touch, and so copy, every page.
        gc.disable()
        report = os.dup2(report, 3, inheritable=False) if report != 3 else report
        os.closerange(4, 1 << 20)
        outcome = _in_this_process(work)
        if outcome.problem:
            problem = outcome.problem[: _REPORT_BYTES // 8]
            os.write(report, json.dumps(asdict(outcome) | {"problem": problem}).encode())
        code = 0
    finally:
        os._exit(code)


def _in_this_process(work: Callable[[], None]) -> Outcome:
    try:
        work()
    except OSError as error:
        where, why = error.filename2 or error.filename, error.strerror
        named = f"cannot write {where}: {why}" if where and why else None
        return Outcome(named or f"{type(error).__name__}: {error}", of_disk=True)
    except RunStoppedError as error:
        return Outcome(error.problem, of_disk=True)
    except Exception as error:
        said = error.problem if isinstance(error, GaOooError) else str(error)
        return Outcome(f"{type(error).__name__}: {said}")
    return Outcome()

"""Work that goes on beside the run: in a child that the operating system copies off this process.

A checkpoint is written by the host's own code, which takes seconds for a large town, from objects
that the run goes on changing. A forked child has them all as they were, on another core.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol

_prctl: Final = getattr(ctypes.CDLL(None), "prctl", None)
_SET_PARENT_DEATH_SIGNAL: Final = 1

_REPORT_BYTES: Final = 4096
"""Less than a pipe holds, so that the child need not wait for a reader."""


@dataclass(frozen=True)
class Outcome:
    """How a work ended.

    Attributes:
        problem: what went wrong; empty if nothing did.
        of_disk: the file system refused something, as opposed to anything else.
    """

    problem: str = ""
    of_disk: bool = False


class Background(Protocol):
    """Does one work at a time."""

    @property
    def busy(self) -> bool:
        """Whether there is a work whose outcome nobody has taken."""
        ...

    def start(self, work: Callable[[], None]) -> None:
        """Begin a work. Whatever it changes in memory does not show here.

        Raises:
            OSError: the system does not let us.
        """
        ...

    def outcome(self, *, wait: bool) -> Outcome | None:
        """How the work ended; None if it has not, or if there is none."""
        ...


class ForkedWork:
    """Does it in a child of this process."""

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
    """In the child: nothing of it may reach the parent's files, sockets and locks."""
    code = 1
    try:
        # A stop by Ctrl-C or a closed terminal is for the run; the child ends soon by itself.
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if _prctl is not None:
            # On Linux the child of a run that is killed does not meet the one that resumes it.
            _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        # Looking for garbage would touch, and so copy, every page.
        gc.disable()
        report = os.dup2(report, 3, inheritable=False) if report != 3 else report
        os.closerange(4, 1 << 20)
        try:
            work()
        except Exception as error:
            os.write(report, _report_of(error))
        code = 0
    finally:
        os._exit(code)


def _report_of(error: Exception) -> bytes:
    of_disk = isinstance(error, OSError)
    where = getattr(error, "filename2", None) or getattr(error, "filename", None)
    if isinstance(error, OSError) and error.strerror and where:
        problem = f"cannot write {where}: {error.strerror}"
    else:
        problem = f"{type(error).__name__}: {error}"
    values = {"problem": problem[: _REPORT_BYTES // 8], "of_disk": of_disk}
    return json.dumps(values).encode()

"""Work beside the run, in a child process that sees all objects as they were when it began."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, NoReturn, Protocol

from ga_ooo.errors import GaOooError, HostError, RunStoppedError

_prctl: Final = getattr(ctypes.CDLL(None), "prctl", None)
_SET_PARENT_DEATH_SIGNAL: Final = 1

_REPORT_BYTES: Final = 4096
"""Less than a pipe holds, so that the child need not wait for a reader."""


@dataclass(frozen=True)
class Outcome:
    """How a piece of work ended.

    Attributes:
        problem: the error; empty if there was none.
        of_disk: the file system refused something.
        of_host: the state of this host cannot be written, however often it is tried.
        is_temporary: the system killed the process, or had no memory; a later try may succeed.
    """

    problem: str = ""
    of_disk: bool = False
    of_host: bool = False
    is_temporary: bool = False


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
        return Outcome() if status == 0 else Outcome(_cause_of_death(status), is_temporary=True)


def _cause_of_death(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL:
        return "the system killed the process that wrote it, as it does when memory is short"
    return f"the process that wrote it died (exit code {code})"


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
        outcome = in_this_process(work)
        if outcome.problem:
            problem = outcome.problem[: _REPORT_BYTES // 8]
            os.write(report, json.dumps(asdict(outcome) | {"problem": problem}).encode())
        code = 0
    finally:
        os._exit(code)


def in_this_process(work: Callable[[], None]) -> Outcome:
    """Do some work here and now."""
    try:
        work()
    except OSError as error:
        where, why = error.filename2 or error.filename, error.strerror
        named = f"cannot write {where}: {why}" if where and why else None
        return Outcome(named or f"{type(error).__name__}: {error}", of_disk=True)
    except RunStoppedError as error:
        return Outcome(error.problem, of_disk=True)
    except MemoryError:
        return Outcome("there is no memory left", is_temporary=True)
    except GaOooError as error:
        return Outcome(error.problem, of_host=isinstance(error, HostError))
    except Exception as error:
        return Outcome(f"{type(error).__name__}: {error}")
    return Outcome()

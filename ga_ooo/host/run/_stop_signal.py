"""Ctrl-C, SIGTERM, a closed terminal: the first stops the run in order, the second at once."""

from __future__ import annotations

import _thread
import errno
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from ga_ooo.disk import drop_unfinished
from ga_ooo.engine.loop.attempts import InterruptedRunError
from ga_ooo.host.isolation.effects import at_work
from ga_ooo.host.run._blocked_host import LEAVE, BlockedHost

_EXIT_CODE: Final = 130
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignal:
    """While entered, signals ask the engine to stop instead of raising in host code.

    A signal handler that raises would raise at any point of the program, most likely in host code
    under a bare ``except:``. So the first signal only asks the engine to stop. The second ends the
    process, which is safe at any moment, since files are written under another name and renamed.
    A closed terminal may send its signal several times (from the system, then from the shell), so
    that signal never ends the process.

    Args:
        ask: called at the first signal, at once, and so at any point of the program.
        blocked: ends the run after that, also where host code does not return to the engine.
    """

    def __init__(self, ask: Callable[[], None], blocked: BlockedHost) -> None:
        self._ask = ask
        self._blocked = blocked
        self._asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignal:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                    # Under nohup the end of the terminal is no reason to stop.
                    continue
                self._before[number] = signal.signal(number, self._receive)
            self._before[LEAVE] = signal.signal(LEAVE, self._blocked.receive)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._blocked.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        # The signal may arrive inside of a rehearsal, which prints nothing and changes no file.
        with at_work():
            self._answer(number)

    def _answer(self, number: int) -> None:
        if number == signal.SIGHUP:
            _leave_closed_terminal()
            if self._asked:
                return
        if self._asked:
            drop_unfinished()
            os._exit(_EXIT_CODE)
        self._asked = True
        print("\nstopping at a consistent step (again to stop at once)", file=sys.stderr)
        self._ask()
        self._blocked.ask(InterruptedRunError())
        # Not by ``threading``, whose lock the interrupted code may hold.
        _thread.start_new_thread(self._blocked.insist, ())


def _leave_closed_terminal() -> None:
    """Send output nowhere from now on: a write to a closed terminal fails and would end the run."""
    for stream in (1, 2):
        try:
            termios.tcgetattr(stream)
        except termios.error as error:
            if error.args[0] == errno.EIO:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream)
                os.close(nowhere)


@contextmanager
def signals_held() -> Iterator[None]:
    """Delay signals that ask for a stop while the host saves. The host writes its files in place,
    so an exception from a signal handler would leave one of them incomplete."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {n: signal.signal(n, lambda number, _: waiting.append(number)) for n in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if waiting:
            signal.raise_signal(waiting[0])

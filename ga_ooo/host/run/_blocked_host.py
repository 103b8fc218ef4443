"""Ends a run whose host code blocks the engine: it waits for a thread, a lock or a socket.

A move runs in the thread of the engine. If host code waits there for something that never happens,
the engine's loop never runs again. Python runs signal handlers in such a wait too. So another
thread sends a signal, and its handler suspends the move for good.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

from ga_ooo.engine.loop.fibers import in_fiber
from ga_ooo.errors import GaOooError
from ga_ooo.host.imported.gateway import Gateway

LEAVE: Final = signal.SIGURG
"""Ignored by default, and used by few programs."""

_PATIENCE: Final = 1.0
"""Seconds in which the engine's loop has to answer before the signal is sent, and again."""

_OWN: Final = "ga_ooo."
_AROUND_LIBRARY: Final = ("ga_ooo.host.isolation.patches", "ga_ooo.host.isolation.memory.guards")
"""Modules whose functions call the library for host code, which may wait there."""


class BlockedHost:
    """Ends a run also where host code does not return to the engine.

    Args:
        stop: ends the run with an error; called on the loop.
        gateway: suspends the move that blocks.
        loop: the engine's loop.
    """

    def __init__(
        self,
        stop: Callable[[GaOooError], None],
        gateway: Gateway,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._stop = stop
        self._gateway = gateway
        self._loop = loop
        self._error: GaOooError | None = None
        self._answered = threading.Event()

    def end_run(self, error: GaOooError) -> None:
        """End the run with an error. Called in a thread of the host; returns when the run ends."""
        self.ask(error)
        self.insist()

    def ask(self, error: GaOooError) -> None:
        """Ask the engine's loop to end the run; may be called at any point of the program."""
        self._error = error
        self._loop.call_soon_threadsafe(self._answer, error)

    def insist(self) -> None:
        """Send the signal until the loop answers. Called in another thread than the engine's."""
        engine = threading.main_thread().ident
        assert engine is not None
        while not self._answered.wait(_PATIENCE):
            signal.pthread_kill(engine, LEAVE)

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Handle the signal: give up the move that runs here, if its host code waits."""
        if self._error is not None and in_fiber() and _is_host_code(frame):
            self._gateway.refuse(self._error)

    def close(self) -> None:
        """The run has ended."""
        self._answered.set()

    def _answer(self, error: GaOooError) -> None:
        self._answered.set()
        self._stop(error)


def _is_host_code(frame: FrameType | None) -> bool:
    """Whether the innermost frame that is not of the standard library is none of this package:
    only host code may be suspended for good anywhere."""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in sys.stdlib_module_names:
            return not module.startswith(_OWN) or module in _AROUND_LIBRARY
        frame = frame.f_back
    return False

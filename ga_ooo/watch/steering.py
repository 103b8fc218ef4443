"""The run's end of the socket by which the page controls the run."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from typing import Any, Protocol

from ga_ooo.engine.loop.pausing import Pause
from ga_ooo.observer import Observer, StretchStart
from ga_ooo.watch.control import lines, send


class Whispering(Protocol):
    """Whispers to personas, as :class:`~ga_ooo.host.run.own_prompts.whispers.Whispers`."""

    given: int
    changed: Callable[[], None]

    @property
    def waiting(self) -> int:
        """Whispers that are not given."""

    def ask(self, persona: str, text: str) -> str:
        """Whisper; returns why that cannot be done."""


class Steering(Observer):
    """Carries out the orders of the page, and reports the state of the run.

    An order is carried out between two instructions of the engine, so it changes no result. A stop
    is that of Ctrl-C.

    Args:
        connection: to the server of the page.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._pause: Pause | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._until: Callable[[int, dict[str, Any]], bool] | None = None
        self._until_words = ""
        self._talked = True
        self._stopping = False
        self._whispers: Whispering | None = None
        self._problem = ""

    def attach(
        self, pause: Pause, loop: asyncio.AbstractEventLoop, whispers: Whispering | None = None
    ) -> None:
        """The run is put together: from now on it can be controlled.

        Args:
            loop: the loop of the engine, on whose thread everything is done.
            whispers: of the run; None if it can have none.
        """
        self._whispers = whispers
        if whispers is not None:
            whispers.changed = self._report
        self._pause, self._loop = pause, loop
        # Without a page nobody could end a pause.
        lines(self._connection, self._received, lambda: self._received({"order": "continue"}))

    def begun(self, start: StretchStart) -> None:
        """The run takes its first step."""
        self._report()

    def retired(self, step: int, movements: dict[str, Any]) -> None:
        """A step is complete; the run may have come to where it is to pause."""
        if self._until is not None and self._until(step, movements):
            self._until = None
            self._do_pause()

    # --- orders ----------------------------------------------------------------------------------

    def _received(self, order: dict[str, Any]) -> None:
        """In the thread that reads the socket."""
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._carry_out, order)
        except RuntimeError:
            # The run has ended, and its loop is closed.
            return

    def _carry_out(self, order: dict[str, Any]) -> None:
        assert self._pause is not None
        match order:
            case {"order": "pause"}:
                self._until = None
                self._do_pause()
            case {"order": "continue"}:
                self._until = None
                self._continue()
            case {"order": "until_step", "step": int(wanted)}:
                self._until = lambda step, movements: step + 1 >= wanted
                self._until_words = f"at step {wanted}"
                self._continue()
            case {"order": "until_talk", "people": [str(one), str(other)]}:
                # A conversation that goes on already does not count.
                self._talked = True
                self._until = lambda step, movements: self._begin_to_talk(movements, one, other)
                self._until_words = f"when {one} talks to {other}"
                self._continue()
            case {"order": "whisper", "persona": str(persona), "text": str(text)}:
                if self._whispers is not None:
                    self._problem = self._whispers.ask(persona, text)
                    self._report()
            case {"order": "stop"} if not self._stopping:
                self._stopping = True
                self._report()
                os.kill(os.getpid(), signal.SIGINT)

    def _do_pause(self) -> None:
        assert self._pause is not None
        self._pause.begin()
        self._report()

    def _continue(self) -> None:
        assert self._pause is not None
        self._pause.end()
        self._report()

    def _begin_to_talk(self, movements: dict[str, Any], one: str, other: str) -> bool:
        before, self._talked = self._talked, _talk(movements, one, other)
        return self._talked and not before

    def _report(self) -> None:
        assert self._pause is not None
        state = "stopping" if self._stopping else "paused" if self._pause.is_on else "running"
        until = self._until_words if self._until is not None else ""
        report: dict[str, Any] = {"state": state, "until": until}
        if (whispers := self._whispers) is not None:
            counts = {"waiting": whispers.waiting, "given": whispers.given}
            report["whispers"] = {**counts, "problem": self._problem}
        send(self._connection, report)


def _talk(movements: dict[str, Any], one: str, other: str) -> bool:
    """Whether two personas show one conversation, in a movement file of the host."""
    people = movements.get("persona", {})
    shown = people.get(one, {}).get("chat") or []
    return {one, other} <= {line[0] for line in shown if isinstance(line, list | tuple) and line}

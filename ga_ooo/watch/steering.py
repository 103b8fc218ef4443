"""The run's end of the socket by which the page controls the run."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any, Protocol

from ga_ooo.engine.loop.pausing import Pause
from ga_ooo.errors import GaOooError
from ga_ooo.observer import Observer, StretchStart
from ga_ooo.watch.control import lines, send
from ga_ooo.watch.views.memories import scratch_of


class Whispering(Protocol):
    """Whispers to personas, as :class:`~ga_ooo.host.run.own_prompts.whispers.Whispers`."""

    given: int
    changed: Callable[[], None]

    @property
    def waiting(self) -> int:
        """Whispers that are not given."""

    def ask(self, persona: str, text: str) -> str:
        """Whisper; returns why that cannot be done."""


class Minds(Protocol):
    """Memories, as :class:`~ga_ooo.host.run.own_prompts.live_minds.LiveMinds`."""

    def scratch(self, name: str) -> dict[str, Any] | None:
        """The scratch memory of a persona."""

    def nodes(self, name: str) -> dict[str, dict[str, Any]] | None:
        """The memories of a persona by their ids."""

    async def scores(self, name: str, text: str) -> dict[str, dict[str, float]]:
        """What the host's retrieval makes of each memory."""


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
        self._sending = threading.Lock()
        self._minds: Minds | None = None
        self._looks: set[asyncio.Task[None]] = set()

    def attach(
        self,
        pause: Pause,
        loop: asyncio.AbstractEventLoop,
        whispers: Whispering | None = None,
        minds: Minds | None = None,
    ) -> None:
        """The run is put together: from now on it can be controlled.

        Args:
            loop: the loop of the engine, on whose thread everything is done.
            whispers: of the run; None if it can have none.
            minds: of its personas; None if they cannot be looked at.
        """
        self._whispers, self._minds = whispers, minds
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
            case {"look": int(number), "persona": str(persona), "text": str(text)}:
                assert self._loop is not None
                look = self._loop.create_task(self._look(number, persona, text))
                self._looks.add(look)
                look.add_done_callback(self._looks.discard)
            case {"order": "stop"} if not self._stopping:
                self._stopping = True
                self._report()
                os.kill(os.getpid(), signal.SIGINT)

    async def _look(self, number: int, persona: str, text: str) -> None:
        """Send the memory of a persona, and its scores for a text if there is one."""
        found: dict[str, Any] = {"look": number, "problem": ""}
        if self._minds is not None:
            found["scratch"] = scratch_of(self._minds.scratch(persona))
            found["nodes"] = self._minds.nodes(persona)
            try:
                found["scores"] = await self._minds.scores(persona, text) if text else None
            except (GaOooError, LookupError) as error:
                found["problem"] = getattr(error, "problem", str(error))
        # In a thread: the page may read slowly, and the run must not wait for it.
        await asyncio.to_thread(self._send, found)

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
        self._send(report)

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:
            send(self._connection, message)


def _talk(movements: dict[str, Any], one: str, other: str) -> bool:
    """Whether two personas show one conversation, in a movement file of the host."""
    people = movements.get("persona", {})
    shown = people.get(one, {}).get("chat") or []
    return {one, other} <= {line[0] for line in shown if isinstance(line, list | tuple) and line}

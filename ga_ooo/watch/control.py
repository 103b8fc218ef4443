"""How the page controls a run that is in progress in another process.

The run and the server of the page have the two ends of one socket, over which each sends lines of
JSON. So a page that fails cannot stop the run, and the run never waits for the page.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from itertools import count
from queue import Empty, Queue
from typing import Any, Final

from ga_ooo.host.durable.whispers import MOST_CHARACTERS

_MOST: Final = 40_000
"""Characters of a line: in JSON, a character of a whisper may become twelve."""

_MOST_NAME: Final = 200
_MOST_OF_A_MIND: Final = 64_000_000
"""Characters of the memory of one persona."""

_PATIENCE: Final = 4.0
"""Seconds in which a run answers a look."""

_ORDERS: Final = ("pause", "continue", "stop", "until_step", "until_talk", "whisper")


class Control:
    """The page's end.

    Args:
        connection: to the run.
        ended: called in another thread when the run has ended.
    """

    def __init__(self, connection: socket.socket, ended: Callable[[], None] = lambda: None) -> None:
        self._connection = connection
        self._state: dict[str, Any] = {"state": "starting"}
        self._ended = ended
        self._numbers = count()
        self._looks: dict[int, Queue[dict[str, Any]]] = {}
        lines(connection, self._received, self._closed, _MOST_OF_A_MIND)

    def state(self) -> dict[str, Any]:
        """What the run has reported: ``state`` is ``starting``, ``running``, ``paused``,
        ``stopping`` or ``ended``; ``until`` says in words where it will pause; ``whispers`` has
        the numbers of those ``waiting`` and ``given``, and the last ``problem``."""
        return self._state

    def order(self, order: Any) -> str:
        """Send an order of the page to the run.

        Returns:
            why the order cannot be sent; empty if it was sent.
        """
        if not isinstance(order, dict) or order.get("order") not in _ORDERS:
            return f"order must be one of {', '.join(_ORDERS)}"
        step, people = order.get("step"), order.get("people")
        if order["order"] == "until_step" and (not isinstance(step, int) or step < 0):
            return "step must be a whole number"
        if order["order"] == "until_talk" and not (
            isinstance(people, list)
            and len(people) == 2
            and all(isinstance(p, str) for p in people)
        ):
            return "people must be two names"
        if order["order"] == "whisper" and not _is_whisper(order):
            return f"persona and text must be texts, of at most {MOST_CHARACTERS:,} characters"
        if self._state["state"] == "ended":
            return "the run has ended"
        return "" if send(self._connection, order) else "the run has ended"

    def look(self, persona: str, text: str = "") -> dict[str, Any] | None:
        """The memory of a persona now; None if the run does not answer.

        Args:
            text: for which the host's retrieval scores the memories; empty for no scores.

        Returns:
            ``scratch`` and ``nodes`` (null before the first step), ``scores`` and ``problem``.
        """
        if self._state["state"] not in ("running", "paused"):
            return None
        number, answer = next(self._numbers), Queue[dict[str, Any]]()
        self._looks[number] = answer
        try:
            if not send(self._connection, {"look": number, "persona": persona, "text": text}):
                return None
            return answer.get(timeout=_PATIENCE)
        except Empty:
            # Host code is busy; the page shows what was saved.
            return None
        finally:
            del self._looks[number]

    def _received(self, message: dict[str, Any]) -> None:
        if "look" not in message:
            self._state = message
        elif (answer := self._looks.get(message["look"])) is not None:
            answer.put(message)

    def _closed(self) -> None:
        self._state = {"state": "ended"}
        self._ended()


def _is_whisper(order: dict[str, Any]) -> bool:
    persona, text = order.get("persona"), order.get("text")
    return (
        isinstance(persona, str)
        and isinstance(text, str)
        and 0 < len(text.strip()) <= MOST_CHARACTERS
        and len(persona) <= _MOST_NAME
    )


def send(connection: socket.socket, message: dict[str, Any]) -> bool:
    """Send a line; whether the other end is still there."""
    try:
        connection.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        return False
    return True


def lines(
    connection: socket.socket,
    received: Callable[[dict[str, Any]], None],
    closed: Callable[[], None],
    most: int = _MOST,
) -> None:
    """Call ``received`` with each line that arrives, and ``closed`` at the end, in a thread."""

    def work() -> None:
        try:
            with connection.makefile("r", encoding="utf-8") as file:
                while line := file.readline(most):
                    received(json.loads(line))
        except (OSError, ValueError):
            # The other end has gone in the middle of a line.
            pass
        closed()

    threading.Thread(target=work, name="ga_ooo control", daemon=True).start()

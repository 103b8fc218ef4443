"""How the page controls a run that is in progress in another process.

The run and the server of the page have the two ends of one socket, over which each sends lines of
JSON. So a page that fails cannot stop the run, and the run never waits for the page.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

_MOST: Final = 10_000
"""Characters of a line."""

_ORDERS: Final = ("pause", "continue", "stop", "until_step", "until_talk")


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
        lines(connection, self._received, self._closed)

    def state(self) -> dict[str, Any]:
        """What the run has reported: ``state`` is ``starting``, ``running``, ``paused``,
        ``stopping`` or ``ended``; ``until`` says in words where it will pause."""
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
        if self._state["state"] == "ended":
            return "the run has ended"
        return "" if send(self._connection, order) else "the run has ended"

    def _received(self, state: dict[str, Any]) -> None:
        self._state = state

    def _closed(self) -> None:
        self._state = {"state": "ended"}
        self._ended()


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
) -> None:
    """Call ``received`` with each line that arrives, and ``closed`` at the end, in a thread."""

    def work() -> None:
        try:
            with connection.makefile("r", encoding="utf-8") as file:
                while line := file.readline(_MOST):
                    received(json.loads(line))
        except (OSError, ValueError):
            # The other end has gone in the middle of a line.
            pass
        closed()

    threading.Thread(target=work, name="ga_ooo control", daemon=True).start()

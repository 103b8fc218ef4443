"""Work of its own that a fork does in its loop, between steps.

The school fork answers interview and control requests at the top of each round of its loop.
Such methods must find everybody at one step, so the engine brings them there first; and since
that costs time, it asks before whether anything is to be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


class LoopWork:
    """Methods that a fork's ``start_server`` calls on itself between steps.

    Args:
        methods: their names, in order.
        pending: whether there is work for them, given the simulation's folder.
        storage: the host's folder of simulations.
    """

    def __init__(
        self, methods: Sequence[str], pending: Callable[[Path], bool], storage: Path
    ) -> None:
        self._methods = tuple(methods)
        self._pending = pending
        self._storage = storage

    def wanted(self, server: Any) -> bool:
        """Whether work waits."""
        return bool(self._methods) and self._pending(self._storage / server.sim_code)

    def run(self, server: Any) -> None:
        """Do the work; the server stands at one step."""
        for method in self._methods:
            getattr(server, method)()


def requests_pending(simulation: Path) -> bool:
    """Whether a ``*_request.json`` lies in a folder of requests of the simulation.

    The forks known so far exchange requests with their frontend in this way (school:
    ``interview/`` and ``control/``).
    """
    return any(
        request.with_name(request.name.replace("_request", "_response")).exists() is False
        for folder in ("interview", "control")
        for request in (simulation / folder).glob("*_request.json")
    )

"""Rehearsals in the main process, while no worker has the town."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ga_ooo.engine.loop.fibers import Move
from ga_ooo.runahead.driver import Runahead


class OwnRehearsals:
    """Rehearses as a run without workers does, while it is switched on.

    Args:
        runahead: rehearses.
        names: of the personas, in their order.
        seed: run seed.

    Attributes:
        is_on: whether it rehearses.
        seconds: CPU time that it has used.
    """

    def __init__(self, runahead: Runahead, names: Sequence[str], seed: int) -> None:
        self.is_on = False
        self.seconds = 0.0
        self.runahead = runahead
        self._names = names
        self._seed = seed

    def switch(self, on: bool) -> None:
        """Begin or stop to rehearse."""
        if on == self.is_on:
            return
        self.is_on = on
        if not on:
            self.runahead.drop_all()
            return
        for persona, name in enumerate(self._names):
            self.runahead.waits(Move(self._seed, persona, name, 0))

    def work(self) -> bool:
        """Rehearse some moves. Returns whether there is more to do right now."""
        began = time.thread_time()
        has_more = self.runahead.work()
        self.seconds += time.thread_time() - began
        return has_more

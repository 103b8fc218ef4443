"""Rehearsals in the main process, of the personas that no worker rehearses."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.runahead.driver import Runahead


class OwnRehearsals:
    """Rehearses as a run without workers does.

    Args:
        runahead: rehearses.
        names: of the personas, in their order.
        seed: run seed.

    Attributes:
        seconds: CPU time that it has used.
    """

    def __init__(self, runahead: Runahead, names: Sequence[str], seed: int) -> None:
        self.seconds = 0.0
        self.runahead = runahead
        self._mine: set[PersonaIndex] = set()
        self._names = names
        self._seed = seed
        runahead.rehearses = self._mine.__contains__

    @property
    def is_on(self) -> bool:
        """Whether it rehearses anybody."""
        return bool(self._mine)

    def rehearse(self, personas: Collection[PersonaIndex]) -> None:
        """Rehearse these personas from now on, and no others."""
        left, arrived = self._mine.difference(personas), set(personas) - self._mine
        self._mine.difference_update(left)
        if left and not personas:
            self.runahead.drop_all()
            return
        for persona in left:
            self.runahead.restarted(persona)
        self._mine.update(arrived)
        for persona in sorted(arrived):
            self.runahead.waits(Move(self._seed, persona, self._names[persona], 0))

    def work(self) -> bool:
        """Rehearse some moves. Returns whether there is more to do right now."""
        began = time.thread_time()
        has_more = self.runahead.work()
        self.seconds += time.thread_time() - began
        return has_more

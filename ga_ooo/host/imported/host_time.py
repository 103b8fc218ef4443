"""The module ``time`` as host code sees it: a sleep in a move costs no time.

Hosts sleep before model calls because of a server's rate limit. The router of this package keeps
rate limits, so such a sleep would only stop all personas.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType

from ga_ooo.engine.loop.fibers import current_move


class HostTime(ModuleType):
    """Replaces the module ``time`` in host code.

    Attributes:
        sleep_outside: sleeps outside of moves.
    """

    def __init__(self) -> None:
        super().__init__("time", time.__doc__)
        # Copies, since each ``strftime`` of the host looks up a function of this module.
        vars(self).update({name: value for name, value in vars(time).items() if name != "sleep"})
        self.sleep_outside: Callable[[float], None] = time.sleep

    def sleep(self, seconds: float) -> None:
        """Sleep, unless a move is running."""
        if current_move() is None:
            self.sleep_outside(seconds)

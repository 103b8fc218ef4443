"""What the engine tells whoever works while nothing real can go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import Move


class IdleWork(Protocol):
    """Work for idle moments that brings answers sooner and changes no result."""

    wake: Callable[[], None]
    """To be called when there is work again."""

    def waits(self, move: Move) -> None:
        """A move waits for the model or for somebody."""
        ...

    def completed(self, move: Move) -> None:
        """A move is done, and about to be handed to the scheduler."""
        ...

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """A persona has committed ``step``."""
        ...

    def restarted(self, persona: PersonaIndex) -> None:
        """A move starts over."""
        ...

    def drop_all(self) -> None:
        """Everybody may have changed."""
        ...

    def work(self) -> bool:
        """Do some. Returns whether there is more to do right now."""
        ...

    async def close(self) -> None:
        """The run ends."""
        ...

"""What the engine reports to work that is done while no move can continue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import Move


class IdleWork(Protocol):
    """Work for idle moments, which makes answers arrive sooner and changes no result."""

    wake: Callable[[], None]
    """Set by the engine; to be called when there is work again."""

    def waits(self, move: Move) -> None:
        """A move waits for the model or for another persona."""
        ...

    def completed(self, move: Move) -> None:
        """A move is complete; the scheduler is notified next."""
        ...

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """A persona has committed ``step``."""
        ...

    def restarted(self, persona: PersonaIndex) -> None:
        """The move of a persona starts again."""
        ...

    def drop_all(self) -> None:
        """Any persona may have changed."""
        ...

    def work(self) -> bool:
        """Do a little work.

        Returns:
            whether more work could be done right now.
        """
        ...

    async def close(self) -> None:
        """The run ends."""
        ...

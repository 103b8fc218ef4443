"""What the engine needs of a host."""

from __future__ import annotations

from typing import Protocol, TypeVar

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Move

R = TypeVar("R")
"""The result of one move (the movement record)."""


class Host(Protocol[R]):
    """A town of people who can take steps. R is the result of one move."""

    def take_at_once(self, persona: PersonaIndex, step: Step) -> tuple[Move, TileIndex, R] | None:
        """Take the step now, if it needs no model call and no wait and cannot fail.

        Returns:
            the move, with the results of :meth:`move`; None if :meth:`begin` and :meth:`move`
            must be called instead, in which case nothing has changed.
        """
        ...

    def begin(self, persona: PersonaIndex, step: Step, attempt: int) -> Move:
        """Take a clean copy of the persona and describe the move that is about to run.

        Args:
            attempt: how often host code raised in this move before; failures of the model do not
                count.
        """
        ...

    def enter(self, move: Move) -> None:
        """The fiber of the move runs next."""
        ...

    def move(self, move: Move) -> tuple[TileIndex, R]:
        """Run the host's own move, in a fiber.

        Returns:
            the next tile and the result.
        """
        ...

    def undo(self, move: Move) -> None:
        """Restore the clean copies of the persona and of everybody that the move was handed."""
        ...

    def commit(self, persona: PersonaIndex, step: Step, result: R) -> R:
        """Publish the persona's presence at ``step + 1``.

        Returns:
            the result, in a form that later moves cannot change.
        """
        ...

    def retire(self, step: Step, results: list[R]) -> None:
        """Everybody has committed ``step``; ``results`` are in persona order."""
        ...

    def wants_barrier(self) -> bool:
        """Whether there is work that needs everybody at one step."""
        ...

    def at_barrier(self, step: Step) -> None:
        """Do that work, in a fiber; everybody is at ``step``."""
        ...

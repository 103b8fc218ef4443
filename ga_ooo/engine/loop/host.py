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
        """Take the step right here if that takes neither calls nor waits and cannot fail.

        Returns:
            as :meth:`begin` and :meth:`move`; None, with nothing changed, to have those called.
        """
        ...

    def begin(self, persona: PersonaIndex, step: Step, attempt: int) -> Move:
        """Take a clean copy of the persona and say what is about to run.

        ``attempt`` counts how often host code raised in this move; not failures of the model.
        """
        ...

    def enter(self, move: Move) -> None:
        """The move's fiber is about to be switched into."""
        ...

    def move(self, move: Move) -> tuple[TileIndex, R]:
        """Run the host's own move, in a fiber. Returns the next tile and the result."""
        ...

    def undo(self, move: Move) -> None:
        """Put the clean copies back: of the persona and of everybody it was handed."""
        ...

    def commit(self, persona: PersonaIndex, step: Step, result: R) -> R:
        """Publish the persona's presence at ``step + 1``; may freeze the result."""
        ...

    def retire(self, step: Step, results: list[R]) -> None:
        """Everybody has committed ``step``."""
        ...

    def wants_barrier(self) -> bool:
        """Whether work waits that needs everybody at one step."""
        ...

    def at_barrier(self, step: Step) -> None:
        """Do that work, in a fiber; everybody is at ``step``."""
        ...

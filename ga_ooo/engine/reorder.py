"""The reorder buffer: results are put in out of order and taken out step by step."""

from __future__ import annotations

from typing import Generic, TypeVar

from ga_ooo.engine.ids import PersonaIndex, Step

T = TypeVar("T")


class ReorderBuffer(Generic[T]):
    """Keeps the results of committed persona steps until their step retires.

    Args:
        count: number of personas.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._steps: dict[Step, dict[PersonaIndex, T]] = {}

    def put(self, step: Step, persona: PersonaIndex, result: T) -> None:
        """Keep the result of one persona at ``step``."""
        self._steps.setdefault(step, {})[persona] = result

    def take(self, step: Step) -> list[T]:
        """Remove the results of ``step`` and return them in persona order.

        Raises:
            ValueError: the result of a persona is missing (a defect of the driver).
        """
        results = self._steps.pop(step, {})
        if len(results) != self._count:
            raise ValueError(f"step {step} retires with {len(results)} of {self._count} results")
        return [results[persona] for persona in range(self._count)]

    def __len__(self) -> int:
        return len(self._steps)

"""Results of earlier retrievals: a rehearsal that starts again repeats all its retrievals."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

_KEPT: Final = 256


class Inputs(NamedTuple):
    """All inputs that decide which memories are the best.

    Attributes:
        parameters: decay and weights of the persona.
        poignancies: of each memory, in the order of their last access, the oldest first.
        rows: of the embedding of each memory, in the same order.
        numbering: the object for which the rows are valid.
        focal: embedding of the focal point.
        limit: number of memories to retrieve.
    """

    parameters: tuple[float, ...]
    poignancies: Sequence[int]
    rows: Sequence[int]
    numbering: object
    focal: Sequence[float]
    limit: int


class RetrievalCache:
    """The latest results, shared by all personas.

    Memories are compared by their numbers and not by identity: a rehearsal that starts again makes
    the same memories again, as new objects.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], list[int]] = OrderedDict()

    def get(self, inputs: Inputs, compute: Callable[[], list[int] | None]) -> list[int] | None:
        """Positions of the best memories among all, in the order of their last access.

        Args:
            compute: computes them; returns None if it cannot.
        """
        key = _key(inputs)
        best = self._kept.get(key)
        if best is not None:
            self._kept.move_to_end(key)
            return best
        best = compute()
        if best is not None:
            self._kept[key] = best
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return best


def _key(inputs: Inputs) -> tuple[Any, ...]:
    return (
        array("q", inputs.rows).tobytes(),
        inputs.numbering,
        tuple(inputs.poignancies),
        array("d", inputs.focal).tobytes(),
        inputs.parameters,
        inputs.limit,
    )

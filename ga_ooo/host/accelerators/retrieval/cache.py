"""Results of earlier retrievals: a rehearsal that starts again repeats all its retrievals."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

_MOST_NUMBERS: Final = 8_000_000
"""The inputs of all kept results are at most so many numbers of 8 bytes. Each persona of a large
town needs results of its own, so their number is not what is limited."""


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
    """The results that were used last, shared by all personas.

    Memories are compared by their numbers and not by identity: a rehearsal that starts again makes
    the same memories again, as new objects.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], list[int]] = OrderedDict()
        self._numbers = 0

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
            self._numbers += _numbers(key)
            while self._numbers > _MOST_NUMBERS:
                oldest, _ = self._kept.popitem(last=False)
                self._numbers -= _numbers(oldest)
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


def _numbers(key: tuple[Any, ...]) -> int:
    rows, _, poignancies, focal, *_ = key
    return (len(rows) + len(focal)) // 8 + len(poignancies)

"""Results of earlier retrievals: a rehearsal that starts again repeats all its retrievals."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

_KEPT: Final = 256


class Inputs(NamedTuple):
    """All inputs that decide which memories are the best.

    Attributes:
        parameters: decay and weights of the persona.
        nodes: the memories, in the order of their last access, the oldest first.
        poignancies: of each memory.
        embeddings: of each memory.
        focal: embedding of the focal point.
        limit: number of memories to retrieve.
    """

    parameters: tuple[float, ...]
    nodes: Sequence[Any]
    poignancies: Sequence[int]
    embeddings: Sequence[Any]
    focal: Sequence[float]
    limit: int


class RetrievalCache:
    """The latest results, shared by all personas: copies of a persona share its memories.

    Memories and embeddings are compared by identity: the host never changes an embedding.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], tuple[list[int], Inputs]] = OrderedDict()

    def get(self, inputs: Inputs, compute: Callable[[], list[int] | None]) -> list[int] | None:
        """Positions of the best memories in ``inputs.nodes``.

        Args:
            compute: computes them; returns None if it cannot.
        """
        key = _key(inputs)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept[0]
        best = compute()
        if best is not None:
            # The inputs are kept too: while an object lives, no other object has its identity.
            self._kept[key] = (best, inputs)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return best


def _key(inputs: Inputs) -> tuple[Any, ...]:
    return (
        _identities(inputs.nodes),
        _identities(inputs.embeddings),
        tuple(inputs.poignancies),
        array("d", inputs.focal).tobytes(),
        inputs.parameters,
        inputs.limit,
    )


def _identities(things: Iterable[Any]) -> bytes:
    return array("Q", map(id, things)).tobytes()

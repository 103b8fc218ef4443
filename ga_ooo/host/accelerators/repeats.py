"""Retrievals made before: a rehearsal that begins again makes all of them once more."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

_KEPT: Final = 256


class Question(NamedTuple):
    """All that the positions of the best memories depend on.

    Attributes:
        numbers: decay and weights.
        nodes: the memories, the one not accessed for longest first.
        poignancies: of each.
        embeddings: of each.
        focal: embedding of the focal point.
        wanted: how many.
    """

    numbers: tuple[float, ...]
    nodes: Sequence[Any]
    poignancies: Sequence[int]
    embeddings: Sequence[Any]
    focal: Sequence[float]
    wanted: int


class Repeats:
    """The latest of them, whoever asked: copies of a persona share its memories.

    Memories and embeddings are told apart by identity: the host changes no embedding.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], tuple[list[int], Question]] = OrderedDict()

    def answer(self, question: Question, find: Callable[[], list[int] | None]) -> list[int] | None:
        """Positions of the best.

        Args:
            find: finds them, if it can.
        """
        key = _key(question)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept[0]
        best = find()
        if best is not None:
            # With what is told apart by identity: while that lives, nothing else has it.
            self._kept[key] = (best, question)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return best


def _key(question: Question) -> tuple[Any, ...]:
    return (
        _identities(question.nodes),
        _identities(question.embeddings),
        tuple(question.poignancies),
        array("d", question.focal).tobytes(),
        question.numbers,
        question.wanted,
    )


def _identities(things: Iterable[Any]) -> bytes:
    return array("Q", map(id, things)).tobytes()

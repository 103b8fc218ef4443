"""Retrieval: embeddings as arrays that are kept, instead of lists converted for each comparison.

Source: ``persona/cognitive_modules/retrieve.py`` (``new_retrieve`` and what it calls). The host
compares each memory with each focal point by numpy on Python lists: each pair converts both
vectors twice. Here every vector is converted once, and its norm taken once; the same numpy
functions on the same numbers give the same bits. All that follows (scaling, weights, the order
of equals) is done on the host's numbers in the host's order of operations. Where nobody takes
the scores that the host prints, only those are computed that may be among the best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

import numpy as np

from ga_ooo.host.accelerators.repeats import Question, Repeats
from ga_ooo.host.accelerators.shortlist import (
    IMPORTANCE,
    RECENCY,
    RELEVANCE,
    Compared,
    Powers,
    are_usual,
    first_of,
    numbers_of,
)
from ga_ooo.host.accelerators.vectors import Vectors
from ga_ooo.host.imported.modules import HostModules, replace_everywhere
from ga_ooo.host.imported.prints import prints_are_dropped

_MODULE: Final = "persona.cognitive_modules.retrieve"

_embedding_key = attrgetter("embedding_key")
_last_accessed = attrgetter("last_accessed")
_poignancy = attrgetter("poignancy")


def install(modules: HostModules) -> None:
    """Replace ``new_retrieve`` in all modules; of minitown's only the dear part, ``_relevance``."""
    retrieve: Any = modules.all[_MODULE]
    if hasattr(retrieve, "_relevance"):
        retrieve._relevance = MatrixRelevance(retrieve)
    else:
        replace_everywhere(modules, retrieve.new_retrieve, Retrieval(modules))


class Retrieval:
    """Stands in for the original's ``new_retrieve``, and for that of the school fork, which can
    leave out what was learned after a time.

    Args:
        modules: the host's; ``get_embedding`` of its module is asked.
    """

    def __init__(self, modules: HostModules) -> None:
        self._modules = modules
        self._module: Any = modules.all[_MODULE]
        self._vectors: defaultdict[str, Vectors] = defaultdict(Vectors)
        self._powers = Powers()
        self._repeats = Repeats()

    def __call__(
        self,
        persona: Any,
        focal_points: Iterable[str],
        n_count: int = 30,
        target_time: Any = None,
    ) -> dict[str, list[Any]]:
        retrieved = {}
        for focal_point in focal_points:
            best = self._best(persona, focal_point, n_count, target_time)
            for node in best:
                node.last_accessed = persona.scratch.curr_time
            retrieved[focal_point] = best
        return retrieved

    def _best(self, persona: Any, focal_point: str, n_count: int, target_time: Any) -> list[Any]:
        """The nodes that count, the best first."""
        scratch, memory = persona.scratch, persona.a_mem
        nodes = [
            node
            for node in memory.seq_event + memory.seq_thought
            if "idle" not in node.embedding_key
            and (target_time is None or node.created <= target_time)
        ]
        nodes.sort(key=_last_accessed)
        poignancies = list(map(_poignancy, nodes))
        numbers = numbers_of(scratch)
        few = prints_are_dropped(self._modules) and 0 < n_count < len(nodes)
        usual = few and are_usual(numbers, poignancies)
        # Before the embedding is asked for, as in the host: it may fail.
        scaled = None if usual else _scaled_terms(scratch, poignancies)
        compared = self._compared(persona, nodes, focal_point)
        best = None
        if usual:
            known = (nodes, poignancies, compared.embeddings, compared.given)
            best = self._repeats.answer(
                Question(numbers, *known, n_count),
                lambda: first_of(n_count, self._powers.terms(numbers, poignancies), compared),
            )
        if best is None:
            scaled = scaled or _scaled_terms(scratch, poignancies)
            best = self._order(scratch, nodes, *scaled, compared)[:n_count]
        return [nodes[i] for i in best]

    def _compared(self, persona: Any, nodes: list[Any], focal_point: str) -> Compared:
        """Asked from one place only: whoever is asked tells calls apart by where they come from."""
        focal = self._module.get_embedding(focal_point)
        known = persona.a_mem.embeddings
        embeddings = list(map(known.__getitem__, map(_embedding_key, nodes)))
        return Compared(self._vectors[persona.scratch.name], embeddings, focal)

    def _order(
        self,
        scratch: Any,
        nodes: list[Any],
        recency: list[float],
        importance: list[float],
        compared: Compared,
    ) -> list[int]:
        """All nodes as the host does, the best first."""
        relevance = _scaled(compared.exact())
        scores = [
            scratch.recency_w * recent * RECENCY
            + scratch.relevance_w * relevant * RELEVANCE
            + scratch.importance_w * important * IMPORTANCE
            for recent, relevant, important in zip(recency, relevance, importance, strict=True)
        ]
        order = sorted(range(len(nodes)), key=scores.__getitem__, reverse=True)
        if not prints_are_dropped(self._modules):
            for i in order:
                self._print(nodes[i].embedding_key, scores[i])
                self._print(
                    scratch.recency_w * recency[i],
                    scratch.relevance_w * relevance[i],
                    scratch.importance_w * importance[i],
                )
        # Twice, as the host does: among numbers that are none, sorting again changes the order.
        return sorted(order, key=scores.__getitem__, reverse=True)

    def _print(self, *values: object) -> None:
        """As the host's own code would, wherever its prints go."""
        self._modules.builtins["print"](*values)


def _scaled_terms(scratch: Any, poignancies: list[Any]) -> tuple[list[float], list[float]]:
    """Recency and importance."""
    decay = scratch.recency_decay
    recency = _scaled([decay**age for age in range(1, len(poignancies) + 1)])
    return recency, _scaled(poignancies)


def _scaled(values: list[Any]) -> list[float]:
    """Scaled to 0..1; all one half where they are equal."""
    low, high = min(values), max(values)
    span = high - low
    if span == 0:
        return [0.5] * len(values)
    return [(value - low) / span for value in values]


class MatrixRelevance:
    """Stands in for minitown's ``_relevance``.

    Args:
        module: its module; its ``get_embedding`` is asked.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._vectors: defaultdict[str, Vectors] = defaultdict(Vectors)

    def __call__(self, persona: Any, nodes: Sequence[Any], focal_pt: str) -> Any:
        focal = np.array(self._module.get_embedding(focal_pt))
        embeddings = persona.a_mem.embeddings
        vectors = self._vectors[persona.scratch.name]
        rows = vectors.rows([embeddings[node.embedding_key] for node in nodes])
        known = np.array([vectors.kept[row].array for row in rows])
        lengths = np.sqrt((known * known).sum(axis=1) * (focal * focal).sum())
        return (known * focal).sum(axis=1) / np.maximum(lengths, 1e-12)

"""Functions that replace the host's retrieval.

Source: ``persona/cognitive_modules/retrieve.py`` (``new_retrieve`` and the functions that it
calls). The host compares each memory with each focal point by numpy on Python lists, so each pair
converts both vectors twice. Here each vector is converted once, and its norm is computed once; the
same numpy functions on the same numbers give the same bits. The other operations (scaling,
weights, the order of equal scores) use the numbers and the order of the host. The host prints all
scores; where its prints are dropped, only the scores of memories that may be among the best are
computed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

import numpy as np

from ga_ooo.host.accelerators.retrieval.cache import Inputs, RetrievalCache
from ga_ooo.host.accelerators.retrieval.shortlist import (
    IMPORTANCE,
    RECENCY,
    RELEVANCE,
    DecayPowers,
    Similarities,
    arrays_are_exact,
    best_of,
    parameters_of,
)
from ga_ooo.host.accelerators.retrieval.vectors import VectorStore
from ga_ooo.host.imported.modules import HostModules, replace_everywhere
from ga_ooo.host.imported.prints import prints_are_dropped

_MODULE: Final = "persona.cognitive_modules.retrieve"

_embedding_key = attrgetter("embedding_key")
_last_accessed = attrgetter("last_accessed")
_poignancy = attrgetter("poignancy")


def install(modules: HostModules) -> None:
    """Replace ``new_retrieve`` in all modules; in minitown only its expensive part,
    ``_relevance``."""
    retrieve: Any = modules.all[_MODULE]
    if hasattr(retrieve, "_relevance"):
        retrieve._relevance = MatrixRelevance(retrieve)
    else:
        replace_everywhere(modules, retrieve.new_retrieve, Retrieval(modules))


class Retrieval:
    """Replaces ``new_retrieve`` of the original and of the school fork. The latter can leave out
    memories that were created after a given time.

    Args:
        modules: the modules of the host. Focal points are embedded by ``get_embedding`` of its
            ``retrieve`` module.
    """

    def __init__(self, modules: HostModules) -> None:
        self._modules = modules
        self._module: Any = modules.all[_MODULE]
        self._vectors: defaultdict[str, VectorStore] = defaultdict(VectorStore)
        self._powers = DecayPowers()
        self._cache = RetrievalCache()

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
        """The nodes to retrieve, the best first."""
        scratch, memory = persona.scratch, persona.a_mem
        nodes = [
            node
            for node in memory.seq_event + memory.seq_thought
            if "idle" not in node.embedding_key
            and (target_time is None or node.created <= target_time)
        ]
        nodes.sort(key=_last_accessed)
        poignancies = list(map(_poignancy, nodes))
        parameters = parameters_of(scratch)
        scores_needed = not prints_are_dropped(self._modules) or not 0 < n_count < len(nodes)
        by_bounds = not scores_needed and arrays_are_exact(parameters, poignancies)
        # Computed before the focal point is embedded, as in the host: this may raise.
        scaled = None if by_bounds else _scaled_terms(scratch, poignancies)
        similarities = self._compared(persona, nodes, focal_point)
        best = None
        if by_bounds:
            rows, numbering = similarities.rows, similarities.numbering
            focal = similarities.focal_embedding
            best = self._cache.get(
                Inputs(parameters, poignancies, rows, numbering, focal, n_count),
                lambda: best_of(n_count, self._powers.terms(parameters, poignancies), similarities),
            )
        if best is None:
            scaled = scaled or _scaled_terms(scratch, poignancies)
            best = self._order(scratch, nodes, *scaled, similarities)[:n_count]
        return [nodes[i] for i in best]

    def _compared(self, persona: Any, nodes: list[Any], focal_point: str) -> Similarities:
        """The only function that embeds focal points: a call's stack is part of its statistics."""
        focal = self._module.get_embedding(focal_point)
        known = persona.a_mem.embeddings
        embeddings = list(map(known.__getitem__, map(_embedding_key, nodes)))
        return Similarities(self._vectors[persona.scratch.name], embeddings, focal)

    def _order(
        self,
        scratch: Any,
        nodes: list[Any],
        recency: list[float],
        importance: list[float],
        similarities: Similarities,
    ) -> list[int]:
        """Positions of all nodes, the best first, computed and printed as the host does."""
        relevance = _scaled(similarities.exact())
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
        # Sorted twice, as in the host: with NaN among the scores, a second sort changes the order.
        return sorted(order, key=scores.__getitem__, reverse=True)

    def _print(self, *values: object) -> None:
        """Print as the host's code would, to where its prints go."""
        self._modules.builtins["print"](*values)


def _scaled_terms(scratch: Any, poignancies: list[Any]) -> tuple[list[float], list[float]]:
    """Recency and importance of each memory, scaled."""
    decay = scratch.recency_decay
    recency = _scaled([decay**age for age in range(1, len(poignancies) + 1)])
    return recency, _scaled(poignancies)


def _scaled(values: list[Any]) -> list[float]:
    """Scale to 0..1; to 0.5 where all values are equal."""
    low, high = min(values), max(values)
    span = high - low
    if span == 0:
        return [0.5] * len(values)
    return [(value - low) / span for value in values]


class MatrixRelevance:
    """Replaces ``_relevance`` of minitown.

    Args:
        module: minitown's ``retrieve`` module, whose ``get_embedding`` embeds focal points.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._vectors: defaultdict[str, VectorStore] = defaultdict(VectorStore)

    def __call__(self, persona: Any, nodes: Sequence[Any], focal_pt: str) -> Any:
        focal = np.array(self._module.get_embedding(focal_pt))
        embeddings = persona.a_mem.embeddings
        vectors = self._vectors[persona.scratch.name]
        rows = vectors.rows([embeddings[node.embedding_key] for node in nodes])
        known = np.array([vectors.stored[row].array for row in rows])
        lengths = np.sqrt((known * known).sum(axis=1) * (focal * focal).sum())
        return (known * focal).sum(axis=1) / np.maximum(lengths, 1e-12)

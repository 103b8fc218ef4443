"""Retrieval: embeddings as arrays that are kept, instead of lists converted for each comparison.

Source: ``persona/cognitive_modules/retrieve.py`` (``new_retrieve`` and what it calls). The host
compares each memory with each focal point by numpy on Python lists: each pair converts both
vectors twice. Here every vector is converted once, and its norm taken once; the same numpy
functions on the same numbers give the same bits. All that follows (scaling, weights, the order
of equals) is done on the host's numbers in the host's order of operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

import numpy as np

from ga_ooo.reverie.importing import HostModules, replace_everywhere
from ga_ooo.reverie.prints import prints_are_dropped

_MODULE: Final = "persona.cognitive_modules.retrieve"
_RECENCY: Final = 0.5
_RELEVANCE: Final = 3
_IMPORTANCE: Final = 2

_last_accessed = attrgetter("last_accessed")


def install(modules: HostModules) -> None:
    """Replace ``new_retrieve`` in all modules; of minitown's only the dear part, ``_relevance``."""
    retrieve: Any = modules.all[_MODULE]
    if hasattr(retrieve, "_relevance"):
        retrieve._relevance = MatrixRelevance(retrieve)
    else:
        replace_everywhere(modules, retrieve.new_retrieve, Retrieval(modules))


class Vectors:
    """Embeddings as arrays, by the identity of the host's lists, which it never changes.

    A persona's memory keeps every embedding for good, so these are kept as well.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Any, Any]] = {}

    def get(self, embedding: Any) -> tuple[Any, Any]:
        """Array and norm of an embedding of a memory."""
        known = self._known.get(id(embedding))
        if known is None:
            vector = np.asarray(embedding)
            # Holds the list as well: while it lives, nothing else has its identity.
            known = self._known[id(embedding)] = (embedding, vector, np.linalg.norm(vector))
        return known[1], known[2]


class Retrieval:
    """Stands in for the original's ``new_retrieve``, and for that of the school fork, which can
    leave out what was learned after a time.

    Args:
        modules: the host's; ``get_embedding`` of its module is asked.
    """

    def __init__(self, modules: HostModules) -> None:
        self._modules = modules
        self._module: Any = modules.all[_MODULE]
        self._vectors = Vectors()

    def __call__(
        self,
        persona: Any,
        focal_points: Iterable[str],
        n_count: int = 30,
        target_time: Any = None,
    ) -> dict[str, list[Any]]:
        retrieved = {}
        for focal_point in focal_points:
            best = self._best(persona, focal_point, target_time)[:n_count]
            for node in best:
                node.last_accessed = persona.scratch.curr_time
            retrieved[focal_point] = best
        return retrieved

    def _best(self, persona: Any, focal_point: str, target_time: Any) -> list[Any]:
        """All nodes that count, the best first."""
        scratch, memory = persona.scratch, persona.a_mem
        nodes = [
            node
            for node in memory.seq_event + memory.seq_thought
            if "idle" not in node.embedding_key
            and (target_time is None or node.created <= target_time)
        ]
        nodes.sort(key=_last_accessed)
        decay = scratch.recency_decay
        recency = _scaled([decay**age for age in range(1, len(nodes) + 1)])
        importance = _scaled([node.poignancy for node in nodes])
        relevance = _scaled(self._relevance(memory.embeddings, nodes, focal_point))
        scores = [
            scratch.recency_w * recent * _RECENCY
            + scratch.relevance_w * relevant * _RELEVANCE
            + scratch.importance_w * important * _IMPORTANCE
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
        return [nodes[i] for i in sorted(order, key=scores.__getitem__, reverse=True)]

    def _print(self, *values: object) -> None:
        """As the host's own code would, wherever its prints go."""
        self._modules.builtins["print"](*values)

    def _relevance(
        self, embeddings: dict[str, Any], nodes: Sequence[Any], focal_point: str
    ) -> list[float]:
        """Cosine similarity of each node to the focal point."""
        focal = np.asarray(self._module.get_embedding(focal_point))
        length = np.linalg.norm(focal)
        similar = []
        for node in nodes:
            vector, norm = self._vectors.get(embeddings[node.embedding_key])
            # One by one: the sums of a matrix product may differ in the last bit.
            similar.append((np.dot(vector, focal) / (norm * length)).item())
        return similar


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
        self._vectors = Vectors()

    def __call__(self, persona: Any, nodes: Sequence[Any], focal_pt: str) -> Any:
        focal = np.array(self._module.get_embedding(focal_pt))
        embeddings = persona.a_mem.embeddings
        known = np.array([self._vectors.get(embeddings[node.embedding_key])[0] for node in nodes])
        lengths = np.sqrt((known * known).sum(axis=1) * (focal * focal).sum())
        return (known * focal).sum(axis=1) / np.maximum(lengths, 1e-12)

"""The best memories without the exact score of each: bounds exclude most memories.

Why the result equals that of the host, which sorts the exact scores of all memories:

- Recency and importance are computed for all memories, by the operations of the host on the same
  numbers in double precision, one operation at a time. Such operations give the same bits on an
  array as in Python.
- Relevance is first estimated for all memories; each estimate is within ``error`` of the exact
  value. So the memory with the least exact relevance has an estimate of at most ``2 * error``
  above the least estimate; the greatest likewise. All candidates for the least and the greatest
  are computed exactly, as the host does. So the scale is that of the host.
- So each score is known within ``within``. Let ``cut`` be the n-th best estimate. At least n exact
  scores reach ``cut - within``. A memory with an estimate below ``cut - 2 * within`` has an exact
  score below all of these, so it is not among the best n, however ties are broken. The scores of
  the other memories are computed exactly, and a stable sort of them keeps the order of equal
  scores as the stable sort of the host does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ga_ooo.host.accelerators.retrieval.vectors import (
    Vector,
    VectorStore,
    as_vector,
    cosine_error,
)

RECENCY: Final = 0.5
RELEVANCE: Final = 3
IMPORTANCE: Final = 2

_WHOLE: Final = 2**31
"""Integers below this, and their differences, are exact in double precision."""

_GREATEST: Final = 1e100
"""No intermediate result overflows if scores are below this."""

_ROUNDING: Final = 2.0**-44
"""Bound on the rounding errors of a score, as a share of the greatest possible score; far above the
error of its dozen operations."""

_Floats = npt.NDArray[np.float64]


class Similarities:
    """Cosine similarity of memories to a focal point.

    Args:
        vectors: embeddings of the persona as arrays.
        embeddings: of the memories.
        focal_embedding: embedding of the focal point.

    Attributes:
        rows: of the embeddings, in the same order.
        numbering: the object for which the rows are valid.
    """

    def __init__(
        self, vectors: VectorStore, embeddings: Sequence[Any], focal_embedding: Any
    ) -> None:
        self.focal_embedding = focal_embedding
        self.rows = vectors.rows(embeddings)
        self.numbering = vectors.numbering
        self._vectors = vectors
        self._known: dict[int, float] = {}

    @cached_property
    def focal(self) -> Vector:
        """The embedding of the focal point as an array."""
        return as_vector(self.focal_embedding)

    @cached_property
    def _rows(self) -> npt.NDArray[np.intp]:
        return np.array(self.rows, np.intp)

    def estimates(self) -> _Floats:
        """Estimates for all memories, each within ``cosine_error``; NaN if there is none."""
        rows = self._rows
        return self._vectors.cosines(self.focal)[rows].astype(np.float64)

    def exact(self, which: Any = ...) -> list[float]:
        """The values of the host.

        Args:
            which: a numpy index that selects memories; all by default.
        """
        return list(map(self._exact, self._rows[which].tolist()))

    def _exact(self, row: int) -> float:
        similar = self._known.get(row)
        if similar is None:
            array, norm = self._vectors.stored[row]
            # Pair by pair: the sums of a matrix product may differ in the last bit.
            cosine = np.dot(array, self.focal.array) / (norm * self.focal.norm)
            similar = self._known[row] = cosine.item()
        return similar


class ScoreTerms(NamedTuple):
    """The terms of all scores without the relevance.

    Attributes:
        recency: weighted, of each memory.
        importance: weighted, of each memory.
        relevance_weight: weight of the relevance.
        greatest: upper bound on the absolute value of a score.
    """

    recency: _Floats
    importance: _Floats
    relevance_weight: float
    greatest: float


def parameters_of(scratch: Any) -> tuple[Any, ...]:
    """Decay and weights of a persona: all that scores depend on besides the memories."""
    weights = (scratch.recency_w, scratch.relevance_w, scratch.importance_w)
    return (scratch.recency_decay, *weights)


def arrays_are_exact(parameters: tuple[Any, ...], poignancies: Sequence[Any]) -> bool:
    """Whether arithmetic on arrays of these numbers gives the same bits as the host's.

    Args:
        parameters: see :func:`parameters_of`.
        poignancies: of the memories.
    """
    decay, *weights = parameters
    return (
        type(decay) is float
        and 0 < decay < 1
        and {int, float}.issuperset(map(type, weights))
        and _greatest(parameters) < _GREATEST
        and {int}.issuperset(map(type, poignancies))
        and -_WHOLE < min(poignancies) <= max(poignancies) < _WHOLE
    )


def _greatest(parameters: tuple[Any, ...]) -> float:
    _, recent, relevant, important = parameters
    return float(RECENCY * abs(recent) + RELEVANCE * abs(relevant) + IMPORTANCE * abs(important))


class DecayPowers:
    """Powers of the decay, computed by Python: numpy's may differ in the last bit."""

    def __init__(self) -> None:
        self._decay = 1.0
        self._powers = np.empty(0)

    def terms(self, parameters: tuple[Any, ...], poignancies: Sequence[int]) -> ScoreTerms:
        """Recency and importance with the values of the host.

        Args:
            parameters: for which :func:`arrays_are_exact` holds.
            poignancies: of two memories or more, in the order of their last access, the oldest
                first.
        """
        decay, recent, relevant, important = map(float, parameters)
        return ScoreTerms(
            recent * _scaled(self._first(decay, len(poignancies))) * RECENCY,
            important * _scaled(np.array(poignancies)) * IMPORTANCE,
            relevant,
            _greatest(parameters),
        )

    def _first(self, decay: float, count: int) -> _Floats:
        if decay != self._decay or count > len(self._powers):
            self._decay = decay
            self._powers = np.array([decay**age for age in range(1, count + count // 4 + 1)])
        return self._powers[:count]


def best_of(count: int, terms: ScoreTerms, similarities: Similarities) -> list[int] | None:
    """Positions of the memories with the greatest scores, the best first, ties in their order.

    Args:
        count: number of memories to find, less than the number of memories.
        terms: of all memories.
        similarities: of all memories.

    Returns:
        None if the bounds do not suffice: a vector has length zero, or the relevance of all
        memories is nearly equal.
    """
    width = similarities.focal.array.size
    if not similarities.focal.is_regular(width):
        return None
    estimated, error = similarities.estimates(), cosine_error(width)
    if not np.isfinite(estimated).all():
        return None
    extreme = (estimated <= estimated.min() + 2 * error) | (
        estimated >= estimated.max() - 2 * error
    )
    ends = similarities.exact(extreme)
    low = min(ends)
    span = max(ends) - low
    if span < 4 * error:
        return None

    def scores(which: Any, relevance: _Floats) -> _Floats:
        relevant = terms.relevance_weight * ((relevance - low) / span) * RELEVANCE
        total: _Floats = terms.recency[which] + relevant + terms.importance[which]
        return total

    estimates = scores(slice(None), estimated)
    within = abs(terms.relevance_weight) * RELEVANCE * error / span + _ROUNDING * terms.greatest
    cut = np.partition(estimates, -count)[-count]
    candidates = np.flatnonzero(estimates >= cut - 2 * within)
    exact = scores(candidates, np.array(similarities.exact(candidates)))
    best: list[int] = candidates[np.argsort(-exact, kind="stable")[:count]].tolist()
    return best


def _scaled(values: npt.NDArray[Any]) -> _Floats:
    """Scale to 0..1; to 0.5 where all values are equal."""
    low = values.min()
    span = values.max() - low
    if span == 0:
        return np.full(len(values), 0.5)
    scaled: _Floats = (values - low) / span
    return scaled

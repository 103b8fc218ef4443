"""The best memories without the exact score of each: bounds tell which of them may be among these.

Why the result is that of the host's order of all, to the last bit and tie:

- Recency and importance are computed for all, by the host's operations on the host's numbers in
  double precision, each a step of its own: there an array gives the same bits as Python.
- Relevance is known within ``error`` for all. The least exact one is not more than that above its
  estimate, nor above any other exact one, so its estimate lies at most ``2 * error`` above the
  least estimate; likewise the greatest. All such are computed exactly, as the host does, so the
  scale is the host's.
- So each score is known within ``within``. At least n scores reach ``cut - within``, where ``cut``
  is the n-th best estimate. Whoever is estimated below ``cut - 2 * within`` is truly below all
  these, and not among the first n, however ties are broken. The others are computed exactly, and
  a stable order of them keeps equals as the host's stable order of all does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ga_ooo.host.accelerators.vectors import Vector, Vectors, as_vector, cosine_error

RECENCY: Final = 0.5
RELEVANCE: Final = 3
IMPORTANCE: Final = 2

_WHOLE: Final = 2**31
"""Whole numbers below this, and their differences, are exact in double precision."""

_GREATEST: Final = 1e100
"""Scores below this do not overflow on their way."""

_ROUNDING: Final = 2.0**-44
"""Far more than the dozen roundings of a score, as a share of the greatest score there may be."""

_Floats = npt.NDArray[np.float64]


class Compared:
    """The memories' similarity to a focal point.

    Args:
        vectors: the persona's.
        embeddings: of the memories.
        focal: embedding of the focal point.
    """

    def __init__(self, vectors: Vectors, embeddings: Sequence[Any], focal: Any) -> None:
        self.embeddings = embeddings
        self.given = focal
        self._vectors = vectors
        self._known: dict[int, float] = {}

    @cached_property
    def focal(self) -> Vector:
        """Of the focal point."""
        return as_vector(self.given)

    @cached_property
    def _rows(self) -> npt.NDArray[np.intp]:
        return np.array(self._vectors.rows(self.embeddings), np.intp)

    def about(self) -> _Floats:
        """Estimates for all, within ``cosine_error``; NaN where there is none."""
        rows = self._rows
        return self._vectors.cosines(self.focal)[rows].astype(np.float64)

    def exact(self, which: Any = ...) -> list[float]:
        """The host's numbers for all, or for those that an index of arrays picks."""
        return list(map(self._exact, self._rows[which].tolist()))

    def _exact(self, row: int) -> float:
        similar = self._known.get(row)
        if similar is None:
            _, array, norm = self._vectors.kept[row]
            # One by one: the sums of a matrix product may differ in the last bit.
            cosine = np.dot(array, self.focal.array) / (norm * self.focal.norm)
            similar = self._known[row] = cosine.item()
        return similar


class Terms(NamedTuple):
    """What is summed to a score, but for the relevance."""

    recency: _Floats
    importance: _Floats
    relevance_weight: float
    greatest: float
    """Most that the absolute value of a score may be."""


def numbers_of(scratch: Any) -> tuple[Any, ...]:
    """A persona's decay and weights: what scores depend on but for its memories."""
    weights = (scratch.recency_w, scratch.relevance_w, scratch.importance_w)
    return (scratch.recency_decay, *weights)


def are_usual(numbers: tuple[Any, ...], poignancies: Sequence[Any]) -> bool:
    """Whether an array of such numbers gives the bits that the host's own arithmetic does.

    Args:
        numbers: see :func:`numbers_of`.
    """
    decay, *weights = numbers
    return (
        type(decay) is float
        and 0 < decay < 1
        and {int, float}.issuperset(map(type, weights))
        and _greatest(numbers) < _GREATEST
        and {int}.issuperset(map(type, poignancies))
        and -_WHOLE < min(poignancies) <= max(poignancies) < _WHOLE
    )


def _greatest(numbers: tuple[Any, ...]) -> float:
    _, recent, relevant, important = numbers
    return float(RECENCY * abs(recent) + RELEVANCE * abs(relevant) + IMPORTANCE * abs(important))


class Powers:
    """Powers of the last decay that was asked for: numpy's may differ from Python's."""

    def __init__(self) -> None:
        self._decay = 1.0
        self._powers = np.empty(0)

    def terms(self, numbers: tuple[Any, ...], poignancies: Sequence[int]) -> Terms:
        """Recency and importance as the host has them.

        Args:
            numbers: usual ones.
            poignancies: usual ones, of two memories or more, the one not accessed for longest
                first.
        """
        decay, recent, relevant, important = map(float, numbers)
        return Terms(
            recent * _scaled(self._first(decay, len(poignancies))) * RECENCY,
            important * _scaled(np.array(poignancies)) * IMPORTANCE,
            relevant,
            _greatest(numbers),
        )

    def _first(self, decay: float, count: int) -> _Floats:
        if decay != self._decay or count > len(self._powers):
            self._decay = decay
            self._powers = np.array([decay**age for age in range(1, count + count // 4 + 1)])
        return self._powers[:count]


def first_of(count: int, terms: Terms, compared: Compared) -> list[int] | None:
    """Indices of the memories with the greatest scores, the best first, equals in their order.

    Args:
        count: how many: fewer than there are memories.

    Returns:
        None if bounds do not tell: a vector of length zero, or hardly any difference in relevance.
    """
    width = compared.focal.array.size
    if not compared.focal.is_regular(width):
        return None
    about, error = compared.about(), cosine_error(width)
    if not np.isfinite(about).all():
        return None
    extreme = (about <= about.min() + 2 * error) | (about >= about.max() - 2 * error)
    ends = compared.exact(extreme)
    low = min(ends)
    span = max(ends) - low
    if span < 4 * error:
        return None

    def scores(which: Any, relevance: _Floats) -> _Floats:
        relevant = terms.relevance_weight * ((relevance - low) / span) * RELEVANCE
        total: _Floats = terms.recency[which] + relevant + terms.importance[which]
        return total

    estimates = scores(slice(None), about)
    within = abs(terms.relevance_weight) * RELEVANCE * error / span + _ROUNDING * terms.greatest
    cut = np.partition(estimates, -count)[-count]
    candidates = np.flatnonzero(estimates >= cut - 2 * within)
    exact = scores(candidates, np.array(compared.exact(candidates)))
    best: list[int] = candidates[np.argsort(-exact, kind="stable")[:count]].tolist()
    return best


def _scaled(values: npt.NDArray[Any]) -> _Floats:
    """Scaled to 0..1; all one half where they are equal."""
    low = values.min()
    span = values.max() - low
    if span == 0:
        return np.full(len(values), 0.5)
    scaled: _Floats = (values - low) / span
    return scaled

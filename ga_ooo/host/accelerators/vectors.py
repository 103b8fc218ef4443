"""Embeddings of a memory as arrays that are kept, with their norms, and as one matrix."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

_SPARE: Final = 64
"""Rows beyond those of the memory, and a quarter of it, before rows not asked for are dropped."""

_REGULAR: Final = (1e-100, 1e100)
"""Norms between which neither norms nor products overflow, nor lose bits to underflow."""


class Vector(NamedTuple):
    """An embedding: the host's own list, an array of it, and its norm."""

    given: Any
    array: Any
    norm: Any

    def is_regular(self, width: int) -> bool:
        """Whether it has this many numbers of double precision, and a norm of usual size."""
        low, high = _REGULAR
        return (
            self.array.dtype == np.float64
            and self.array.shape == (width,)
            and bool(low < self.norm < high)
        )


def as_vector(embedding: Any) -> Vector:
    """The embedding with its array and norm."""
    array = np.asarray(embedding)
    return Vector(embedding, array, np.linalg.norm(array))


class Vectors:
    """Embeddings of one persona, by the identity of the host's lists, which it never changes.

    Each has a row. Rehearsals bring embeddings that are never asked for again, so when there is no
    room left only those that are asked for at that moment stay: there are never many more than the
    memory has itself.
    """

    def __init__(self) -> None:
        self.kept: list[Vector] = []
        self._row_of: dict[int, int] = {}
        self._room = 0
        self._units = np.empty((0, 0), np.float32)
        self._filled = 0

    def rows(self, embeddings: Sequence[Any]) -> list[int]:
        """Where these are in ``kept``, until the next call."""
        try:
            return list(map(self._row_of.__getitem__, map(id, embeddings)))
        except KeyError:
            self._keep({id(embedding): embedding for embedding in embeddings})
        return [self._row_of[id(embedding)] for embedding in embeddings]

    def cosines(self, focal: Vector) -> npt.NDArray[np.float32]:
        """About the cosine similarity of each row to the focal vector: within :func:`cosine_error`
        of the exact one, or NaN if the row is not regular.

        Args:
            focal: regular.
        """
        width = len(focal.array)
        self._fill(width)
        # One by one in a single call: a product of a matrix would wake the library's threads,
        # whose waiting costs more than they save.
        rows = self._units[: len(self.kept), None, :]
        unit = (focal.array / focal.norm).astype(np.float32)
        cosines: npt.NDArray[np.float32] = np.matmul(rows, unit[:, None]).ravel()
        return cosines

    def _keep(self, asked: dict[int, Any]) -> None:
        new = [embedding for which, embedding in asked.items() if which not in self._row_of]
        if len(self.kept) + len(new) > self._room:
            self._drop_all_but(asked)
            self._room = len(asked) + len(asked) // 4 + _SPARE
        for embedding in new:
            # Holds the list as well: while it lives, nothing else has its identity.
            vector = as_vector(embedding)
            self._row_of[id(embedding)] = len(self.kept)
            self.kept.append(vector)

    def _drop_all_but(self, asked: Iterable[int]) -> None:
        stay = [self._row_of[which] for which in asked if which in self._row_of]
        stay.sort()
        filled = [row for row in stay if row < self._filled]
        self._units, self._filled = self._units[filled], len(filled)
        self.kept = [self.kept[row] for row in stay]
        self._row_of = {id(vector.given): row for row, vector in enumerate(self.kept)}

    def _fill(self, width: int) -> None:
        """Complete the matrix, whose rows have length one."""
        if self._units.shape != (self._room, width):
            units = np.empty((self._room, width), np.float32)
            if self._units.shape[1] == width:
                units[: self._filled] = self._units[: self._filled]
            else:
                self._filled = 0
            self._units = units
        for row in range(self._filled, len(self.kept)):
            vector = self.kept[row]
            self._units[row] = vector.array / vector.norm if vector.is_regular(width) else np.nan
        self._filled = len(self.kept)


def cosine_error(width: int) -> float:
    """Most that :meth:`Vectors.cosines` and a cosine of double precision may lie apart.

    Both factors of each product are rounded, and the product, and each of the sums, in whatever
    order they are taken: at most ``width + 2`` times 2**-24 of a sum of absolute products that the
    norms bound by 1 (Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.1). Twice
    that, and some more, covers all that is of higher order or of double precision.
    """
    return 2 * (width + 8) * 2.0**-24

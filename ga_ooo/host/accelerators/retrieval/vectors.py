"""Embeddings of a memory as arrays that are kept, with their norms, and as rows of one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

_SPARE: Final = 64
"""Number of spare rows, besides a quarter of the size of the memory. When all are used, the rows
that are not needed at that moment are dropped."""

_REGULAR: Final = (1e-100, 1e100)
"""Range of norms within which no norm or product overflows or loses bits to underflow."""


class Vector(NamedTuple):
    """An embedding of the host as an array of the same numbers, and its norm."""

    array: Any
    norm: Any

    def is_regular(self, width: int) -> bool:
        """Whether it has ``width`` numbers of double precision and a norm in the regular range."""
        low, high = _REGULAR
        return (
            self.array.dtype == np.float64
            and self.array.shape == (width,)
            and bool(low < self.norm < high)
        )


def as_vector(embedding: Any) -> Vector:
    """The embedding as an array, with its norm."""
    array = np.asarray(embedding)
    return Vector(array, np.linalg.norm(array))


class VectorStore:
    """Embeddings of one persona. The host never changes an embedding.

    Each embedding has a row; lists of the same numbers share it, since a rehearsal that starts
    again gets new lists of the same answers. Rehearsals add embeddings that are never used again.
    So when all rows are used, only those that are needed at that moment are kept; their number is
    never much larger than the memory of the persona. The lists are known by identity, and as many
    of them are kept.

    Attributes:
        stored: the embeddings, by row.
        numbering: an object that is replaced when rows get other numbers.
    """

    def __init__(self) -> None:
        self.stored: list[Vector] = []
        self.numbering = object()
        self._row_of: dict[int, int] = {}
        self._lists: list[Any] = []
        self._row_with: dict[tuple[Any, ...], int] = {}
        self._capacity = 0
        self._units = np.empty((0, 0), np.float32)
        self._filled = 0

    def rows(self, embeddings: Sequence[Any]) -> list[int]:
        """Rows of these embeddings in ``stored``, valid until the next call."""
        try:
            return list(map(self._row_of.__getitem__, map(id, embeddings)))
        except KeyError:
            self._keep({id(embedding): embedding for embedding in embeddings})
        return [self._row_of[id(embedding)] for embedding in embeddings]

    def cosines(self, focal: Vector) -> npt.NDArray[np.float32]:
        """Estimates of the cosine similarity of each row to the focal vector.

        Args:
            focal: a regular vector.

        Returns:
            shape (rows,); within :func:`cosine_error` of the exact value, NaN for a row that is
            not regular.
        """
        width = len(focal.array)
        self._fill(width)
        # One call that multiplies row by row: a matrix product would start the threads of the
        # library, which cost more than they save.
        rows = self._units[: len(self.stored), None, :]
        unit = (focal.array / focal.norm).astype(np.float32)
        cosines: npt.NDArray[np.float32] = np.matmul(rows, unit[:, None]).ravel()
        return cosines

    def _keep(self, needed: dict[int, Any]) -> None:
        new = {identity: e for identity, e in needed.items() if identity not in self._row_of}
        most = len(needed) + len(needed) // 4 + _SPARE
        if len(self._lists) + len(new) > most:
            self._lists = [e for identity, e in needed.items() if identity in self._row_of]
            self._row_of = {id(e): self._row_of[id(e)] for e in self._lists}
        vectors = {identity: as_vector(embedding) for identity, embedding in new.items()}
        contents = {identity: _content(vector) for identity, vector in vectors.items()}
        if len(self.stored) + len({*contents.values()} - self._row_with.keys()) > self._capacity:
            self._drop_all_but({self._row_of[i] for i in needed if i in self._row_of})
            self._capacity = most
        for identity, vector in vectors.items():
            row = self._row_with.setdefault(contents[identity], len(self.stored))
            if row == len(self.stored):
                self.stored.append(vector)
            self._row_of[identity] = row
        # While a list lives, no other object has its identity.
        self._lists.extend(new.values())

    def _drop_all_but(self, rows: set[int]) -> None:
        stay = sorted(rows)
        filled = [row for row in stay if row < self._filled]
        self._units, self._filled = self._units[filled], len(filled)
        self.stored = [self.stored[row] for row in stay]
        self.numbering = object()
        number = {row: new for new, row in enumerate(stay)}
        kept = self._row_with.items()
        self._row_with = {content: number[row] for content, row in kept if row in number}
        self._lists = [e for e in self._lists if self._row_of[id(e)] in number]
        self._row_of = {id(e): number[self._row_of[id(e)]] for e in self._lists}

    def _fill(self, width: int) -> None:
        """Complete the matrix of embeddings, scaled to length one."""
        if self._units.shape != (self._capacity, width):
            units = np.empty((self._capacity, width), np.float32)
            if self._units.shape[1] == width:
                units[: self._filled] = self._units[: self._filled]
            else:
                self._filled = 0
            self._units = units
        for row in range(self._filled, len(self.stored)):
            vector = self.stored[row]
            self._units[row] = vector.array / vector.norm if vector.is_regular(width) else np.nan
        self._filled = len(self.stored)


def _content(vector: Vector) -> tuple[Any, ...]:
    """Equal for vectors of the same bits only."""
    array = vector.array
    # The bytes of an array of objects are addresses, which may be used again.
    numbers = id(array) if array.dtype == object else array.tobytes()
    return (numbers, array.dtype, array.shape)


def cosine_error(width: int) -> float:
    """Bound on the difference between :meth:`VectorStore.cosines` and a cosine in double precision.

    Single precision rounds both factors of each product, the product, and each partial sum, in any
    order of summation. The error is at most ``width + 2`` times 2**-24 times the sum of the
    absolute products, which is at most 1 for vectors of length one (Higham, *Accuracy and Stability
    of Numerical Algorithms*, section 3.1). The bound is a little more than twice that, so it also
    covers terms of higher order and the rounding of double precision.
    """
    return 2 * (width + 8) * 2.0**-24

"""Lists of floats at the speed of C, and without a touch of the numbers.

To look at an object from Python is to count a reference, that is, to write to it; in a forked child
each page of memory that is written to is copied first. Embeddings are most of a town's memory.
"""

from __future__ import annotations

import marshal
from typing import Any, Final

import numpy as np

_HEADER: Final = 5
_MARKED: Final = np.dtype([("mark", "S1"), ("value", "<f8")])
_DOUBLES: Final = np.dtype("<f8")


def doubles_of(numbers: list[Any]) -> bytes | None:
    """The numbers as doubles, eight bytes each; None if they are not all floats.

    ``marshal`` writes a list as five bytes and then its items, and in its version 2 a float as the
    letter g and its eight bytes. So if there is a g where each of the items would begin if they
    were floats, the first is one, and so the second, and so on.
    """
    try:
        packed = marshal.dumps(numbers, 2)
    except ValueError:
        return None
    count = len(numbers)
    if packed[_HEADER :: _MARKED.itemsize] != b"g" * count:
        return None
    return np.frombuffer(packed, _MARKED, count, _HEADER)["value"].tobytes()


def floats_of(doubles: bytes) -> list[float]:
    """The inverse of :func:`doubles_of`."""
    numbers: list[float] = np.frombuffer(doubles, _DOUBLES).tolist()
    return numbers

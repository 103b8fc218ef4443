"""Lists of floats as bytes, at the speed of C and without access to each number from Python.

Python counts references, so it writes to an object when it only reads it. In a forked child, each
memory page that is written is copied first, and embeddings are most of the memory of a town.
"""

from __future__ import annotations

import marshal
from typing import Any, Final

import numpy as np

_HEADER: Final = 5
_MARKED: Final = np.dtype([("mark", "S1"), ("value", "<f8")])
_DOUBLES: Final = np.dtype("<f8")


def doubles_of(numbers: list[Any]) -> bytes | None:
    """The numbers as doubles, eight little-endian bytes each; None if not all of them are floats.

    ``marshal`` (version 2) writes a list as five bytes followed by its items, and a float as the
    letter g followed by eight bytes. If all items are floats, each item begins with a g at a known
    position. Conversely, a g at each of these positions proves that all items are floats: the first
    item is one, so the second item begins at its position, and so on.
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

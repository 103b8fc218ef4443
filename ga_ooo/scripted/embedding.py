"""Embeddings from hashed bags of words: texts that share words are near each other."""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+")
# These words are in nearly all memories, and would make all memories near each other.
_COMMON = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it"),
        *("of", "on", "or", "the", "to", "was", "with"),
    )
)
_WORD_WEIGHT = 4
# Texts with the same words in another order are near each other, but not equal.
_TEXT_WEIGHT = 1
_COMPONENTS = 4


@lru_cache(maxsize=65_536)
def _components_of(token: str, width: int) -> tuple[tuple[int, int], ...]:
    """The components that a token moves, each with its sign."""
    digest = hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    components = []
    for start in range(0, 4 * _COMPONENTS, 4):
        value = int.from_bytes(digest[start : start + 4], "big")
        components.append(((value >> 1) % width, 1 if value & 1 else -1))
    return tuple(components)


def embed(text: str, width: int) -> tuple[float, ...]:
    """A unit vector for a text.

    Sums are integers, so the result is the same on every machine.

    Args:
        text: the text.
        width: number of components.
    """
    sums: defaultdict[int, int] = defaultdict(int)
    for word in _WORD.findall(text.lower()):
        if word not in _COMMON:
            for place, sign in _components_of(word, width):
                sums[place] += sign * _WORD_WEIGHT
    for place, sign in _components_of("\0" + text, width):
        sums[place] += sign * _TEXT_WEIGHT
    squares = sum(value * value for value in sums.values())
    if squares == 0:
        sums[_components_of("\0" + text, width)[0][0]] = squares = 1
    norm = math.sqrt(squares)
    # Most components are zero: one float object for all of them saves memory.
    vector = [0.0] * width
    for place, value in sums.items():
        vector[place] = value / norm
    return tuple(vector)

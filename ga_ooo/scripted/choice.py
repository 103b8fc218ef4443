"""Choices that depend on text alone: equal text, equal choice, on every machine and run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def stable_hash(*parts: str) -> int:
    """A 64-bit hash of the parts in order; unlike ``hash()`` the same in every process."""
    material = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(material, digest_size=8).digest(), "big")


def fraction(*parts: str) -> float:
    """A number in [0, 1), evenly spread over different parts."""
    return stable_hash(*parts) / 2**64


def chance(probability: float, *parts: str) -> bool:
    """True for about this share of all parts."""
    return fraction(*parts) < probability


def pick(options: Sequence[T], *parts: str) -> T:
    """One of the options; they must not be empty."""
    return options[stable_hash(*parts) % len(options)]

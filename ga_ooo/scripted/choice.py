"""Choices that depend on texts only: equal texts give equal choices on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def stable_hash(*parts: str) -> int:
    """A 64-bit hash of the parts in order; unlike ``hash()`` it is the same in every process."""
    material = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(material, digest_size=8).digest(), "big")


def fraction(*parts: str) -> float:
    """A number in [0, 1), uniform over different parts."""
    return stable_hash(*parts) / 2**64


def chance(probability: float, *parts: str) -> bool:
    """True with this probability over different parts."""
    return fraction(*parts) < probability


def pick(options: Sequence[T], *parts: str) -> T:
    """One of the options; they must not be empty."""
    return options[stable_hash(*parts) % len(options)]

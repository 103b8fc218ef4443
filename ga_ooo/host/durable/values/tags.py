"""The words of the data: what encoder and decoder agree on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from types import ModuleType
from typing import Any, Final

Modules = Mapping[str, ModuleType]
"""The host's modules, by name."""

SMALL: Final = (-(2**63), 2**64 - 1)
"""Integers that msgpack holds."""

FACTORIES: Final[Mapping[str, Callable[[], Any]]] = {
    "list": list,
    "dict": dict,
    "set": set,
    "int": int,
    "float": float,
    "str": str,
}
"""Default factories that a ``defaultdict`` may have."""

PLAIN_ARRAYS: Final = "biufcUS"
"""Kinds of array elements that are values, as numpy names them."""


class Tag(IntEnum):
    """What a list of the data is."""

    REFERENCE = 0
    LIST = 1
    TUPLE = 2
    DICT = 3
    SET = 4
    FROZENSET = 5
    INSTANCE = 6
    OWN = 7
    VECTOR = 8
    DATETIME = 9
    DATE = 10
    TIME = 11
    TIMEDELTA = 12
    BIG_INTEGER = 13
    ARRAY = 14
    SCALAR = 15
    CLASS = 16
    ORDERED_DICT = 17
    DEFAULT_DICT = 18
    COUNTER = 19
    DEQUE = 20
    BYTEARRAY = 21
    COMPLEX = 22
    SLICE = 23
    TEXT = 24
    """A text that UTF-8 cannot hold."""


def is_plain_class(kind: Any, modules: Modules) -> bool:
    """Whether a class is one of the host's whose instances are nothing but their attributes."""
    return (
        isinstance(kind, type)
        and kind.__module__ in modules
        and "__new__" not in {name for base in kind.__mro__[:-1] for name in vars(base)}
        and kind.__basicsize__ == _PlainInstance.__basicsize__
        and kind.__dictoffset__ != 0
    )


class _PlainInstance:
    """A class without slots, to compare sizes with."""

"""From plain data to values."""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import numpy as np

from ga_ooo.host.durable.values.tags import FACTORIES, PLAIN_ARRAYS, Modules, Tag, is_plain_class
from ga_ooo.host.floats import floats_of

_DTYPE: Final = re.compile(rf"[<>|=]?[{PLAIN_ARRAYS}]\d{{1,6}}")


class DamagedStateError(Exception):
    """The data is not what an encoder makes."""


class Decoder:
    """Makes values of plain data.

    Args:
        own: as of the encoder, of the server that is read into.
        modules: of the host, by name.
        classes: the host's classes that the data refers to, as ``module:name``.

    Raises:
        DamagedStateError: one of them is no plain class of the host.
    """

    def __init__(self, own: Mapping[str, Any], modules: Modules, classes: Sequence[str]) -> None:
        self._own = own
        self._classes = [_find_class(name, modules) for name in classes]
        self._made: list[Any] = []
        self._readers = self._readers_by_tag()

    def decode(self, data: Any) -> Any:
        """The value that the data stands for.

        Raises:
            DamagedStateError: the data is not what an encoder makes.
        """
        try:
            return self._value(data)
        except (
            *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
            RecursionError,
        ) as error:
            raise DamagedStateError(f"{type(error).__name__}: {error}") from error

    def _value(self, data: Any) -> Any:
        if type(data) is not list:
            if data is None or isinstance(data, (str, int, float, bytes)):
                return data
            raise DamagedStateError(f"a {type(data).__name__}")
        return self._readers[data[0]](data)

    def _all(self, data: Sequence[Any], start: int = 1) -> list[Any]:
        return list(map(self._value, data[start:]))

    def _pairs(self, data: Sequence[Any], start: int = 1) -> Any:
        values = iter(self._all(data, start))
        return zip(values, values, strict=True)

    def _readers_by_tag(self) -> dict[int, Callable[[Any], Any]]:
        return {
            Tag.REFERENCE: lambda d: self._made[_index(d[1])],
            Tag.OWN: lambda d: self._own[d[1]],
            Tag.CLASS: lambda d: self._classes[_index(d[1])],
            Tag.TUPLE: lambda d: tuple(self._all(d)),
            Tag.FROZENSET: lambda d: frozenset(self._all(d)),
            Tag.LIST: self._list,
            Tag.VECTOR: lambda d: self._keep(floats_of(d[1])),
            Tag.DICT: lambda d: self._mapping({}, d),
            Tag.ORDERED_DICT: lambda d: self._mapping(OrderedDict(), d),
            Tag.COUNTER: lambda d: self._mapping(Counter(), d),
            Tag.DEFAULT_DICT: self._defaultdict,
            Tag.SET: self._set,
            Tag.DEQUE: self._deque,
            Tag.INSTANCE: self._instance,
            Tag.BYTEARRAY: lambda d: self._keep(bytearray(_bytes(d[1]))),
            Tag.ARRAY: self._array,
            Tag.SCALAR: lambda d: np.frombuffer(d[2], _dtype(d[1]), 1)[0],
            Tag.TEXT: lambda d: d[1].decode("utf-8", "surrogatepass"),
            Tag.BIG_INTEGER: lambda d: int(d[1], 16),
            Tag.COMPLEX: lambda d: complex(d[1], d[2]),
            Tag.SLICE: lambda d: slice(*self._all(d)),
            Tag.DATETIME: lambda d: datetime.fromisoformat(d[1]),
            Tag.DATE: lambda d: date.fromisoformat(d[1]),
            Tag.TIME: lambda d: time.fromisoformat(d[1]),
            Tag.TIMEDELTA: lambda d: timedelta(d[1], d[2], d[3]),
        }

    def _keep(self, value: Any) -> Any:
        """Number a mutable value, before what is in it: it may hold itself."""
        self._made.append(value)
        return value

    def _list(self, data: Any) -> list[Any]:
        made: list[Any] = self._keep([])
        made += self._all(data)
        return made

    def _mapping(self, made: Any, data: Any, start: int = 1) -> Any:
        self._keep(made)
        for key, value in self._pairs(data, start):
            made[key] = value
        return made

    def _defaultdict(self, data: Any) -> Any:
        factory = None if data[1] is None else FACTORIES[data[1]]
        return self._mapping(defaultdict(factory), data, 2)

    def _set(self, data: Any) -> set[Any]:
        made: set[Any] = self._keep(set())
        made.update(self._all(data))
        return made

    def _deque(self, data: Any) -> deque[Any]:
        made: deque[Any] = self._keep(deque(maxlen=data[1]))
        made.extend(self._all(data, 2))
        return made

    def _instance(self, data: Any) -> Any:
        made = self._keep(object.__new__(self._classes[_index(data[1])]))
        attributes = vars(made)
        for name, value in self._pairs(data, 2):
            if not isinstance(name, str):
                raise DamagedStateError(f"an attribute is called {name!r}")
            attributes[name] = value
        return made

    def _array(self, data: Any) -> Any:
        array = np.frombuffer(_bytes(data[3]), _dtype(data[1])).reshape(data[2])
        return self._keep(array.copy())


def _find_class(name: str, modules: Modules) -> type:
    module, _, path = name.partition(":")
    found: Any = modules.get(module)
    for part in path.split("."):
        found = vars(found).get(part) if found is not None else None
    if not is_plain_class(found, modules):
        raise DamagedStateError(f"{name} is no plain class of this host")
    kind: type = found
    return kind


def _index(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise DamagedStateError(f"{number!r} is no index")
    return number


def _bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise DamagedStateError(f"a {type(value).__name__} in the place of bytes")
    return value


def _dtype(name: Any) -> np.dtype[Any]:
    if not isinstance(name, str) or not _DTYPE.fullmatch(name):
        raise DamagedStateError(f"{name!r} is no type of numbers")
    return np.dtype(name)

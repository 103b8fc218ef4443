"""From values to plain data."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import chain
from types import BuiltinFunctionType, FunctionType
from typing import Any, Final

import numpy as np

from ga_ooo.errors import HostError
from ga_ooo.host.durable.values.set_order import order_of_insertion
from ga_ooo.host.durable.values.tags import (
    FACTORIES,
    PLAIN_ARRAYS,
    SMALL,
    Modules,
    Tag,
    is_plain_class,
)
from ga_ooo.host.floats import doubles_of

_VECTOR: Final = 16
"""Lists of so many floats or more are written in one piece: embeddings are most of a state."""


class UnknownStateError(HostError):
    """A persona holds something that cannot be written down."""

    def __init__(self, kind: Any) -> None:
        super().__init__(
            f"a persona holds a {kind.__module__}.{kind.__qualname__}, "
            "which no checkpoint can hold",
            "run with --no-checkpoints, or keep it out of the personas",
        )


class Encoder:
    """Makes plain data of values.

    Args:
        own: objects that every server has, by name: they are referred to, not written down.
        modules: of the host, by name.
        any_text: there may be texts that UTF-8 cannot hold; without it they are left as they are,
            which is faster.

    Attributes:
        classes: the host's classes that the data refers to by number, as ``module:name``.
    """

    def __init__(self, own: Mapping[str, Any], modules: Modules, *, any_text: bool = False) -> None:
        self.classes: list[str] = []
        self._class_numbers: dict[type, int] = {}
        self._own = {id(thing): name for name, thing in own.items()}
        self._modules = modules
        self._any_text = any_text
        self._numbers: dict[int, int] = {}
        self._alive: list[Any] = []
        self._writers = self._writers_by_type()

    def encode(self, value: Any) -> Any:
        """The value as plain data.

        Raises:
            UnknownStateError: there is something in it that is neither plain nor the host's.
        """
        kind = type(value)
        if kind is str:
            return self._text(value) if self._any_text else value
        if kind is float or kind is bool or value is None:
            return value
        if kind is int:
            small = SMALL[0] <= value <= SMALL[1]
            return value if small else [Tag.BIG_INTEGER, hex(value)]
        write = self._writers.get(kind)
        if write is not None:
            return write(value)
        return self._other(value, kind)

    def _all(self, values: Any) -> list[Any]:
        return list(map(self.encode, values))

    def _pairs(self, mapping: Mapping[Any, Any]) -> list[Any]:
        return list(map(self.encode, chain.from_iterable(mapping.items())))

    def _numbered(self, write: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
        """A writer of mutable values: the second time there is a reference."""

        def write_once(value: Any) -> list[Any]:
            number = self._numbers.get(id(value))
            if number is not None:
                return [Tag.REFERENCE, number]
            own = self._own.get(id(value))
            if own is not None:
                return [Tag.OWN, own]
            self._numbers[id(value)] = len(self._numbers)
            self._alive.append(value)
            return write(value)

        return write_once

    def _writers_by_type(self) -> dict[type, Callable[[Any], Any]]:
        mutable: dict[type, Callable[[Any], list[Any]]] = {
            list: self._list,
            dict: lambda v: [Tag.DICT, *self._pairs(v)],
            set: lambda v: [Tag.SET, *self._all(order_of_insertion(v))],
            OrderedDict: lambda v: [Tag.ORDERED_DICT, *self._pairs(v)],
            Counter: lambda v: [Tag.COUNTER, *self._pairs(v)],
            defaultdict: self._defaultdict,
            deque: lambda v: [Tag.DEQUE, v.maxlen, *self._all(v)],
            bytearray: lambda v: [Tag.BYTEARRAY, bytes(v)],
            np.ndarray: self._array,
        }
        return {
            **{kind: self._numbered(write) for kind, write in mutable.items()},
            bytes: lambda v: v,
            tuple: lambda v: [Tag.TUPLE, *self._all(v)],
            frozenset: lambda v: [Tag.FROZENSET, *self._all(order_of_insertion(v))],
            datetime: lambda v: [Tag.DATETIME, self._without_zone(v).isoformat()],
            date: lambda v: [Tag.DATE, v.isoformat()],
            time: lambda v: [Tag.TIME, self._without_zone(v).isoformat()],
            timedelta: lambda v: [Tag.TIMEDELTA, v.days, v.seconds, v.microseconds],
            complex: lambda v: [Tag.COMPLEX, v.real, v.imag],
            slice: lambda v: [Tag.SLICE, *self._all((v.start, v.stop, v.step))],
        }

    def _text(self, text: str) -> Any:
        try:
            text.encode()
        except UnicodeEncodeError:
            return [Tag.TEXT, text.encode("utf-8", "surrogatepass")]
        return text

    def _list(self, values: list[Any]) -> list[Any]:
        if len(values) >= _VECTOR and type(values[0]) is float:
            doubles = doubles_of(values)
            if doubles is not None:
                return [Tag.VECTOR, doubles]
        return [Tag.LIST, *self._all(values)]

    def _defaultdict(self, values: defaultdict[Any, Any]) -> list[Any]:
        factory = values.default_factory
        name = None if factory is None else getattr(factory, "__name__", "")
        if name is not None and FACTORIES.get(name) is not factory:
            raise UnknownStateError(defaultdict)
        return [Tag.DEFAULT_DICT, name, *self._pairs(values)]

    def _array(self, array: np.ndarray[Any, Any]) -> list[Any]:
        if array.dtype.kind not in PLAIN_ARRAYS:
            raise UnknownStateError(np.ndarray)
        return [Tag.ARRAY, array.dtype.str, list(array.shape), array.tobytes()]

    def _without_zone(self, moment: Any) -> Any:
        if moment.tzinfo is not None:
            raise UnknownStateError(type(moment.tzinfo))
        return moment

    def _other(self, value: Any, kind: type) -> list[Any]:
        if isinstance(value, np.generic) and value.dtype.kind in PLAIN_ARRAYS:
            return [Tag.SCALAR, value.dtype.str, value.tobytes()]
        if isinstance(value, type):
            return [Tag.CLASS, self._class(value)]
        if isinstance(value, (FunctionType, BuiltinFunctionType)):
            raise UnknownStateError(value)
        return self._numbered(self._instance)(value)

    def _instance(self, value: Any) -> list[Any]:
        return [Tag.INSTANCE, self._class(type(value)), *self._pairs(vars(value))]

    def _class(self, kind: type) -> int:
        number = self._class_numbers.get(kind)
        if number is None:
            if not is_plain_class(kind, self._modules):
                raise UnknownStateError(kind)
            number = self._class_numbers[kind] = len(self.classes)
            self.classes.append(f"{kind.__module__}:{kind.__qualname__}")
        return number

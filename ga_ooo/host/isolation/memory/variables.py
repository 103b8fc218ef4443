"""Variables that moves share: module globals, class attributes, and what they hold.

A variable can be looked at as a whole, kept, copied and put back. Objects that other code holds on
to keep their identity: their content is replaced.
"""

from __future__ import annotations

import copy
import random
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CellType, FunctionType, ModuleType
from typing import Any, Final

import numpy as np

ABSENT: Final = object()

_MOST: Final = 100_000
"""Objects in a variable that are copied; more is taken for data that no move should change."""

_ATOMS: Final = (str, bytes, int, float, complex, bool, type(None), type, range, FunctionType)


class CannotCopyError(Exception):
    """A variable holds something that cannot be copied."""


@dataclass(frozen=True, eq=False)
class Variable:
    """A place that holds a value.

    Attributes:
        name: for people, such as ``config.counter``.
        where: file and line of a function that changes it.
        get: its value now; ``ABSENT`` for none.
        set: give it another.
    """

    name: str
    where: str
    get: Callable[[], Any]
    set: Callable[[Any], None]


def of_namespace(name: str, where: str, holder: Any, attribute: str) -> Variable:
    """A global of a module, or an attribute of a class or a function."""

    def put(value: Any) -> None:
        if value is ABSENT:
            delattr(holder, attribute)
        else:
            setattr(holder, attribute, value)

    return Variable(name, where, lambda: vars(holder).get(attribute, ABSENT), put)


def of_cell(name: str, where: str, cell: CellType) -> Variable:
    """A variable of a function around the one that uses it."""

    def put(value: Any) -> None:
        cell.cell_contents = value

    return Variable(name, where, lambda: cell.cell_contents, put)


def of_object(name: str, where: str, thing: Any) -> Variable:
    """An object that has no name to change: only its content can."""
    return Variable(name, where, lambda: thing, lambda value: None)


def of_numpy_chance(where: str) -> Variable:
    """The stream that ``numpy.random`` draws from."""
    return Variable(
        "numpy.random", where, lambda: np.random.get_state(legacy=False), np.random.set_state
    )


@dataclass(frozen=True)
class State:
    """Values of variables at one moment, each with its content if it can change."""

    values: tuple[Any, ...]
    contents: tuple[Any, ...]


def state_of(variables: Sequence[Variable]) -> State:
    """The variables as they are; what they hold is not copied."""
    values = tuple(variable.get() for variable in variables)
    return State(values, tuple(_content(value) for value in values))


def copy_of(state: State) -> State:
    """The same values, whose content can change apart from the original.

    Raises:
        CannotCopyError: something in there cannot be copied.
    """
    copier = _Copier()
    contents = tuple(copier.copy(content) for content in state.contents)
    return State(state.values, contents)


def put(variables: Sequence[Variable], state: State) -> None:
    """Make the variables what they were at a moment."""
    for variable, value, content in zip(variables, state.values, state.contents, strict=True):
        if content is not None:
            _replace_content(value, content)
        if variable.get() is not value:
            variable.set(value)


def _content(value: Any) -> Any:
    """What an object holds, one level deep; None for what cannot change in place."""
    if isinstance(value, list | deque | bytearray):
        return list(value)
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, set):
        return set(value)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, random.Random):
        return value.getstate()
    if isinstance(value, (*_ATOMS, ModuleType)):
        return None
    return dict(vars(value)) if hasattr(value, "__dict__") else None


def _replace_content(value: Any, content: Any) -> None:
    if isinstance(value, list | bytearray):
        value[:] = content
    elif isinstance(value, deque):
        value.clear()
        value.extend(content)
    elif isinstance(value, dict | set):
        value.clear()
        value.update(content)
    elif isinstance(value, np.ndarray):
        value[...] = content
    elif isinstance(value, random.Random):
        value.setstate(content)
    else:
        vars(value).clear()
        vars(value).update(content)


class _Copier:
    """Copies contents: everything that can change, once, however often it is held."""

    def __init__(self) -> None:
        self._copies: dict[int, Any] = {}
        self._alive: list[Any] = []

    def copy(self, value: Any) -> Any:
        """A copy of a value.

        Raises:
            CannotCopyError: it cannot be copied.
        """
        if isinstance(value, _ATOMS) or value is ABSENT:
            return value
        known = self._copies.get(id(value))
        if known is not None:
            return known
        self._alive.append(value)
        if len(self._alive) > _MOST:
            raise CannotCopyError(f"it holds more than {_MOST:,} objects")
        return self._copy_new(value)

    def _copy_new(self, value: Any) -> Any:
        kind = type(value)
        if kind in (tuple, frozenset):
            return kind(self.copy(item) for item in value)
        if isinstance(value, list | deque | set):
            fresh = self._note(value, copy.copy(value))
            items = [self.copy(item) for item in value]
            fresh.clear()
            (fresh.update if isinstance(value, set) else fresh.extend)(items)
            return fresh
        if kind in (dict, OrderedDict, Counter, defaultdict):
            fresh = self._note(value, copy.copy(value))
            items = [(self.copy(key), self.copy(item)) for key, item in value.items()]
            fresh.clear()
            for key, item in items:
                fresh[key] = item
            return fresh
        if _is_immutable_value(value):
            return value
        if _is_simple(kind) and hasattr(value, "__dict__"):
            fresh = self._note(value, object.__new__(kind))
            for name, item in vars(value).items():
                vars(fresh)[name] = self.copy(item)
            return fresh
        try:
            return self._note(value, copy.deepcopy(value))
        except Exception as error:
            raise CannotCopyError(f"it holds a {kind.__module__}.{kind.__qualname__}") from error

    def _note(self, value: Any, fresh: Any) -> Any:
        self._copies[id(value)] = fresh
        return fresh


def _is_simple(kind: type) -> bool:
    """Whether an object of a class is its attributes and nothing else."""
    same = ("__reduce_ex__", "__reduce__", "__new__", "__getstate__")
    return (
        all(getattr(kind, name) is getattr(object, name) for name in same)
        and not any("__slots__" in vars(base) for base in kind.__mro__[:-1])
        and not hasattr(kind, "__deepcopy__")
    )


def _is_immutable_value(value: Any) -> bool:
    """Whether a thing is no value of its own: it is held, not copied."""
    if isinstance(value, ModuleType) or callable(getattr(value, "fileno", None)):
        return True
    kind = type(value)
    if kind.__name__ == "Persona":
        raise CannotCopyError("it holds a persona")
    return kind.__module__ in ("_thread", "logging", "threading", "sqlite3") or (
        kind.__module__.partition(".")[0] == "ga_ooo"
    )

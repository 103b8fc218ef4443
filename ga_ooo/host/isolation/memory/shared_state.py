"""Finds the variables that moves share and change, and all code that has to do with them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any, Final, TypeAlias

from ga_ooo.host.isolation.memory.accesses import Access, accesses, attributes_of
from ga_ooo.host.isolation.memory.call_graph import HostFunction
from ga_ooo.host.isolation.memory.self_changes import changes_self, stored_on_self
from ga_ooo.host.isolation.memory.variables import (
    ABSENT,
    Variable,
    of_namespace,
    of_numpy_chance,
    of_object,
)

_Key: TypeAlias = tuple[Any, ...]

_UNCHANGING: Final = (str, bytes, int, float, complex, tuple, frozenset, type(None), range)
_NUMPY_CHANCE: Final = ("numpy chance",)
_IMMUTABLE_TYPE: Final = 1 << 8
"""Flag of classes whose methods cannot be replaced (``Py_TPFLAGS_IMMUTABLETYPE``)."""


@dataclass
class SharedState:
    """What moves share.

    Attributes:
        variables: those that some move changes.
        functions: those that use one of them.
        objects: those among the values whose methods change them.
    """

    variables: list[Variable] = field(default_factory=list)
    functions: list[HostFunction] = field(default_factory=list)
    objects: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class _Target:
    """What an access is about.

    Attributes:
        holder: module, class or function; the value is its attribute of this name.
        rest: attributes that are taken of the value, which is an object.
    """

    holder: Any
    name: str
    value: Any
    rest: tuple[str, ...]

    @property
    def keys(self) -> set[_Key]:
        """All that says that two accesses are about the same thing."""
        keys: set[_Key] = {(id(self.holder), self.name)}
        if not isinstance(self.value, _UNCHANGING) and self.value is not ABSENT:
            keys.add((id(self.value),))
        return keys

    def title(self) -> str:
        """For people."""
        owner = getattr(self.holder, "__qualname__", getattr(self.holder, "__name__", "?"))
        return f"{owner}.{self.name}"


def find_shared_state(
    modules: Mapping[str, ModuleType], functions: list[HostFunction]
) -> SharedState:
    """Read the source of a host.

    Args:
        modules: the host's, imported.
        functions: those that moves may call.
    """
    return _Finder(modules).find(functions)


class _Finder:
    def __init__(self, modules: Mapping[str, ModuleType]) -> None:
        self._host_modules = {id(module) for module in modules.values()}
        self._changed: set[_Key] = set()
        # Whoever takes such an attribute of anything may mean the one of the class.
        self._changed_in_classes: set[str] = set()
        self._found = SharedState()

    def find(self, functions: list[HostFunction]) -> SharedState:
        """Look twice: first for changes, then for all code that has to do with what changes."""
        seen = [(function, list(accesses(function))) for function in functions]
        for function, used in seen:
            for access in used:
                self._note_change(function, access)
            self._note_defaults(function, used)
        for function, used in seen:
            named = attributes_of(function.node) & self._changed_in_classes
            if named or any(self._uses_changed(function, access) for access in used):
                self._found.functions.append(function)
        return self._found

    # --- changes ------------------------------------------------------------------------------

    def _note_change(self, function: HostFunction, access: Access) -> None:
        if _draws_from_numpy(function, access):
            if _NUMPY_CHANCE not in self._changed:
                self._changed.add(_NUMPY_CHANCE)
                self._found.variables.append(of_numpy_chance(function.line(access.node)))
            return
        target = self._target(function, access)
        if not access.changes or target is None or not self._is_change(target, access):
            return
        if not (target.keys & self._changed):
            where = function.line(access.node)
            self._found.variables.append(
                of_namespace(target.title(), where, target.holder, target.name)
            )
        self._changed |= target.keys
        if isinstance(target.holder, type):
            self._changed_in_classes.add(target.name)
        can_be_guarded = not type(target.value).__flags__ & _IMMUTABLE_TYPE
        if access.changes == "call" and can_be_guarded and not self._is_object(target.value):
            self._found.objects.append(target.value)

    def _is_change(self, target: _Target, access: Access) -> bool:
        if access.changes == "call":
            if not target.rest or isinstance(target.value, (*_UNCHANGING, type, FunctionType)):
                return False
            part = target.value
            for name in target.rest[:-1]:
                part = getattr(part, name, None)
            return _is_value(part) and changes_self(part, target.rest[-1])
        if access.changes == "mutate" and not target.rest:
            # ``x += 1`` is bound anew as well, and is noted as that.
            return not isinstance(target.value, _UNCHANGING)
        return True

    def _note_defaults(self, function: HostFunction, used: Iterable[Access]) -> None:
        """Default arguments that can change, and are changed."""
        arguments = function.node.args.args[::-1]
        defaults = (getattr(function.function, "__defaults__", None) or ())[::-1]
        for argument, default in zip(arguments, defaults, strict=False):
            if isinstance(default, list | dict | set) and _changes_name(function, argument.arg):
                name = f"{function.name}({argument.arg}=...)"
                where = function.line(function.node)
                self._found.variables.append(of_object(name, where, default))
                self._found.functions.append(function)

    # --- uses ---------------------------------------------------------------------------------

    def _uses_changed(self, function: HostFunction, access: Access) -> bool:
        if _draws_from_numpy(function, access):
            return True
        target = self._target(function, access)
        if target is None:
            return False
        used = target.keys & self._changed
        # Calls of its methods are noticed there, and later.
        return bool(used) and not (target.rest and self._is_object(target.value))

    def _is_object(self, value: Any) -> bool:
        return any(value is thing for thing in self._found.objects)

    def _target(self, function: HostFunction, access: Access) -> _Target | None:
        first = function.node.args.args[0].arg if function.node.args.args else None
        if function.owner is not None and access.path[0] == first:
            return _of_class(function.owner, first == "cls", access)
        value = vars(function.module).get(access.path[0], ABSENT)
        holder: Any = function.module
        name, rest = access.path[0], access.path[1:]
        if value is ABSENT and access.changes != "store":
            return None
        while rest and isinstance(value, ModuleType | type | FunctionType):
            holder, name, rest = value, rest[0], rest[1:]
            value = _attribute(holder, name)
            if isinstance(holder, type):
                holder = next((base for base in holder.__mro__ if name in vars(base)), holder)
        if isinstance(holder, ModuleType) and id(holder) not in self._host_modules:
            return (
                None
                if holder.__spec__ is None or holder is sys
                else _value_only(holder, name, value, rest)
            )
        return _Target(holder, name, value, rest)


def _value_only(holder: ModuleType, name: str, value: Any, rest: tuple[str, ...]) -> _Target | None:
    """What another package holds is looked at where it is no function."""
    return _Target(holder, name, value, rest) if _is_value(value) and not callable(value) else None


def _attribute(holder: Any, name: str) -> Any:
    if isinstance(holder, type):
        for base in holder.__mro__:
            if name in vars(base):
                return vars(base)[name]
        return ABSENT
    return vars(holder).get(name, ABSENT)


def _of_class(owner: type, is_class: bool, access: Access) -> _Target | None:
    """An attribute of the class that a method belongs to, taken of ``self`` or ``cls``."""
    path = access.path[1:]
    if path[:1] == ("__class__",):
        is_class, path = True, path[1:]
    if not path:
        return None
    base = next((base for base in owner.__mro__ if path[0] in vars(base)), None)
    if is_class or issubclass(owner, type):
        holder = base or owner
        return _Target(holder, path[0], vars(holder).get(path[0], ABSENT), path[1:])
    if base is None or path[0] in stored_on_self(owner):  # type: ignore[arg-type] # of classes
        return None
    value = vars(base)[path[0]]
    if callable(value) or isinstance(value, (*_UNCHANGING, property, classmethod, staticmethod)):
        return None
    return _Target(base, path[0], value, path[1:])


def _is_value(value: Any) -> bool:
    """Whether something may change that has no place in a rehearsal."""
    if isinstance(value, (*_UNCHANGING, ModuleType, logging.Logger)) or value is ABSENT:
        return False
    return type(value).__module__.partition(".")[0] not in ("ga_ooo", "_thread", "re", "datetime")


def _draws_from_numpy(function: HostFunction, access: Access) -> bool:
    module = vars(function.module).get(access.path[0])
    name = getattr(module, "__name__", "")
    inner = access.path[1:]
    return access.changes != "store" and (
        (name == "numpy" and inner[:1] == ("random",) and len(inner) > 1)
        or (name == "numpy.random" and bool(inner))
    )


def _changes_name(function: HostFunction, name: str) -> bool:
    own = HostFunction(function.module, _without_arguments(function), function.owner, None)
    return any(a.path[0] == name and a.changes == "mutate" for a in accesses(own))


def _without_arguments(function: HostFunction) -> Any:
    """The function as if its arguments were somebody else's."""
    import ast
    import copy

    node = copy.deepcopy(function.node)
    node.args = ast.arguments([], [], None, [], [], None, [])
    return node

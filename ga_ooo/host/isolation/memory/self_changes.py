"""Whether a method changes the object that it is called on, read from its source."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from functools import lru_cache
from typing import Any, Final

from ga_ooo.host.checkout import source
from ga_ooo.host.isolation.memory.accesses import MUTATORS, accesses
from ga_ooo.host.isolation.memory.call_graph import FunctionNode, HostFunction

_CHANGING_VERBS: Final = (
    *("set", "add", "append", "update", "write", "push", "insert", "remove", "delete", "save"),
    *("log", "record", "inc", "put", "register", "train", "fit", "send", "commit", "execute"),
    *("store", "track", "count_", "next", "draw", "choice", "shuffle", "random", "sample", "seed"),
)
"""How the names of methods begin that change something, where there is no source to read."""


def changes_self(thing: Any, method: str, seen: frozenset[tuple[type, str]] = frozenset()) -> bool:
    """Whether a method may change an object. Where its source is not to be had, its name decides.

    Args:
        thing: the object.
        method: a name; the object need not have it.
    """
    kind = type(thing)
    if (kind, method) in seen:
        return False
    seen = seen | {(kind, method)}
    function = _function(kind, method)
    if function is None:
        return method in MUTATORS or method.startswith(_CHANGING_VERBS)
    own = function.node.args.args[0].arg if function.node.args.args else ""
    for access in accesses(function):
        if access.path[0] != own or not access.changes or len(access.path) < 2:
            continue
        if access.changes in ("store", "mutate"):
            return True
        name, *inner = access.path[1:]
        if not inner:
            if changes_self(thing, name, seen):
                return True
        elif _part_changes(getattr(thing, _mangled(kind, name), None), inner[-1], seen):
            return True
    return False


def _part_changes(part: Any, method: str, seen: frozenset[tuple[type, str]]) -> bool:
    if isinstance(part, str | bytes | int | float | tuple | frozenset | type(None)):
        return False
    return changes_self(part, method, seen)


def _mangled(kind: type, name: str) -> str:
    private = name.startswith("__") and not name.endswith("__")
    return f"_{kind.__name__.lstrip('_')}{name}" if private else name


def _function(kind: type, method: str) -> HostFunction | None:
    found = inspect.getattr_static(kind, method, None)
    found = getattr(found, "__func__", found)
    try:
        text = textwrap.dedent(inspect.getsource(found))
        node = source.parse_source(text.encode(), kind.__name__).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    if not isinstance(node, FunctionNode):
        return None
    return HostFunction(sys.modules.get(kind.__module__, inspect), node, kind, found)


@lru_cache
def stored_on_self(kind: type) -> set[str]:
    """Attributes that methods of a class bind on the object itself."""
    stored: set[str] = set()
    for base in kind.__mro__:
        try:
            tree = source.parse_source(textwrap.dedent(inspect.getsource(base)).encode(), "class")
        except (OSError, TypeError, SyntaxError):
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                stored.add(node.attr)
    return stored

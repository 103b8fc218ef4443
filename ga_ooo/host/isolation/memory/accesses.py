"""What a function of the host does to variables that outlive it, read from its source.

Names are resolved against the imported modules: a name is a global only if it is none of the
function's own, and what it holds now says what a method call on it can change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.host.isolation.memory.call_graph import FunctionNode, HostFunction

MUTATORS: Final = frozenset(
    {"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update", "add"}
    | {"setdefault", "popitem", "discard", "appendleft", "extendleft", "popleft", "rotate", "fill"}
    | {"difference_update", "intersection_update", "symmetric_difference_update", "subtract"}
    | {"move_to_end", "put", "resize", "seed", "setstate"}
)
"""Methods that change what they are called on, whatever that is."""


@dataclass(frozen=True)
class Access:
    """One use of a name that is not the function's own.

    Attributes:
        path: the name, and the attributes that are taken of it in turn.
        changes: the value at the end of the path is bound anew (``store``), changed in place
            (``mutate``), or a method of it is called (``call``); empty for a mere look.
        node: where.
    """

    path: tuple[str, ...]
    changes: str
    node: ast.AST


def accesses(function: HostFunction) -> Iterator[Access]:
    """Every access to something that is not the function's own, ``self`` and ``cls`` included."""
    yield from _in_scope(function.node, frozenset(), is_method=function.owner is not None)


def _in_scope(node: FunctionNode, around: frozenset[str], *, is_method: bool) -> Iterator[Access]:
    own, shared = _own_names(node)
    if is_method and node.args.args:
        # Of the object that a method belongs to, changes are told apart by who reads this.
        own = own - {node.args.args[0].arg}
    hidden = (around | own) - shared
    for statement in node.body:
        yield from _in_node(statement, hidden)


def _in_node(node: ast.AST, hidden: frozenset[str]) -> Iterator[Access]:
    if isinstance(node, FunctionNode):
        yield from _in_scope(node, hidden, is_method=False)
        return
    if isinstance(node, ast.Lambda):
        hidden = hidden | {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
    yield from _at_node(node, hidden)
    for child in ast.iter_child_nodes(node):
        yield from _in_node(child, hidden)


def _at_node(node: ast.AST, hidden: frozenset[str]) -> Iterator[Access]:
    if isinstance(node, ast.Call):
        yield from _call(node, hidden)
    elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        path, through = _path(node)
        if not path or path[0] in hidden:
            return
        if isinstance(node.ctx, ast.Load):
            yield Access(path, "", node)
        else:
            yield Access(path, "mutate" if through else "store", node)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute | ast.Name):
        path, _ = _path(node.target)
        if path and path[0] not in hidden:
            # A list changes in place, a number is bound anew.
            yield Access(path, "mutate", node)


def _call(node: ast.Call, hidden: frozenset[str]) -> Iterator[Access]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in ("next", "setattr", "delattr") and node.args:
        path, _ = _path(node.args[0])
        if path and path[0] not in hidden:
            yield Access(path, "mutate", node)
    if isinstance(called, ast.Attribute):
        path, through = _path(called.value)
        if path and path[0] not in hidden:
            changes = "mutate" if called.attr in MUTATORS else "" if through else "call"
            yield Access((*path, called.attr) if changes == "call" else path, changes, node)


def _path(node: ast.expr) -> tuple[tuple[str, ...], bool]:
    """The name at the root of an expression with the attributes after it, up to the first
    subscript; and whether there is one. No path where the root is no name."""
    attributes: list[str] = []
    through = False
    while True:
        if isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript):
            attributes.clear()
            through = True
            node = node.value
        elif isinstance(node, ast.Name):
            return (node.id, *reversed(attributes)), through
        else:
            return (), through


def _own_names(node: FunctionNode) -> tuple[frozenset[str], frozenset[str]]:
    """Names that a function binds, and those of them that it declares to be somebody else's."""
    own = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    shared: set[str] = set()
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Global | ast.Nonlocal):
            shared.update(part.names)
        elif isinstance(part, FunctionNode | ast.ClassDef):
            own.add(part.name)
            continue
        elif isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            own.add(part.id)
        elif isinstance(part, ast.ExceptHandler) and part.name:
            own.add(part.name)
        elif isinstance(part, ast.alias):
            own.add((part.asname or part.name).partition(".")[0])
        waiting.extend(ast.iter_child_nodes(part))
    return frozenset(own), frozenset(shared)


def attributes_of(node: Any) -> set[str]:
    """Names of all attributes that some source takes of anything."""
    return {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}

"""The normal form of a statement: equal for statements that do the same in different words."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from typing import Final

_EMPTY: Final = {"dict": "{}", "list": "[]"}
_TRANSPARENT: Final = frozenset({"tuple", "freeze"})
"""Calls that leave the value as the host compares it: an event as a tuple."""

_NO_STEP_LEFT: Final = ("int_counter <= 0", "int_counter < 1", "0 >= int_counter")
"""Ways to write that a run ends. Its number of steps is 1 or more, and decreases by 1."""

ITEM: Final = "item_"


def item_name(number: int, of: str) -> str:
    """The name in normal form of a variable of a ``for`` over the expression ``of``."""
    return f"{ITEM}{number}_of_{of}"


class _Normal(ast.NodeTransformer):
    """Replaces names by their values, and drops differences without a meaning."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in self._values:
            return copy.deepcopy(self._values[node.id])
        if isinstance(node.ctx, ast.Store) and isinstance(self._values.get(node.id), ast.Name):
            renamed = self._values[node.id]
            assert isinstance(renamed, ast.Name)
            return ast.Name(renamed.id, ast.Store())
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if text_of(node) in _NO_STEP_LEFT:
            return ast.parse("int_counter == 0", mode="eval").body
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in _EMPTY and not node.args and not node.keywords:
            return ast.parse(_EMPTY[name], mode="eval").body
        if name in _TRANSPARENT and len(node.args) == 1:
            return node.args[0]
        if name == "open":
            node.keywords = [word for word in node.keywords if word.arg != "encoding"]
        return node


def normal_form(node: ast.stmt, values: Mapping[str, ast.expr]) -> Iterator[ast.stmt]:
    """The statement in its normal form; a dictionary is filled key by key.

    Args:
        node: a simple statement, or a compound one, whose body is dropped.
        values: values of names that stand for them.
    """
    bare = copy.deepcopy(without_body(node))
    changed: ast.stmt = _Normal(values).visit(bare)
    if isinstance(changed, ast.AnnAssign) and changed.value is not None:
        changed = ast.Assign([changed.target], changed.value, lineno=node.lineno)
    yield from _by_key(changed)


def without_body(node: ast.stmt) -> ast.stmt:
    """A compound statement without the statements in it."""
    bare = copy.copy(node)
    for field in ("body", "handlers", "orelse", "finalbody"):
        if hasattr(bare, field):
            setattr(bare, field, [])
    return bare


def text_of(node: ast.AST) -> str:
    """The canonical source of a statement or expression."""
    return ast.unparse(node).strip()


def _by_key(node: ast.stmt) -> Iterator[ast.stmt]:
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Dict)
        and node.value.keys
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Subscript)
    ):
        target = node.targets[0]
        yield ast.Assign([target], ast.Dict([], []), lineno=node.lineno)
        for key, value in zip(node.value.keys, node.value.values, strict=True):
            if key is not None:
                item = ast.Subscript(copy.deepcopy(target), key, ast.Store())
                item.value.ctx = ast.Load()  # type: ignore[attr-defined]  # a target has one
                yield ast.Assign([item], value, lineno=node.lineno)
    else:
        yield node

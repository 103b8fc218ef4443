"""Names that statements use without having assigned them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence


def free_names(statements: Sequence[ast.stmt], bound: Iterable[str] = ()) -> set[str]:
    """Names that are used where no statement before, in the same branch, has assigned them.

    Args:
        bound: names that are assigned already.
    """
    return set(_free(statements, set(bound)))


def stored_names(node: ast.AST) -> set[str]:
    """Names that a statement or expression assigns or deletes."""
    return {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store | ast.Del)
    }


def _free(statements: Sequence[ast.stmt], bound: set[str]) -> Iterator[str]:
    for node in statements:
        match node:
            case ast.For(target=target, iter=items):
                yield from _used(items, bound)
                bound_inside = bound | stored_names(target)
                yield from _free(node.body, bound_inside)
                yield from _free(node.orelse, set(bound))
            case ast.With(items=managers, body=body):
                for manager in managers:
                    yield from _used(manager, bound)
                    bound |= stored_names(manager)
                yield from _free(body, bound)
            case ast.If(test=test) | ast.While(test=test):
                yield from _used(test, bound)
                yield from _free(node.body, set(bound))
                yield from _free(node.orelse, set(bound))
            case ast.Try(body=body, handlers=handlers):
                for part in (body, node.orelse, node.finalbody):
                    yield from _free(part, set(bound))
                for handler in handlers:
                    named = {handler.name} if handler.name else set()
                    yield from _free(handler.body, bound | named)
            case ast.AugAssign(target=target):
                yield from (stored_names(target) - bound) | _used(node, bound)
            case _:
                yield from _used(node, bound)
                bound |= stored_names(node)


def _used(node: ast.AST, bound: set[str]) -> set[str]:
    """Names that an expression or simple statement reads, without the variables of its own."""
    own = {
        name
        for each in ast.walk(node)
        if isinstance(each, ast.comprehension)
        for name in stored_names(each.target)
    }
    own |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    read = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
    return read - own - bound

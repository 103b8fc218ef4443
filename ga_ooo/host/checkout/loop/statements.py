"""The statements of a host's loop in the order in which they run, helper methods followed.

``start_server`` is read as one list of simple statements and heads of compound statements. A call
of a helper method that does work of the original's loop is replaced by the body of that method.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ga_ooo.host.checkout.loop.normal_form import (
    item_name,
    normal_form,
    text_of,
    without_body,
)
from ga_ooo.host.checkout.source import SERVER, find_definition

_OBJECT_EVENT: Final = ".get_curr_obj_event_and_desc()"

_MAZE_CHANGES: Final = frozenset(
    {
        *("add_event_from_tile", "remove_event_from_tile", "remove_subject_events_from_tile"),
        "turn_event_from_tile_idle",
    }
)
_MOVEMENT_FILE: Final = "/movement/"
_CLOCK: Final = frozenset({"self.step", "self.curr_time"})


class Part(StrEnum):
    """Where a statement stands."""

    START = "before the loop"
    TURN = "in each turn of the loop"
    MOVES = "between the moves of personas"
    END = "after the loop"


@dataclass(frozen=True)
class LoopStatement:
    """One statement.

    Attributes:
        node: the statement in its normal form, without the statements in it.
        source: its own source, for users.
        line: its line in ``reverie.py``.
        part: the part of the method in which it stands.
        heads: the compound statements around it in their normal form, the outermost first; not
            the loop itself. ``else of if x:`` stands for the other branch of a condition.
        origin: the statement in the source, with the statements in it.
        around: the compound statements around it in the source, the outermost first.
    """

    node: ast.stmt
    source: str
    line: int
    part: Part
    heads: tuple[str, ...]
    origin: ast.stmt
    around: tuple[ast.stmt, ...] = ()

    @property
    def text(self) -> str:
        """Its normal form as text."""
        return text_of(self.node)

    @property
    def method(self) -> str | None:
        """The method of the server that it calls without arguments, if it does nothing else."""
        value = self.node.value if isinstance(self.node, ast.Expr) else None
        if not isinstance(value, ast.Call) or value.args or value.keywords:
            return None
        return self_method(value)


def loop_statements(module: ast.Module) -> list[LoopStatement] | None:
    """The statements of ``start_server``; None if none of its loops moves personas."""
    methods = server_methods(module)
    start = methods.get("start_server")
    moving = _methods_that_move(methods)
    if start is None:
        return None
    for number, statement in enumerate(start.body):
        if isinstance(statement, ast.While) and _moves(statement, moving):
            reader = _Reader(methods, moving, _followed(methods, moving))
            reader.learn(start.body)
            return [
                *reader.read(start.body[:number], Part.START),
                *reader.head(statement, Part.START, ()),
                *reader.read(statement.body, Part.TURN),
                *reader.read([*statement.orelse, *start.body[number + 1 :]], Part.END),
            ]
    return None


def server_methods(module: ast.Module) -> dict[str, ast.FunctionDef]:
    """The methods of ``ReverieServer``."""
    server = find_definition(module, SERVER)
    if not isinstance(server, ast.ClassDef):
        return {}
    return {node.name: node for node in server.body if isinstance(node, ast.FunctionDef)}


def self_method(node: ast.AST) -> str | None:
    """The method that a call ``self.method(...)`` calls; None for any other node."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "self"
    ):
        return node.func.attr
    return None


def _methods_that_move(methods: Mapping[str, ast.FunctionDef]) -> set[str]:
    """Methods of the server in which personas move, also through other methods."""
    moving: set[str] = set()
    while True:
        more = {name for name, body in methods.items() if _moves(body, moving)} - moving
        if not more:
            return moving
        moving |= more


def _followed(methods: Mapping[str, ast.FunctionDef], moving: set[str]) -> set[str]:
    """Methods of the server that do work of the original's loop."""
    return moving | {name for name, body in methods.items() if _does_loop_work(body)}


def _does_loop_work(body: ast.FunctionDef) -> bool:
    changes = (ast.Assign, ast.AugAssign, ast.AnnAssign)
    for node in ast.walk(body):
        if isinstance(node, ast.Attribute) and node.attr in _MAZE_CHANGES:
            return True
        if isinstance(node, ast.Constant) and node.value == _MOVEMENT_FILE:
            return True
        if isinstance(node, changes):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not {ast.unparse(each) for each in targets}.isdisjoint(_CLOCK):
                return True
    return False


def _moves(node: ast.AST, moving: set[str]) -> bool:
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and (each.func.attr == "move" or self_method(each) in moving)
        for each in ast.walk(node)
    )


class _Reader:
    """Flattens statements.

    Args:
        methods: of the server.
        moving: those in which personas move.
        followed: those whose statements are read in the place of a call.
    """

    def __init__(
        self, methods: Mapping[str, ast.FunctionDef], moving: set[str], followed: set[str]
    ) -> None:
        self._methods = methods
        self._moving = moving
        self._followed = followed
        self._inside: list[str] = []
        self._around: list[ast.stmt] = []
        self._values: dict[str, ast.expr] = {}

    def learn(self, body: Sequence[ast.stmt]) -> None:
        """Learn which names stand for the event of an object, and which for items of a loop."""
        for statement in body:
            for each in ast.walk(statement):
                if isinstance(each, ast.For):
                    self._learn_items(each)
        assigned = [
            node
            for statement in body
            for node in ast.walk(statement)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        ]
        names = Counter(text_of(node.targets[0]) for node in assigned)
        for node in assigned:
            name = text_of(node.targets[0])
            value = self._normal(node.value)
            if text_of(value).endswith(_OBJECT_EVENT) and names[name] == 1:
                self._values[name] = value

    def _normal(self, value: ast.expr) -> ast.expr:
        (normal,) = normal_form(ast.Expr(value, lineno=value.lineno), self._values)
        assert isinstance(normal, ast.Expr)
        return normal.value

    def _learn_items(self, loop: ast.For) -> None:
        targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
        for number, target in enumerate(targets):
            if isinstance(target, ast.Name):
                name = item_name(number, text_of(self._normal(loop.iter)))
                self._values.setdefault(target.id, ast.Name(name, ast.Load()))

    def read(
        self, body: Sequence[ast.stmt], part: Part, heads: tuple[str, ...] = ()
    ) -> Iterator[LoopStatement]:
        """The statements of a body."""
        for node in body:
            call = node.value if isinstance(node, ast.Expr) else None
            helper = self_method(call) if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and helper in self._followed - set(self._inside):
                yield from self._inside_of(self._methods[str(helper)], call, part, heads)
                continue
            own = tuple(self.head(node, part, heads))
            yield from own
            inner = part
            if isinstance(node, ast.For) and part is Part.TURN and _moves(node, self._moving):
                inner = Part.MOVES
            self._around.append(node)
            for field in ("body", "handlers", "orelse", "finalbody"):
                for child in getattr(node, field, ()):
                    below = self._after_error(node, child) if field == "handlers" else [child]
                    yield from self.read(below, inner, (*heads, *_head_of(own, field)))
            self._around.pop()

    def _after_error(self, node: ast.stmt, handler: ast.ExceptHandler) -> list[ast.stmt]:
        """The statements of a handler. That it ends the run where a move fails is left out: the
        engine does so too, at a saved step."""
        ends = isinstance(handler.body[-1], ast.Break | ast.Return | ast.Raise)
        return handler.body[:-1] if ends and _moves(node, self._moving) else handler.body

    def head(self, node: ast.stmt, part: Part, heads: tuple[str, ...]) -> Iterator[LoopStatement]:
        """A simple statement, or the head of a compound one; nothing for texts and ``try``."""
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.Try) or is_text:
            return
        source = text_of(without_body(node))
        for normal in normal_form(node, self._values):
            yield LoopStatement(normal, source, node.lineno, part, heads, node, tuple(self._around))

    def _inside_of(
        self, method: ast.FunctionDef, call: ast.Call, part: Part, heads: tuple[str, ...]
    ) -> Iterator[LoopStatement]:
        """The statements of a helper method, its parameters named as the arguments."""
        before = dict(self._values)
        names = [argument.arg for argument in method.args.args[1:]]
        given = {**dict(zip(names, call.args, strict=False))}
        given |= {word.arg: word.value for word in call.keywords if word.arg is not None}
        self._values |= {name: value for name, value in given.items() if not _is_same(name, value)}
        self.learn(method.body)
        self._inside.append(method.name)
        yield from self.read(method.body, part, heads)
        self._inside.pop()
        self._values = before


def _head_of(own: Sequence[LoopStatement], field: str) -> tuple[str, ...]:
    """The head for the statements in one part of a compound statement; none in a ``try``."""
    if not own:
        return ()
    return (f"else of {own[0].text}" if field == "orelse" else own[0].text,)


def _is_same(name: str, value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id == name

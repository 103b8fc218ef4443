"""Statements of a fork at the end of a turn, which the engine runs in their place between steps.

At the end of a turn all personas are at one step. A statement there that uses nothing of the loop
but the server finds everything as in the host's own loop, if the engine stops all personas there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

from ga_ooo.host.checkout.loop.effects import OF_THE_LOOP
from ga_ooo.host.checkout.loop.free_names import free_names, stored_names
from ga_ooo.host.checkout.loop.normal_form import without_body
from ga_ooo.host.checkout.loop.statements import LoopStatement, Part

_FREE: Final = frozenset({"self", "sim_folder"})
"""Variables of the loop that such a statement may use."""

_NOT_ITS_OWN: Final = frozenset(
    {"self.curr_time", "self.maze", "self.personas", "self.personas_tile", "self.step"}
)
"""What the engine changes itself, so that nobody else may."""

_CONTROL: Final = (
    *(ast.AsyncFunctionDef, ast.Await, ast.ClassDef, ast.FunctionDef, ast.Global, ast.Nonlocal),
    *(ast.Return, ast.Yield, ast.YieldFrom),
)
_LOOKS_AROUND: Final = frozenset({"__class__", "eval", "exec", "locals", "super", "vars"})
_FILES_OF_THE_LOOP: Final = ("environment", "/movement")


@dataclass(frozen=True)
class TurnWork:
    """Statements that run between two steps, with all personas at one step.

    Attributes:
        before_count: while the step that was taken is still the current one.
        after_count: when the next step is.
    """

    before_count: tuple[ast.stmt, ...] = ()
    after_count: tuple[ast.stmt, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.before_count or self.after_count)


def work_at_the_end(
    statements: Sequence[LoopStatement],
    done: Collection[int],
    counted: Collection[int],
    refused: Iterable[LoopStatement],
    parameters: Collection[str],
) -> tuple[TurnWork, list[LoopStatement]]:
    """The statements that can run between steps, and those of ``refused`` that cannot.

    Args:
        statements: of the loop, in their order.
        done: positions of those that the engine does.
        counted: positions of those that count the step and the time.
        refused: statements with work of the fork.
        parameters: of the methods of the server.
    """
    position = {id(each): number for number, each in enumerate(statements)}
    last_move = max(
        (number for number, each in enumerate(statements) if each.part is Part.MOVES),
        default=len(statements),
    )
    done_nodes = {id(node) for number in done for node in _chain(statements[number])}
    before: dict[int, ast.stmt] = {}
    after: dict[int, ast.stmt] = {}
    rest = []
    for statement in refused:
        number = position[id(statement)]
        root = next(each for each in _chain(statement) if id(each) not in done_nodes)
        names = _local_names(statements, root) | set(parameters)
        if number < last_move or not _is_independent(root, statement, names):
            rest.append(statement)
        elif counted and number < min(counted):
            before[id(root)] = root
        elif counted and number > max(counted):
            after[id(root)] = root
        else:
            rest.append(statement)
    return TurnWork(tuple(before.values()), tuple(after.values())), rest


def compile_work(
    statements: Sequence[ast.stmt], path: str, names: dict[str, Any]
) -> Callable[[Any, str], None]:
    """A function of the server and the folder of the simulation that runs the statements.

    Args:
        path: of ``reverie.py``, for its error messages.
        names: the global names of that module.
    """
    code = compile(_as_module(statements), path, "exec", dont_inherit=True)
    (body,) = (each for each in code.co_consts if hasattr(each, "co_code"))
    return FunctionType(body, names)


def _as_module(statements: Sequence[ast.stmt]) -> ast.Module:
    module = ast.parse("def work(self, sim_folder): pass")
    (function,) = module.body
    assert isinstance(function, ast.FunctionDef)
    function.body = list(statements) or function.body
    return ast.fix_missing_locations(module)


def _chain(statement: LoopStatement) -> tuple[ast.stmt, ...]:
    return (*statement.around, statement.origin)


def _is_independent(root: ast.stmt, statement: LoopStatement, names: Collection[str]) -> bool:
    """Whether a statement needs nothing of the loop but the server, and changes nothing of it."""
    before_root = statement.around[: _chain(statement).index(root)]
    if statement.part is not Part.TURN or not all(isinstance(n, ast.If) for n in before_root):
        return False
    if any(head.startswith("else of") for head in statement.heads[: len(before_root)]):
        return False
    if free_names([root]) & ((set(names) | OF_THE_LOOP | _LOOKS_AROUND) - _FREE):
        return False
    if stored_names(root) & OF_THE_LOOP:
        return False
    text = ast.unparse(root)
    if any(each in text for each in _FILES_OF_THE_LOOP):
        return False
    for node in ast.walk(root):
        if isinstance(node, _CONTROL) or _is_changed(node):
            return False
    try:
        compile(_as_module([root]), "loop", "exec", dont_inherit=True)
    except SyntaxError:
        # A `break` or `continue` of the host's own loop.
        return False
    return True


def _is_changed(node: ast.AST) -> bool:
    """Whether a node is the target of a change to the clock or the places of personas."""
    while isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        node = node.value
        if ast.unparse(node) in _NOT_ITS_OWN:
            return True
    is_target = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
    return is_target and ast.unparse(node) in _NOT_ITS_OWN


def _local_names(statements: Iterable[LoopStatement], root: ast.stmt) -> set[str]:
    """Names that the loop assigns outside of ``root``."""
    return {
        name
        for statement in statements
        if root not in _chain(statement)
        for name in stored_names(without_body(statement.origin))
    }

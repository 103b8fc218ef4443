"""At which steps a statement of the loop can do anything, such as ``if self.step % 100 == 0: ...``.

All personas wait for each other where the work of a fork is done. They need not where its
condition is known to be false.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import SimpleNamespace
from typing import Final

_STEP: Final = "self.step"

_OPERATIONS: Final = (
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.Load),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Mod, ast.FloorDiv),
    *(ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)


def step_guard(statement: ast.stmt) -> Callable[[int], bool]:
    """Whether a statement can do anything at a step, as far as its condition depends on the step.

    Args:
        statement: one at the end of a turn of the loop.
    """
    if not isinstance(statement, ast.If) or statement.orelse:
        return _always
    conditions = _first_conditions(statement.test)
    if not conditions:
        return _always
    test = ast.BoolOp(ast.And(), conditions) if len(conditions) > 1 else conditions[0]
    code = compile(ast.fix_missing_locations(ast.Expression(test)), "loop", "eval")

    def can_act(step: int) -> bool:
        try:
            # Numbers, operators and ``self.step`` only.
            return bool(eval(code, {"__builtins__": {}, "self": SimpleNamespace(step=step)}))
        except ArithmeticError:
            return True

    return can_act


def is_guarded(statement: ast.stmt) -> bool:
    """Whether there are steps at which a statement is known to do nothing."""
    return step_guard(statement) is not _always


def _always(step: int) -> bool:
    return True


def _first_conditions(test: ast.expr) -> list[ast.expr]:
    """The conditions that are looked at first and depend on the step alone; all must hold."""
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    found: list[ast.expr] = []
    for part in parts:
        if not _depends_on_step(part):
            break
        found.append(part)
    return found


def _depends_on_step(expression: ast.expr) -> bool:
    """Whether the value depends on ``self.step`` and numbers alone."""
    if isinstance(expression, ast.Attribute):
        return ast.unparse(expression) == _STEP
    if isinstance(expression, ast.Constant):
        return isinstance(expression.value, int)
    if not isinstance(expression, _OPERATIONS):
        return False
    return all(
        _depends_on_step(child) if isinstance(child, ast.expr) else isinstance(child, _OPERATIONS)
        for child in ast.iter_child_nodes(expression)
    )

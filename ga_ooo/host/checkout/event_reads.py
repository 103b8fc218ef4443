"""Whether the truth value of the events of a far tile ever has an effect in the host.

The host's ``perceive`` evaluates ``if tile["events"]`` for every tile of its square, and then at
once compares the arena of the tile with its own. If host code does nothing else with that truth
value, the value for a tile of another arena has no effect, so it can be given before the events
there are known. A fork that does more gets sets that are true out of sight (see
:class:`~ga_ooo.host.world.views.TileEvents`), which is slower and always right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.foreign_files import is_foreign
from ga_ooo.host.checkout.source import LOOP_FILE, parse

_OWN_LOOP: Final = {LOOP_FILE, "maze.py", "test.py"}
"""Files whose reads of events do not count: the engine replaces the loop, and the others take no
part in a move."""


def ignores_far_events(backend: Path) -> bool:
    """Whether no truth value of the events of a tile in another arena has an effect in the host.

    Args:
        backend: folder with the modules of the host.

    Returns:
        False also for a host that cannot be parsed.
    """
    try:
        return all(
            _hands_out_no_events(module) and (path.name in _OWN_LOOP or _harmless(module))
            for path in backend.rglob("*.py")
            if not is_foreign(path.name)
            for module in [parse(path)]
        )
    except (SyntaxError, OSError):
        return False


def _hands_out_no_events(module: ast.Module) -> bool:
    """Whether no read of ``[...]["events"]`` is an argument of a call, such as ``len``."""
    return not any(
        _is_events(argument)
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        for argument in node.args
    )


def _harmless(module: ast.Module) -> bool:
    """Whether every read of ``[...]["events"]`` is an iteration, or a test before an arena test."""
    allowed: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.If) and _is_events(node.test) and _tests_arena_next(node):
            allowed.add(id(node.test))
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            if _is_events(node.values[0]) and _tests_arena(node.values[1]):
                allowed.add(id(node.values[0]))
        elif isinstance(node, (ast.For, ast.comprehension)):
            allowed.add(id(node.iter))
        elif isinstance(node, ast.BinOp):
            # Lists of memories under the same key (``retrieved["events"]``): sets have no ``+``.
            allowed.update((id(node.left), id(node.right)))
        elif isinstance(node, ast.Assign) and _is_events(node.value):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if len(names) == len(node.targets) and _only_iterated(module, names):
                allowed.add(id(node.value))
    return all(id(read) in allowed for read in ast.walk(module) if _is_events(read))


def _is_events(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == "events"
        and isinstance(node.ctx, ast.Load)
    )


def _tests_arena_next(node: ast.If) -> bool:
    if node.orelse or len(node.body) != 1:
        return False
    inner = node.body[0]
    return isinstance(inner, ast.If) and not inner.orelse and _tests_arena(inner.test)


def _tests_arena(test: ast.expr) -> bool:
    """Whether it is ``maze.get_tile_path(..., "arena") == ...``."""
    return (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and isinstance(test.left, ast.Call)
        and isinstance(test.left.func, ast.Attribute)
        and test.left.func.attr == "get_tile_path"
        and any(isinstance(arg, ast.Constant) and arg.value == "arena" for arg in test.left.args)
    )


def _only_iterated(module: ast.Module, names: Iterable[str]) -> bool:
    """Whether each read of these names is the iterable of a ``for``."""
    wanted = set(names)
    iterated = {
        id(node.iter) for node in ast.walk(module) if isinstance(node, (ast.For, ast.comprehension))
    }
    return all(
        id(node) in iterated
        for node in ast.walk(module)
        if isinstance(node, ast.Name) and node.id in wanted and isinstance(node.ctx, ast.Load)
    )

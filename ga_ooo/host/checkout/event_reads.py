"""Whether host code ever lets the mere presence of events on a far tile decide anything.

The host's ``perceive`` asks ``if tile["events"]`` of every tile of its square and then, before
anything else, whether the tile is in its own arena. Where that is all that host code does,
a tile of another arena may answer without being settled: neither answer has any effect. A fork
that does more gets lazy sets that are true out of sight (see :class:`~ga_ooo.host.world.views
.TileEvents`), which is slower and always right.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.source import LOOP_FILE, parse

_OWN_LOOP: Final = {LOOP_FILE, "maze.py", "test.py"}
"""Files whose reads of events the engine replaces (the loop) or that take no part in a move."""


def ignores_far_events(backend: Path) -> bool:
    """Whether all truth tests of tile events in the host's modules are of the harmless form."""
    try:
        return all(
            _hands_no_events_out(module) and (path.name in _OWN_LOOP or _harmless(module))
            for path in backend.rglob("*.py")
            for module in [parse(path)]
        )
    except (SyntaxError, OSError):
        return False


def _hands_no_events_out(module: ast.Module) -> bool:
    """No read of ``[...]["events"]`` goes straight into a function, such as ``len``."""
    return not any(
        _is_events(argument)
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        for argument in node.args
    )


def _harmless(module: ast.Module) -> bool:
    """Every read of ``[...]["events"]`` is iterated, or tested with the arena asked at once."""
    allowed: set[int] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.If) and _is_events(node.test) and _asks_arena_first(node):
            allowed.add(id(node.test))
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            if _is_events(node.values[0]) and _asks_arena(node.values[1]):
                allowed.add(id(node.values[0]))
        elif isinstance(node, (ast.For, ast.comprehension)):
            allowed.add(id(node.iter))
        elif isinstance(node, ast.BinOp):
            # Lists of memories under the same name (``retrieved["events"]``): no set adds up.
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


def _asks_arena_first(node: ast.If) -> bool:
    if node.orelse or len(node.body) != 1:
        return False
    inner = node.body[0]
    return isinstance(inner, ast.If) and not inner.orelse and _asks_arena(inner.test)


def _asks_arena(test: ast.expr) -> bool:
    """``maze.get_tile_path(..., "arena") == ...``."""
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
    """Whether the names are read nowhere but as what a ``for`` goes over."""
    wanted = set(names)
    iterated = {
        id(node.iter) for node in ast.walk(module) if isinstance(node, (ast.For, ast.comprehension))
    }
    return all(
        id(node) in iterated
        for node in ast.walk(module)
        if isinstance(node, ast.Name) and node.id in wanted and isinstance(node.ctx, ast.Load)
    )

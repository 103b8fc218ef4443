"""How the host's class ``Maze`` finds and reads its files, found out from its source.

Forks differ: upstream reads the folder ``env_matrix`` of ``utils.py``, others the folder that
``maze_name`` names, or one that is written in ``maze.py``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ga_ooo.host.checkout import source

META_FILE: Final = "maze_meta_info.json"

_FILE: Final = "maze.py"
_LAYER_ENDING: Final = "_maze.csv"
_READER: Final = "read_file_to_list"


@dataclass(frozen=True)
class MazeSource:
    """What the source of ``Maze`` relies on.

    Attributes:
        reads_first_lines: each layer is the first line of its file. False if the fork reads its
            layers in another way; the layers cannot be checked then.
        names_from_files: it gives places the names in the files. False if its constructor takes
            more than ``maze_name``, such as a table of other names.
        meta_keys: keys that it reads from ``maze_meta_info.json``.
        needs_whole_width: it counts with ``maze_width`` as it is written, so that must be a whole
            number and no text.
    """

    reads_first_lines: bool
    names_from_files: bool
    meta_keys: tuple[str, ...]
    needs_whole_width: bool


def read_maze_source(backend: Path) -> MazeSource:
    """Read the source of ``Maze``."""
    maze = _maze(_parse(backend))
    nodes = [] if maze is None else list(ast.walk(maze))
    meta = {target for node in nodes for target in _loaded_json(node)}
    keys = [
        node.slice.value
        for node in nodes
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in meta
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]
    construct = _constructor(maze)
    return MazeSource(
        reads_first_lines=_reads_first_lines(nodes),
        names_from_files=construct is not None and len(construct.args.args) == 2,
        meta_keys=tuple(dict.fromkeys(keys)),
        needs_whole_width=any(map(_steps_by_subscript, nodes)),
    )


def matrix_in_source(backend: Path, names: Mapping[str, str], maze_name: str) -> str | None:
    """The folder of matrix files that ``Maze(maze_name)`` opens.

    Args:
        backend: folder of ``maze.py``.
        names: the text variables of ``utils.py``.
        maze_name: the argument of the constructor.

    Returns:
        as the host sees it, that is, relative to its backend folder; None if it does not follow
        from the source.
    """
    module = _parse(backend)
    construct = _constructor(_maze(module))
    if construct is None:
        return None
    known = {**names, **source.text_constants(module)}
    if len(construct.args.args) > 1:
        known[construct.args.args[1].arg] = maze_name
    for statement in _statements(construct.body):
        for path in _opened(statement):
            text = source.text_value(path, known)
            if text is not None and PurePosixPath(text).name == META_FILE:
                return str(PurePosixPath(text).parent)
        if isinstance(statement, ast.Assign):
            value = source.text_value(statement.value, known)
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    known.pop(target.id, None)
                    if value is not None:
                        known[target.id] = value
    return None


def _parse(backend: Path) -> ast.Module:
    """``maze.py``; empty if it is no Python 3, which the import of the host and doctor name."""
    try:
        return source.parse(backend / _FILE)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def _maze(module: ast.Module) -> ast.ClassDef | None:
    found = source.find_definition(module, "Maze")
    return found if isinstance(found, ast.ClassDef) else None


def _constructor(maze: ast.ClassDef | None) -> ast.FunctionDef | None:
    for node in [] if maze is None else maze.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            return node
    return None


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in the order of the source, those inside of others after them."""
    for statement in body:
        yield statement
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, []))


def _opened(statement: ast.stmt) -> Iterator[ast.expr]:
    """The paths that a statement opens, without those of the statements inside of it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        inner = [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.stmt)]
        waiting = inner + waiting
        if isinstance(node, ast.Call) and _called(node) == "open" and node.args:
            yield node.args[0]


def _loaded_json(node: ast.AST) -> Iterator[str]:
    """Names of the variables that a statement sets to the content of a JSON file."""
    if isinstance(node, ast.Assign) and _called(node.value) in ("load", "loads"):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _called(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def _reads_first_lines(nodes: list[ast.AST]) -> bool:
    """Whether each read of a layer takes the first row of ``read_file_to_list``."""
    endings = {
        target.id: _ending(node.value)
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    reads = [
        node
        for node in nodes
        if isinstance(node, ast.Call) and _called(node) == _READER and node.args
        if _ending_of(node.args[0], endings).endswith(_LAYER_ENDING)
    ]
    first = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == 0
    }
    return bool(reads) and all(id(read) in first for read in reads)


def _ending_of(path: ast.expr, endings: Mapping[str, str]) -> str:
    return endings.get(path.id, "") if isinstance(path, ast.Name) else _ending(path)


def _ending(value: ast.expr) -> str:
    """The text at the end of a text expression, as far as it is written there."""
    if isinstance(value, ast.JoinedStr) and value.values:
        return _ending(value.values[-1])
    if isinstance(value, ast.BinOp):
        return _ending(value.right)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return value.value
    return ""


def _steps_by_subscript(node: ast.AST) -> bool:
    """Whether this is ``range(a, b, meta_info["maze_width"])``."""
    return (
        isinstance(node, ast.Call)
        and _called(node) == "range"
        and len(node.args) == 3
        and isinstance(node.args[2], ast.Subscript)
    )

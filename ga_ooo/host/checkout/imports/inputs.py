"""Files and environment variables that a host reads while it is imported."""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.imports.modules import SourceModule


@dataclass(frozen=True)
class ReadFile:
    """A file that a module opens for reading at its top level.

    Attributes:
        path: its path, resolved relative to the backend folder, the host's working folder.
        file: the module, relative to the backend folder.
        line: where it opens the file.
        keys: keys of the JSON object in it that host code looks up.
    """

    path: Path
    file: str
    line: int
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadVariable:
    """An environment variable that a module needs at its top level.

    Attributes:
        name: of the variable.
        file: the module, relative to the backend folder.
        line: where it is read.
    """

    name: str
    file: str
    line: int


def missing_inputs(backend: Path, modules: Collection[SourceModule]) -> list[HostError]:
    """One error for each file or variable that the host needs and that does not exist.

    Args:
        backend: folder of ``reverie.py``.
        modules: the modules of the host.
    """
    files: dict[Path, ReadFile] = {}
    variables: dict[str, ReadVariable] = {}
    for module in modules:
        for read in _reads(module, backend, modules):
            if isinstance(read, ReadVariable):
                variables.setdefault(read.name, read)
            else:
                files.setdefault(read.path, read)
    return [
        *(_missing_file(read) for read in files.values() if not read.path.exists()),
        *(_missing_variable(read) for read in variables.values() if read.name not in os.environ),
    ]


def _missing_file(read: ReadFile) -> HostError:
    keys = f" It is a JSON object with the keys {', '.join(read.keys)}." if read.keys else ""
    return HostError(
        f"{read.path} is missing: {read.file} reads it in line {read.line}, when it is imported",
        f"write it as the README of the host says.{keys}",
    )


def _missing_variable(read: ReadVariable) -> HostError:
    return HostError(
        f"the environment variable {read.name} is not set: {read.file} reads it in line "
        f"{read.line}, when it is imported",
        f"set it: export {read.name}=...",
    )


def _reads(
    module: SourceModule, backend: Path, modules: Iterable[SourceModule]
) -> Iterator[ReadFile | ReadVariable]:
    known: dict[str, str] = {}
    set_here: set[str] = set()
    for node in _run_at_import(module.tree.body):
        if isinstance(node, ast.Assign):
            text = _path(node.value, known)
            for target in node.targets:
                if isinstance(target, ast.Name) and text is not None:
                    known[target.id] = text
                if _is_environment(target) and isinstance(target, ast.Subscript):
                    set_here.add(ast.unparse(target.slice))
        elif isinstance(node, ast.Call) and _opens_for_reading(node):
            text = _path(node.args[0], known)
            if text is not None:
                keys = tuple(_keys(node, module, modules))
                yield ReadFile((backend / text).resolve(), module.file, node.lineno, keys)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            name = node.slice.value if isinstance(node.slice, ast.Constant) else None
            is_needed = _is_environment(node) and ast.unparse(node.slice) not in set_here
            if is_needed and isinstance(name, str):
                yield ReadVariable(name, module.file, node.lineno)


def _run_at_import(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Nodes that always run at an import: not those in functions, conditions and ``try``."""
    for node in body:
        optional = (
            ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.If | ast.Try | ast.IfExp
        )
        if not isinstance(node, optional):
            yield node
            yield from _run_at_import(ast.iter_child_nodes(node))


def _opens_for_reading(call: ast.Call) -> bool:
    if not (isinstance(call.func, ast.Name) and call.func.id == "open" and call.args):
        return False
    given = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "mode")]
    modes = [mode.value if isinstance(mode, ast.Constant) else "?" for mode in given]
    return all(isinstance(mode, str) and set(mode) <= set("rbt") for mode in modes)


def _is_environment(node: ast.AST) -> bool:
    return isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("os.environ", "environ")


def _path(value: ast.expr, known: dict[str, str]) -> str | None:
    """Text of a path that follows from the source; None for any other expression."""
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else None
    if isinstance(value, ast.Name):
        return known.get(value.id)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div | ast.Add):
        left, right = _path(value.left, known), _path(value.right, known)
        between = "/" if isinstance(value.op, ast.Div) else ""
        return None if left is None or right is None else f"{left}{between}{right}"
    if isinstance(value, ast.Call) and ast.unparse(value.func) in (
        *("Path", "pathlib.Path", "str", "os.path.join", "os.path.abspath"),
    ):
        parts = [_path(each, known) for each in value.args]
        texts = [part for part in parts if part is not None]
        return "/".join(texts) if texts and len(texts) == len(parts) else None
    return None


def _keys(opened: ast.Call, module: SourceModule, modules: Iterable[SourceModule]) -> Iterator[str]:
    """Keys that host code looks up in the object that it loads from an opened file."""
    names = set(_loaded_names(opened, module.tree))
    found: dict[str, None] = {}
    for each in modules:
        shared = {
            alias.asname or alias.name
            for node in ast.walk(each.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(each.tree):
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.value, ast.Name)
                and node.value.id in (names if each is module else names & shared)
                and isinstance(node.slice, ast.Constant)
                and isinstance(node.slice.value, str)
            ):
                found[node.slice.value] = None
    yield from sorted(found)


def _loaded_names(opened: ast.Call, tree: ast.Module) -> Iterator[str]:
    """Names that ``json.load`` is assigned to, of the ``with`` statement that opens the file."""
    for node in tree.body:
        if isinstance(node, ast.With) and any(item.context_expr is opened for item in node.items):
            for inner in node.body:
                if isinstance(inner, ast.Assign) and "load" in ast.unparse(inner.value):
                    yield from (each.id for each in inner.targets if isinstance(each, ast.Name))

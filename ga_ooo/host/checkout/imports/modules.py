"""The modules that ``import reverie`` imports, found without running them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.source import LOOP_FILE, parse

_ALWAYS_REPLACED: Final = frozenset({"openai"})
"""Packages that a run replaces even if the host has a module of that name."""


@dataclass(frozen=True)
class SourceModule:
    """One module of a host.

    Attributes:
        path: its file.
        file: the same, relative to the backend folder.
        tree: its syntax tree.
        local: modules of the host that it star-imports.
        stars: names of other modules that it star-imports, such as ``utils`` where there is none.
    """

    path: Path
    file: str
    tree: ast.Module
    local: tuple[Path, ...]
    stars: tuple[str, ...]


@dataclass(frozen=True)
class ImportedName:
    """One import statement at the top level of a module.

    Attributes:
        module: absolute dotted name of the imported module.
        files: its files in the backend folder: packages first; empty for a module of elsewhere.
        is_star: whether all of its names are imported.
        names: those that ``from ... import`` takes from it.
        line: of the statement.
    """

    module: str
    files: tuple[Path, ...]
    is_star: bool
    names: tuple[str, ...] = ()
    line: int = 0


def reachable_modules(backend: Path) -> list[SourceModule]:
    """The modules of the host that ``import reverie`` imports, ``reverie`` first.

    Only imports that always run count: imports inside functions and ``try`` are optional.

    Raises:
        SyntaxError: a file of the host is not Python 3.
        OSError: a file cannot be read.
    """
    found: dict[Path, SourceModule] = {}
    waiting = [backend / LOOP_FILE]
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        tree = parse(path)
        imported = list(top_level_imports(tree, path, backend))
        found[path] = SourceModule(
            path,
            path.relative_to(backend).as_posix(),
            tree,
            tuple(each.files[-1] for each in imported if each.is_star and each.files),
            tuple(each.module for each in imported if each.is_star and not each.files),
        )
        waiting += [file for each in imported for file in each.files]
    return list(found.values())


def outside_imports(
    backend: Path, is_replaced: Callable[[ImportedName], bool] = lambda _: False
) -> dict[str, str]:
    """Packages outside of the host and the standard library that ``import reverie`` needs.

    Args:
        backend: folder of ``reverie.py``.
        is_replaced: whether a run replaces what a statement imports, so that it is not needed.

    Returns:
        from the name of the package to the file that imports it.

    Raises:
        SyntaxError: a file of the host is not Python 3.
        OSError: a file cannot be read.
    """
    needed: dict[str, str] = {}
    for module in reachable_modules(backend):
        for imported in top_level_imports(module.tree, module.path, backend):
            top = imported.module.partition(".")[0]
            is_local = bool(imported.files) or is_own_module(top, backend)
            if not is_local and top not in sys.stdlib_module_names and not is_replaced(imported):
                needed.setdefault(top, module.file)
    return needed


def is_own_module(name: str, backend: Path) -> bool:
    """Whether a host has a module or package of its own with the top-level name of a module, and a
    run imports that one.

    A host's own ``openai.py`` is never imported: it takes the place of the package to ask some
    other model, so a run replaces it like the package.
    """
    first = name.partition(".")[0]
    top = backend / first
    return first not in _ALWAYS_REPLACED and (
        top.with_suffix(".py").is_file() or is_folder_of_code(top)
    )


def is_folder_of_code(folder: Path) -> bool:
    """Whether a folder can be imported: Python needs no ``__init__.py`` for that."""
    return folder.is_dir() and next(folder.rglob("*.py"), None) is not None


def top_level_imports(tree: ast.Module, path: Path, backend: Path) -> Iterator[ImportedName]:
    """The imports at the top level of a module, with the files that each one imports."""
    return _imports(tree.body, path, backend)


def all_imports(module: SourceModule, backend: Path) -> Iterator[ImportedName]:
    """The imports in a module, inside of functions and conditions too."""
    return _imports(ast.walk(module.tree), module.path, backend)


def _imports(nodes: Iterable[ast.AST], path: Path, backend: Path) -> Iterator[ImportedName]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                files = _files(backend, alias.name.split("."))
                yield ImportedName(alias.name, files, False, line=node.lineno)
        elif isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".") if node.module else []
            if node.level:
                parts = [*_package(path, backend, node.level), *parts]
            is_star = node.names[0].name == "*"
            files = _files(backend, parts)
            # ``from package import module`` imports a module too.
            inner = [
                file
                for alias in node.names
                for file in _files(backend, [*parts, alias.name])[-1:]
                if not is_star and file not in files and file.stem in (alias.name, "__init__")
            ]
            names = tuple(alias.name for alias in node.names)
            files = (*files, *dict.fromkeys(inner))
            yield ImportedName(".".join(parts), files, is_star, names, node.lineno)


def _package(path: Path, backend: Path, level: int) -> list[str]:
    parts = list(path.relative_to(backend).parts[:-1])
    return parts[: len(parts) - (level - 1)]


def _files(backend: Path, parts: list[str]) -> tuple[Path, ...]:
    """Files that an import of a dotted name runs: those of its packages, then its own."""
    if parts and parts[0] in _ALWAYS_REPLACED:
        return ()
    found: list[Path] = []
    for end in range(1, len(parts) + 1):
        inner = backend.joinpath(*parts[:end])
        for candidate in (inner / "__init__.py", inner.with_suffix(".py")):
            if candidate.is_file():
                found.append(candidate)
                break
    own = backend.joinpath(*parts)
    is_own = bool(found) and found[-1] in (own / "__init__.py", own.with_suffix(".py"))
    return tuple(found) if is_own else ()

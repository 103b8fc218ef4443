"""The arrows between packages (DESIGN section 5): who may import whom, held by reading the code.

A package that is not in the table fails: say there what it may know before it knows it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import ga_ooo

ROOT = Path(ga_ooo.__file__).parent

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "disk": {"errors"},
    "core": {"errors"},
    "runtime": {"core", "errors"},
    "replay": {"core", "disk", "errors"},
    "llm": {"config", "core", "errors", "hookspecs", "runtime"},
    "journal": {"core", "errors", "llm", "__version__"},
    "config": {"errors", "llm"},
    "config_file": {"config", "errors", "llm"},
    "runahead": {"core", "errors", "llm", "runtime"},
    "reverie": {
        *("__version__", "config", "core", "disk", "errors", "journal", "llm", "replay"),
        *("runahead", "runtime"),
    },
    "hookspecs": {"config", "core", "llm", "reverie"},
    "plugin": {"config", "core", "errors", "hookspecs", "journal", "llm", "reverie", "runtime"},
    "verify": {"config_file", "errors", "reverie"},
    "bench": {"reverie", "verify"},
    "demo": {"core", "disk", "errors", "hookspecs", "llm", "reverie", "verify"},
    "cli": {
        *("__version__", "bench", "config", "config_file", "core", "demo", "disk", "errors"),
        *("journal", "llm", "plugin", "replay", "reverie", "runahead", "runtime", "verify"),
    },
    "__main__": {"cli"},
    "__init__": set(),
}

ONLY_BY_WAY_OF: dict[tuple[str, str], set[tuple[str, str]]] = {
    # Where a call leaves its fiber.
    ("llm", "runtime"): {("llm.gateway", "runtime.fibers")},
    # Composition: options and hook of the layer, not of its parts.
    ("llm", "config"): {("llm.assembly", "config")},
    ("llm", "hookspecs"): {("llm.shaping.hook", "hookspecs")},
}
"""Arrows that only these modules may draw: (from, to)."""

ONLY_INTO: dict[tuple[str, str], set[str]] = {
    # The words that every layer between host and server speaks, no more.
    ("journal", "llm"): {"llm.requests"},
    ("hookspecs", "llm"): {"llm.requests"},
}
"""Arrows that may only end in these modules."""

PURE = {
    *("__future__", "abc", "bisect", "collections", "dataclasses", "enum", "functools"),
    *("hashlib", "heapq", "itertools", "math", "typing"),
    *("networkx", "numpy"),
}
"""What the core may import besides itself: no threads, clock, files, network, chance."""

HOST_MODULES = {
    *("reverie", "maze", "persona", "path_finder", "global_methods", "utils", "gpt_structure"),
    "selenium",
}


@dataclass(frozen=True)
class Import:
    """One import statement of one name."""

    by: str
    """Dotted module without ``ga_ooo.``"""
    what: str
    """Dotted name as imported."""
    line: int
    for_types_only: bool

    @property
    def package(self) -> str:
        """The layer that imports."""
        return self.by.split(".")[0]

    def __str__(self) -> str:
        return f"ga_ooo.{self.by} (line {self.line}) imports {self.what}"


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _imports_of(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(), path)
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for part in node.body
        for child in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: name the package in full"
            assert node.module is not None
            names = (
                [f"ga_ooo.{alias.name}" for alias in node.names]
                if node.module == "ga_ooo"
                else [node.module]
            )
        else:
            continue
        for name in names:
            yield Import(_module_of(path), name, node.lineno, id(node) in typing_only)


IMPORTS = [found for path in sorted(ROOT.rglob("*.py")) for found in _imports_of(path)]
OURS = [found for found in IMPORTS if found.what.split(".")[0] == "ga_ooo"]


def _arrows() -> Iterator[tuple[Import, str]]:
    """Imports of another layer, with the module (without ``ga_ooo.``) where they end."""
    for found in OURS:
        _, _, target = found.what.partition(".")
        if target.split(".")[0] != found.package:
            yield found, target


def test_all_code_was_read() -> None:
    """The rules below would hold of nothing at all."""
    assert len(OURS) > 100
    assert {found.package for found in OURS} >= {"core", "runtime", "llm", "reverie", "cli"}


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_arrows(package: str) -> None:
    """Each layer knows only those that the table names."""
    wrong = [
        str(found)
        for found, target in _arrows()
        if found.package == package and target.split(".")[0] not in MAY_IMPORT[package]
    ]
    assert not wrong


def test_every_package_has_its_row() -> None:
    """A new package says first what it may know."""
    here = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or path.is_dir()}
    unknown = {name for name in here - set(MAY_IMPORT) if not name.startswith(("__pyc", "_data"))}
    assert not {name for name in unknown if name != "py"}


def test_narrow_arrows() -> None:
    """Some arrows are drawn by one module only, or end in one only."""
    wrong = []
    for found, target in _arrows():
        arrow = (found.package, target.split(".")[0])
        ways = ONLY_BY_WAY_OF.get(arrow)
        if ways is not None and (found.by, target) not in ways:
            wrong.append(str(found))
        ends = ONLY_INTO.get(arrow)
        if ends is not None and target not in ends:
            wrong.append(str(found))
    assert not wrong


def test_hookspecs_cost_nothing() -> None:
    """A plugin that imports them for its decorators loads no layer: all of it is for types."""
    assert not [str(f) for f, _ in _arrows() if f.package == "hookspecs" and not f.for_types_only]


def test_nobody_imports_the_command_line() -> None:
    """But ``python -m ga_ooo``."""
    users = {found.by for found, target in _arrows() if target.split(".")[0] == "cli"}
    assert users == {"__main__"}


def test_the_core_is_pure() -> None:
    """No threads, clock, files, network, chance, and no host."""
    wrong = [
        str(found)
        for found in IMPORTS
        if found.package == "core"
        and found.what.split(".")[0] not in PURE
        and not found.what.startswith(("ga_ooo.core", "ga_ooo.errors"))
    ]
    assert not wrong


def test_nobody_imports_the_host_by_statement() -> None:
    """Its modules exist while it runs only: ``reverie`` finds and imports them by path."""
    assert not [str(found) for found in IMPORTS if found.what.split(".")[0] in HOST_MODULES]

"""Whether the functions of a host are ones that an accelerator was shown to equal."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from ga_ooo.host.checkout.fingerprints import fingerprint
from ga_ooo.host.checkout.source import parse_source
from ga_ooo.host.imported.modules import HostModules


@dataclass(frozen=True)
class Variant:
    """The functions of one host that one accelerator replaces or relies on.

    Attributes:
        accelerator: the accelerator that was shown to equal them.
        host: the host that they come from.
        functions: from a key such as ``maze.py:Maze.access_tile`` (file relative to the backend
            folder, and name) to the fingerprint of the function. A key without a name, such as
            ``path_finder.py:``, is for the whole file.
    """

    accelerator: str
    host: str
    functions: Mapping[str, str]


@cache
def known_variants() -> tuple[Variant, ...]:
    """The table that is shipped with the package."""
    folder = resources.files("ga_ooo.host.accelerators")
    table = tomllib.loads(folder.joinpath("known_functions.toml").read_text("utf-8"))
    return tuple(
        Variant(entry["accelerator"], entry["host"], entry["functions"])
        for entry in table["variant"]
    )


@cache
def function_fingerprints(source: bytes) -> dict[str, tuple[str, int]]:
    """Fingerprint and first line of each function and method of a file, and of the whole file.

    Returns:
        by name, as after the colon in :attr:`Variant.functions`; empty for the whole file.

    Raises:
        SyntaxError: the source is not Python 3.
    """
    lines = source.splitlines()
    prints = {"": (fingerprint(source), 1)}

    def add(node: ast.FunctionDef, name: str) -> None:
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        body = b"\n".join(lines[first - 1 : node.end_lineno])
        prints[name] = (fingerprint(body), first)

    for node in parse_source(source, "host").body:
        if isinstance(node, ast.FunctionDef):
            add(node, node.name)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    add(inner, f"{node.name}.{inner.name}")
    return prints


def unrecognised(backend: Path, accelerator: str) -> list[str]:
    """The functions that keep an accelerator off a host, judged by the files of the host.

    Returns:
        keys of the functions that differ from the most similar known variant; empty if the
        accelerator can be on.
    """
    files: dict[str, Mapping[str, tuple[str, int]]] = {}

    def is_known(key: str, expected: str) -> bool:
        file, _, name = key.partition(":")
        if file not in files:
            try:
                files[file] = function_fingerprints((backend / file).read_bytes())
            except (OSError, SyntaxError):
                files[file] = {}
        return files[file].get(name, ("", 0))[0] == expected

    return _nearest(accelerator, is_known)


def unrecognised_live(modules: HostModules, accelerator: str) -> list[str]:
    """The same for an imported host: each name must also be bound to the function in the file."""

    def is_known(key: str, expected: str) -> bool:
        file, _, name = key.partition(":")
        module = modules.all.get(file.removesuffix(".py").replace("/", "."))
        if module is None or module.__file__ is None:
            return False
        found, line = function_fingerprints(Path(module.__file__).read_bytes()).get(name, ("", 0))
        return found == expected and (not name or _first_line(module, name) == line)

    return _nearest(accelerator, is_known)


def host_function(module: ModuleType, name: str) -> Any:
    """The object that a dotted name is bound to in a module; None if there is no such name."""
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _first_line(module: ModuleType, name: str) -> int | None:
    """First line of the function bound to a name; None if the module does not define it."""
    function = host_function(module, name)
    if not isinstance(function, FunctionType) or function.__module__ != module.__name__:
        return None
    return function.__code__.co_firstlineno


def _nearest(accelerator: str, is_known: Callable[[str, str], bool]) -> list[str]:
    differing = [
        [key for key, expected in variant.functions.items() if not is_known(key, expected)]
        for variant in known_variants()
        if variant.accelerator == accelerator
    ]
    return min(differing, key=len)

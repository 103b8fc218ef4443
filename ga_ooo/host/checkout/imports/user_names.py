"""The names that host files import from ``utils.py``, which every user of the host writes.

The README of upstream gives nine of them. A fork may need more, and says so in its README at best.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.imports.modules import SourceModule
from ga_ooo.host.checkout.source import parse

_MODULE: Final = UTILS.removesuffix(".py")

_PATTERNS: Final[tuple[tuple[str, Any], ...]] = (
    (r"use_openai", True),
    (r"debug|verbose|(use|is|enable|has|run)_\w+", False),
    (r"(\w+_)?(key|token|secret|password|owner|organi[sz]ation|username|user)", "none"),
    (r"(\w+_)?host(name)?", "localhost"),
    (r"(\w+_)?port", 0),
    (r"(\w+_)?(url|api_base|base|endpoint)", "http://localhost:0"),
)
"""Values by pattern of the name. A service that is not there is not reached: port 0 is none."""

_ANY_TEXT: Final = re.compile(r"(\w+_)?(id|topic|model|engine|deployment|name|version)")
"""Names whose value is any text: the name itself."""

README_NAMES: Final = (
    *("openai_api_key", "key_owner", "maze_assets_loc", "env_matrix", "env_visuals"),
    *("fs_storage", "fs_temp_storage", "collision_block_id", "debug"),
)
"""Names of the ``utils.py`` in the README of upstream. Their values follow from the checkout."""

UNKNOWN: Final = object()
"""No value can be made up."""


@dataclass(frozen=True)
class UserName:
    """One name of a user-written module.

    Attributes:
        name: the name.
        file: the file of the host that uses it, relative to the backend folder.
        line: where the file imports it or, after a star import, first uses it.
        is_certain: whether an import names it. A name after a star import may be a mistake in a
            function that nobody calls.
    """

    name: str
    file: str
    line: int
    is_certain: bool = True


def made_up(name: str) -> Any:
    """A value for a name, or :data:`UNKNOWN`. The model servers of a run are named elsewhere."""
    lower = name.lower()
    for pattern, value in _PATTERNS:
        if re.fullmatch(pattern, lower):
            return value
    return name if _ANY_TEXT.fullmatch(lower) else UNKNOWN


def absent_names(checkout: Checkout, modules: Iterable[SourceModule]) -> dict[str, UserName]:
    """Names that the host needs from ``utils`` and that neither the user nor the README sets.

    Raises:
        SyntaxError: the user's file is not Python 3.
    """
    given = set(README_NAMES)
    if checkout.has_utils:
        tree = parse(checkout.backend / UTILS)
        if any(
            isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in tree.body
        ):
            # Anything may come from there. The import will show it.
            return {}
        given |= set(_bound(tree))
    return {name: use for name, use in names_from_utils(modules).items() if name not in given}


def made_up_names(absent: Mapping[str, UserName], backend: Path) -> dict[str, Any]:
    """Values for names that nobody has given.

    Args:
        absent: the names.
        backend: folder of ``reverie.py``.

    Raises:
        HostError: a name that the host certainly imports has no value.
    """
    values = {name: made_up(name) for name in absent}
    asked = [use for name, use in absent.items() if values[name] is UNKNOWN and use.is_certain]
    if asked:
        first = asked[0]
        names = ", ".join(use.name for use in asked)
        raise HostError(
            f"the host imports {names} from utils ({first.file}, line {first.line}), and no value "
            "can be made up",
            f"write {backend / UTILS} with a line such as `{first.name} = ...`, as the README of "
            "the host says; ga_ooo adds the names that it knows",
        )
    return {name: value for name, value in values.items() if value is not UNKNOWN}


def names_from_utils(reachable: Iterable[SourceModule]) -> dict[str, UserName]:
    """The names that the host needs from ``utils``, each with its first use.

    ``from utils import name`` and ``utils.name`` name them. After ``from utils import *``, they are
    the names that a module uses and that neither it nor another star import defines.

    Args:
        reachable: the modules of the host.
    """
    modules = {module.path: module for module in reachable}
    found: dict[str, UserName] = {}
    for module in modules.values():
        needed = [*_named(module), *_used_after_stars(module, modules)]
        for name in sorted(needed, key=lambda each: (not each.is_certain, each.line)):
            earlier = found.get(name.name)
            if earlier is None or (name.is_certain and not earlier.is_certain):
                found[name.name] = name
    return found


def _named(module: SourceModule) -> Iterator[UserName]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module == _MODULE and not node.level:
            for alias in node.names:
                if alias.name != "*":
                    yield UserName(alias.name, module.file, node.lineno)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == _MODULE
            and isinstance(node.ctx, ast.Load)
        ):
            yield UserName(node.attr, module.file, node.lineno)


def _used_after_stars(
    module: SourceModule, modules: dict[Path, SourceModule]
) -> Iterator[UserName]:
    stars = _star_closure(module, modules)
    others = {name for each in stars for name in each.stars} - {_MODULE}
    uses_star = any(_MODULE in each.stars for each in stars)
    if not uses_star or not others <= sys.stdlib_module_names:
        # Another star import may define any name.
        return
    known = {name for each in stars for name in _bound(each.tree)} | set(dir(builtins))
    for name in others:
        known |= set(dir(importlib.import_module(name)))
    known |= {"__file__", "__name__", "__doc__", "__builtins__", "__package__"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and node.id not in known:
            yield UserName(node.id, module.file, node.lineno, is_certain=False)


def _star_closure(module: SourceModule, modules: dict[Path, SourceModule]) -> list[SourceModule]:
    """The module, and those whose names it has by star imports."""
    found: dict[Path, SourceModule] = {}
    waiting = [module]
    while waiting:
        each = waiting.pop()
        if each.path not in found:
            found[each.path] = each
            waiting += [modules[path] for path in each.local if path in modules]
    return list(found.values())


def _bound(tree: ast.Module) -> Iterator[str]:
    """Every name that a module binds anywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name

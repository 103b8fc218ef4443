"""Which functions of a host its moves may call, read from its source.

Calls are followed by name: whoever mentions a function's name may call it, so that callbacks and
methods of unknown objects are followed too. That is too many rather than too few.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.checkout import source

_ROOT: Final = ("Persona", "move")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class HostFunction:
    """A function or method of the host, with its source.

    Attributes:
        module: where it is defined.
        node: its definition; functions inside of it belong to it.
        owner: the class that it is a method of, imported.
        function: imported; None where the name means something else by now.
    """

    module: ModuleType
    node: FunctionNode
    owner: type | None
    function: Any

    @property
    def name(self) -> str:
        """The bare name."""
        return self.node.name

    @property
    def is_replaced(self) -> bool:
        """Whether something of this package stands in its place."""
        return str(getattr(self.function, "__module__", "")).partition(".")[0] == "ga_ooo"

    def line(self, node: ast.AST) -> str:
        """File and line of a part of it."""
        return f"{Path(str(self.module.__file__)).name}, line {getattr(node, 'lineno', 0)}"


def called_in_moves(modules: Mapping[str, ModuleType]) -> list[HostFunction]:
    """All functions of a host that its moves may call, but for those that are replaced.

    Args:
        modules: the host's, imported. The loop's own module calls moves, and not the other way.
    """
    loop = source.LOOP_FILE.removesuffix(".py")
    known = {name: module for name, module in modules.items() if name != loop}
    return [each for each in reachable(functions_of(known)) if not each.is_replaced]


def functions_of(modules: Mapping[str, ModuleType]) -> list[HostFunction]:
    """All functions and methods of some modules; modules without source have none."""
    found: list[HostFunction] = []
    for module in modules.values():
        tree = _parse(module)
        if tree is not None:
            found.extend(_functions_in(module, tree.body, None))
    return found


def reachable(functions: list[HostFunction]) -> list[HostFunction]:
    """Those that ``Persona.move`` may call, itself included; all of them if there is none."""
    by_name: dict[str, list[HostFunction]] = {}
    for function in functions:
        by_name.setdefault(function.name, []).append(function)
        if function.owner is not None and function.name.startswith("__"):
            # Whoever mentions a class may make an object of it, and use it like a built-in one.
            by_name.setdefault(function.owner.__name__, []).append(function)
    roots = [
        function
        for function in by_name.get(_ROOT[1], [])
        if function.owner is not None and function.owner.__name__ == _ROOT[0]
    ]
    if not roots:
        return functions
    seen, waiting = dict.fromkeys(roots), list(roots)
    while waiting:
        for name in mentioned(waiting.pop().node):
            for called in by_name.get(name, ()):
                if called not in seen:
                    seen[called] = None
                    waiting.append(called)
    return list(seen)


def mentioned(node: ast.AST) -> set[str]:
    """Every name and attribute that some source mentions."""
    names = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Attribute):
            names.add(part.attr)
    return names


def _functions_in(
    module: ModuleType, body: list[ast.stmt], owner: type | None
) -> Iterator[HostFunction]:
    namespace: Mapping[str, Any] = vars(module) if owner is None else vars(owner)
    for node in body:
        if isinstance(node, FunctionNode):
            value = namespace.get(node.name)
            value = getattr(value, "__func__", value)
            yield HostFunction(module, node, owner, value if callable(value) else None)
        elif isinstance(node, ast.ClassDef) and owner is None:
            inner = namespace.get(node.name)
            if isinstance(inner, type):
                yield from _functions_in(module, node.body, inner)
        elif isinstance(node, ast.If | ast.Try):
            yield from _functions_in(module, [*node.body, *node.orelse], owner)


def _parse(module: ModuleType) -> ast.Module | None:
    file = getattr(module, "__file__", None)
    if not file or not str(file).endswith(".py"):
        return None
    try:
        return source.parse(Path(file))
    except (OSError, SyntaxError):
        return None

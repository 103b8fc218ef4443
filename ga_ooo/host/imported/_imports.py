"""The import statement of host code: some modules are replaced, all others are the real ones.

A replaced module may lie inside a package that is not replaced, such as ``urllib.request`` in
``urllib``. Host code then gets a view of that package: the replaced modules, and everything else
from the real package, if it is installed.
"""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, Final

_MISSING: Final = object()


def make_import(replacements: Mapping[str, ModuleType]) -> Callable[..., ModuleType]:
    """``__import__`` for host modules.

    Args:
        replacements: modules by dotted name. A module below one of them is its attribute.
    """
    original = builtins.__import__
    modules = _with_packages(replacements)
    tops = {name.partition(".")[0] for name in modules}

    def import_module(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        exact = None if level else modules.get(name)
        if exact is not None and (fromlist or "." not in name):
            # The usual case: for example, each ``strftime`` of the host imports ``time``.
            return exact
        top = name.partition(".")[0]
        if level or top not in tops:
            return original(name, globals, locals, fromlist or (), level)
        module = _find(name, modules)
        if module is None:
            real = original(name, globals, locals, fromlist or (), level)
            # ``import a.b`` binds a, which has replaced parts; ``from a.b import c`` reads b.
            return real if fromlist else modules[top]
        return module if fromlist else modules[top]

    return import_module


class _Package(ModuleType):
    """A package of which some modules are replaced.

    Args:
        name: dotted.
        parts: the replaced modules, by their names in the package.
    """

    def __init__(self, name: str, parts: Mapping[str, ModuleType]) -> None:
        super().__init__(name)
        vars(self).update(parts)

    def __getattr__(self, name: str) -> Any:
        try:
            package = importlib.import_module(self.__name__)
        except ModuleNotFoundError:
            raise AttributeError(name) from None
        if not hasattr(package, name):
            try:
                return importlib.import_module(f"{self.__name__}.{name}")
            except ModuleNotFoundError:
                raise AttributeError(name) from None
        return getattr(package, name)


def _with_packages(replacements: Mapping[str, ModuleType]) -> dict[str, ModuleType]:
    """The replacements, and the packages that they lie in, by dotted name."""
    modules = dict(replacements)
    inner = {outer for name in replacements for outer in _packages(name)}
    for outer in sorted(inner - modules.keys(), key=len, reverse=True):
        parts = {
            name[len(outer) + 1 :]: module
            for name, module in modules.items()
            if name.startswith(f"{outer}.") and "." not in name[len(outer) + 1 :]
        }
        modules[outer] = _Package(outer, parts)
    return modules


def _packages(name: str) -> Iterator[str]:
    """The packages that a module lies in."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _find(name: str, modules: Mapping[str, ModuleType]) -> ModuleType | None:
    """The module of a replacement; None for a module that is not replaced.

    Raises:
        ModuleNotFoundError: a replacement has no such module.
    """
    if name in modules:
        return modules[name]
    for outer in _packages(name):
        if outer not in modules:
            continue
        if isinstance(modules[outer], _Package):
            return None
        module: Any = modules[outer]
        for part in name[len(outer) + 1 :].split("."):
            module = getattr(module, part, _MISSING)
            if module is _MISSING:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        found: ModuleType = module
        return found
    return None

"""The import machinery of :mod:`ga_ooo.host.imported.modules`.

The modules of the host get their own ``__builtins__``: a copy of the real one, in which
``__import__`` returns replacements for some packages. Python looks up names such as ``print``, and
the function behind the import statement, in the ``__builtins__`` of the module that runs. So this
covers imports at the top of a file and imports inside functions that run hours later, and it has no
effect on other code: ``sys.modules["openai"]`` remains the real package for our own client. The
alternatives change too much (replacing entries of ``sys.modules``) or too little (only during the
import).
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.source import naming_nul_bytes, silent_compiler
from ga_ooo.host.imported._imports import make_import


class HostFinder(MetaPathFinder):
    """Finds the modules of one checkout and keeps a registry of those that were imported.

    Attributes:
        builtins: the ``__builtins__`` of all modules of the checkout.
        registry: module by name, in order of import; later imports are added.
    """

    def __init__(self, root: Path, backend: Path, replacements: Mapping[str, ModuleType]) -> None:
        self.builtins: dict[str, Any] = dict(vars(builtins))
        self.builtins["__import__"] = make_import(replacements)
        self.registry: dict[str, ModuleType] = {}
        self._root = root
        self._backend = str(backend)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for a source file of the checkout; None for any other module."""
        spec = PathFinder.find_spec(fullname, [self._backend] if path is None else path, target)
        if spec is None or spec.origin is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        origin = Path(spec.origin)
        if not origin.is_relative_to(self._root):
            return None
        # The virtual environment of a user may be inside the checkout. And minitown may be inside
        # an environment, as a part of the installed wheel.
        if "site-packages" in origin.relative_to(self._root).parts:
            return None
        spec.loader = _HostLoader(fullname, spec.origin, self)
        return spec


class _HostLoader(SourceFileLoader):
    """Loads a module of the host: with its own ``__builtins__``, and without writing ``.pyc``."""

    def __init__(self, fullname: str, path: str, finder: HostFinder) -> None:
        super().__init__(fullname, path)
        self._finder = finder

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._finder.builtins
        super().exec_module(module)
        self._finder.registry[module.__name__] = module

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write no bytecode: the checkout must not change."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Compile without warnings about the host's code, such as invalid escapes in its texts."""
        path = self.get_filename(fullname)
        with silent_compiler(), naming_nul_bytes(self.get_data(path), path):
            return super().get_code(fullname)


class AbsentPackage(ModuleType):
    """Replaces a package that the host imports and a run never uses (selenium).

    Every name can be imported from it. Calling one raises :class:`HostError`.
    """

    def __getattr__(self, name: str) -> AbsentPackage:
        if name.startswith("__"):
            raise AttributeError(name)
        return AbsentPackage(f"{self.__name__}.{name}")

    def __call__(self, *args: object, **keywords: object) -> None:
        raise HostError(
            f"the host called {self.__name__}, which a run without a browser does not have",
            "run this part of the host without ga_ooo",
        )


def forget(names: Sequence[str]) -> None:
    """Remove modules and their submodules from ``sys.modules``."""
    for loaded in list(sys.modules):
        if loaded.partition(".")[0] in names:
            del sys.modules[loaded]

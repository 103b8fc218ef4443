"""The import machinery behind :mod:`ga_ooo.host.imported.modules`.

The host's modules get a ``__builtins__`` of their own: a copy of the real one whose
``__import__`` serves stand-ins for some packages. Python looks names such as ``print`` and the
import statement up in the ``__builtins__`` of the module that runs, so this holds for imports
at the top of a file and for those inside functions, run hours later, and nothing else in the
process notices: ``sys.modules["openai"]`` stays the real package for our own client. The
alternatives reach too far (swapping ``sys.modules``) or too short (only while importing).
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.source import silent_compiler

_MISSING: Final = object()


class HostFinder(MetaPathFinder):
    """Finds the modules of one checkout and keeps a registry of those that were imported.

    Attributes:
        builtins: the ``__builtins__`` of every module of the checkout.
        registry: name -> module, in order of import, kept up by later imports too.
    """

    def __init__(self, root: Path, backend: Path, stand_ins: Mapping[str, ModuleType]) -> None:
        self.builtins: dict[str, Any] = dict(vars(builtins))
        self.builtins["__import__"] = _make_import(stand_ins)
        self.registry: dict[str, ModuleType] = {}
        self._root = root
        self._backend = str(backend)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for a source file of the checkout; None for everything else."""
        spec = PathFinder.find_spec(fullname, [self._backend] if path is None else path, target)
        if spec is None or spec.origin is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        origin = Path(spec.origin)
        if not origin.is_relative_to(self._root):
            return None
        # A user's virtual environment may lie inside the checkout; the other way round, an
        # installed wheel brings minitown along.
        if "site-packages" in origin.relative_to(self._root).parts:
            return None
        spec.loader = _HostLoader(fullname, spec.origin, self)
        return spec


class _HostLoader(SourceFileLoader):
    """Loads a module of the host: own ``__builtins__``, no ``.pyc`` written, ever."""

    def __init__(self, fullname: str, path: str, finder: HostFinder) -> None:
        super().__init__(fullname, path)
        self._finder = finder

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = self._finder.builtins
        super().exec_module(module)
        self._finder.registry[module.__name__] = module

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write no bytecode: the checkout must stay as it is."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Compile in silence: invalid escapes in the host's texts are the host's business."""
        with silent_compiler():
            return super().get_code(fullname)


def _make_import(stand_ins: Mapping[str, ModuleType]) -> Callable[..., ModuleType]:
    """``__import__`` for host modules: stand-ins for some packages, the real one for the rest."""
    own = builtins.__import__

    def import_module(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        top, _, inner = name.partition(".")
        if level or top not in stand_ins:
            # Often: each ``strftime`` of the host imports ``time`` from here.
            return own(name, globals, locals, fromlist or (), level)
        module: Any = stand_ins[top]
        for part in inner.split(".") if inner else ():
            module = getattr(module, part, _MISSING)
            if module is _MISSING:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        # ``import a.b`` binds a, ``from a.b import c`` looks into b.
        found: ModuleType = module if fromlist else stand_ins[top]
        return found

    return import_module


class AbsentPackage(ModuleType):
    """Stands in for a package that the host imports and a run never uses (selenium).

    Every name can be imported from it; calling one raises :class:`HostError`.
    """

    def __getattr__(self, name: str) -> AbsentPackage:
        if name.startswith("__"):
            raise AttributeError(name)
        return AbsentPackage(f"{self.__name__}.{name}")

    def __call__(self, *args: object, **keywords: object) -> None:
        raise HostError(
            f"the host called {self.__name__}, which a run without a browser leaves out",
            "run the part of the host that needs it without ga_ooo",
        )


def forget(names: Sequence[str]) -> None:
    """Take modules out of ``sys.modules``, their submodules too."""
    for loaded in list(sys.modules):
        if loaded.partition(".")[0] in names:
            del sys.modules[loaded]

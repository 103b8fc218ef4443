"""Out-of-order execution for Generative Agents: the same bytes, sooner.

The names below are the public face of the package; docs/python.md explains them. Each one is
imported when it is used first, so that a plugin which only needs :data:`hookimpl` starts fast.

- Running: :func:`run`, :func:`resume`, :func:`verify`, :func:`run_in_process`; :class:`Progress`,
  :class:`RunResult`.
- Options: :class:`Options` and the classes of its parts.
- Errors: :class:`GaOooError` and its subclasses, each with ``problem`` and ``remedy``.
- Watching: :class:`Observer`, :class:`StretchStart`, :func:`dependency_graph`.
- Plugins: :data:`hookimpl`; the types of the arguments and results of hooks are in
  :mod:`ga_ooo.hooks`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ga_ooo._version import __version__

if TYPE_CHECKING:
    from ga_ooo.api.functions import resume, run, run_in_process, verify
    from ga_ooo.api.results import Progress, RunResult
    from ga_ooo.engine.graph import dependency_graph
    from ga_ooo.errors import (
        CausalityError,
        GaOooError,
        HostError,
        ModelError,
        RunStoppedError,
        UsageError,
    )
    from ga_ooo.hookspecs import hookimpl
    from ga_ooo.observer import Observer, StretchStart
    from ga_ooo.options import (
        EndpointOptions,
        FileOptions,
        JournalOptions,
        ModelOptions,
        Options,
        RunOptions,
        ServeOptions,
    )

_NAMES = {
    "ga_ooo.api.functions": ("resume", "run", "run_in_process", "verify"),
    "ga_ooo.api.results": ("Progress", "RunResult"),
    "ga_ooo.engine.graph": ("dependency_graph",),
    "ga_ooo.errors": (
        *("CausalityError", "GaOooError", "HostError", "ModelError", "RunStoppedError"),
        "UsageError",
    ),
    "ga_ooo.hookspecs": ("hookimpl",),
    "ga_ooo.observer": ("Observer", "StretchStart"),
    "ga_ooo.options": (
        *("EndpointOptions", "FileOptions", "JournalOptions", "ModelOptions", "Options"),
        *("RunOptions", "ServeOptions"),
    ),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "CausalityError",
    "EndpointOptions",
    "FileOptions",
    "GaOooError",
    "HostError",
    "JournalOptions",
    "ModelError",
    "ModelOptions",
    "Observer",
    "Options",
    "Progress",
    "RunOptions",
    "RunResult",
    "RunStoppedError",
    "ServeOptions",
    "StretchStart",
    "UsageError",
    "__version__",
    "dependency_graph",
    "hookimpl",
    "resume",
    "run",
    "run_in_process",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__

"""Whether the moves of a host may write, read from its source.

Only where they surely do not may a move read files without waiting for its turn. So what cannot be
told counts as writing: a mode of ``open`` that is no constant, a package that is not known here.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.isolation.memory.call_graph import HostFunction

_METHODS: Final = frozenset(
    {"write_text", "write_bytes", "mkdir", "makedirs", "touch", "unlink", "rmdir", "rename"}
    | {"symlink_to", "hardlink_to", "to_csv", "to_json", "to_excel", "to_pickle", "to_parquet"}
    | {"to_sql", "to_hdf", "savefig", "savetxt", "savez", "tofile", "FileHandler", "urlretrieve"}
)
"""Names that are given to functions that write, and to hardly any other."""

_MODULES: Final = frozenset(
    {"subprocess", "shutil", "sqlite3", "tempfile", "dbm", "shelve", "socket", "ftplib", "smtplib"}
    | {"multiprocessing", "threading", "concurrent", "asyncio", "urllib", "http", "zipfile"}
    | {"tarfile", "gzip", "logging"}
)
"""Modules of the standard library whose use counts as writing."""

_OS_CALLS: Final = frozenset(
    {"remove", "replace", "removedirs", "renames", "truncate", "system", "popen", "open", "write"}
    | {"link", "symlink", "chmod", "utime", "putenv", "unsetenv", "chdir", "fork"}
)
"""Functions of ``os`` whose names other things have too."""

_READ_ONLY: Final = frozenset(
    {"numpy", "openai", "selenium", "pydantic", "scipy", "pandas", "dateutil", "pytz", "typing"}
    | {"typing_extensions", "sklearn", "nltk", "regex", "tiktoken", "dotenv", "jieba", "ga_ooo"}
)
"""Packages that write where they are asked to, by one of the names above, and not else."""


def writes(functions: Iterable[HostFunction]) -> Iterator[str]:
    """File and line of everything that may write.

    Args:
        functions: those that moves may call.
    """
    for function in functions:
        for node in ast.walk(function.node):
            if _may_write(node, function):
                yield function.line(node)


def sets_variables(functions: Iterable[HostFunction]) -> bool:
    """Whether moves may change the environment."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("environ", "putenv", "unsetenv")
        for function in functions
        for node in ast.walk(function.node)
    )


def _may_write(node: ast.AST, function: HostFunction) -> bool:
    if isinstance(node, ast.Call):
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name == "open":
            return not _reads_only(node)
        return name in _METHODS
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = _global(function, node.value.id)
        if getattr(module, "__name__", None) == "os":
            return node.attr in _OS_CALLS
    if isinstance(node, ast.Name):
        return _is_of_unknown_package(_global(function, node.id))
    return False


def _reads_only(call: ast.Call) -> bool:
    modes = [keyword.value for keyword in call.keywords if keyword.arg == "mode"] or call.args[1:2]
    return all(
        isinstance(mode, ast.Constant)
        and isinstance(mode.value, str)
        and not set(mode.value) & set("wax+")
        for mode in modes
    )


def _global(function: HostFunction, name: str) -> Any:
    return vars(function.module).get(name)


def _is_of_unknown_package(value: Any) -> bool:
    """Whether a global comes from a package of which it is not known that it only reads."""
    if type(value).__module__.startswith("ga_ooo."):
        # A stand-in for an SDK.
        return False
    named = "__name__" if isinstance(value, ModuleType) else "__module__"
    module = getattr(value, named, None)
    if not isinstance(module, str):
        module = type(value).__module__
    top = module.partition(".")[0]
    if top in _MODULES:
        return True
    if top in sys.stdlib_module_names or top in _READ_ONLY:
        return False
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return "site-packages" in file

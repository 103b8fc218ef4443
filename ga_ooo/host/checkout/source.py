"""Reading the source of a host without running it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.newer_syntax import newer_python

LOOP_FILE: Final = "reverie.py"
SERVER: Final = "ReverieServer"
"""The original's name of the class whose ``start_server`` is the loop."""

_JOINS: Final = ("os.path.join", "path.join", "join")

_ARGUMENT_PARSERS: Final = frozenset(
    {"absl", "argparse", "click", "docopt", "fire", "getopt", "optparse", "tap", "typer", "tyro"}
)
"""Packages that read the arguments of the command line."""


def parse(path: Path) -> ast.Module:
    """Parse one source file.

    Raises:
        SyntaxError: the file is not Python 3.
        OSError: the file cannot be read.
    """
    return parse_source(path.read_bytes(), str(path))


def parse_or_refuse(path: Path) -> ast.Module:
    """Parse one source file for a run.

    Raises:
        HostError: the file is not Python 3; names the line.
        OSError: the file cannot be read.
    """
    try:
        return parse(path)
    except SyntaxError as error:
        raise syntax_refusal(error) from error


def syntax_refusal(error: SyntaxError) -> HostError:
    """The error for the user. Its remedy is a newer Python where that accepts the file."""
    problem = f"{error.filename}, line {error.lineno}: {error.msg}"
    newer = _newer_python_for(error)
    if newer is None:
        return HostError(problem, "correct the line, or restore the file from its repository")
    version, syntax = newer
    return HostError(
        f"{problem}. The file is written for Python {version}: it has {syntax}",
        f"install ga_ooo with Python {version} or newer, and run this host with that; or write the "
        "line for this version of Python",
    )


def _newer_python_for(error: SyntaxError) -> tuple[str, str] | None:
    try:
        return newer_python(Path(error.filename or "").read_text("utf-8"))
    except (OSError, ValueError):
        return None


@contextmanager
def naming_nul_bytes(source: bytes, name: str) -> Iterator[None]:
    """Name file and line in the compiler's error about a NUL byte, which names neither."""
    try:
        yield
    except (SyntaxError, ValueError) as error:
        # Python 3.11 raised ValueError at first.
        nul = source.find(b"\0")
        if nul < 0:
            raise
        line = source.count(b"\n", 0, nul) + 1
        raise SyntaxError("the file has a NUL byte", (name, line, 1, "")) from error


def parse_source(source: bytes, name: str) -> ast.Module:
    """Parse without warnings about the host's code, such as invalid escapes in its texts.

    Raises:
        SyntaxError: the source is not Python 3.
    """
    with silent_compiler(), naming_nul_bytes(source, name):
        return ast.parse(source, filename=name)


@contextmanager
def silent_compiler() -> Iterator[None]:
    """Suppress the warnings of the compiler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def find_definition(module: ast.Module, name: str) -> ast.ClassDef | ast.FunctionDef | None:
    """The class or function of this name at the top level; None if there is none.

    A fork may have renamed :data:`SERVER`: it is then the only class with ``start_server``.
    """
    found = [node for node in module.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    for node in found:
        if node.name == name:
            return node
    servers = [node for node in found if isinstance(node, ast.ClassDef) and _starts_server(node)]
    return servers[0] if name == SERVER and len(servers) == 1 else None


def _starts_server(node: ast.ClassDef) -> bool:
    return any(
        isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == "start_server"
        for each in node.body
    )


def text_constants(module: ast.Module) -> dict[str, str]:
    """Text variables of a module whose values follow from its source (a user's ``utils.py``)."""
    known: dict[str, str] = {}
    for node in module.body:
        if not isinstance(node, ast.Assign):
            continue
        value = text_value(node.value, known)
        for target in node.targets:
            if isinstance(target, ast.Name):
                known.pop(target.id, None)
                if value is not None:
                    known[target.id] = value
    return known


def main_block(module: ast.Module) -> list[ast.stmt] | None:
    """The body of the last ``if __name__ == "__main__":``; None if there is none."""
    for node in reversed(module.body):
        if isinstance(node, ast.If) and _tests_for_main(node.test):
            return node.body
    return None


def reads_arguments(module: ast.Module) -> bool:
    """Whether a module reads the arguments of its command line."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            if any(alias.name.partition(".")[0] in _ARGUMENT_PARSERS for alias in node.names):
                return True
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            if (node.module or "").partition(".")[0] in _ARGUMENT_PARSERS or (
                node.module == "sys" and "argv" in names
            ):
                return True
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.argv":
            # The flag block that ga-ooo patch inserts reads them by another spelling.
            return True
    return False


def _tests_for_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and {ast.unparse(test.left), ast.unparse(test.comparators[0])} == {"__name__", "'__main__'"}
    )


def text_value(value: ast.expr, known: Mapping[str, str]) -> str | None:
    """Value of a text, known name, f-string, sum or joined path of these; None for any other
    expression."""
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else None
    if isinstance(value, ast.Name):
        return known.get(value.id)
    if isinstance(value, ast.FormattedValue):
        plain = value.conversion == -1 and value.format_spec is None
        return text_value(value.value, known) if plain else None
    parts: list[str | None]
    if isinstance(value, ast.JoinedStr):
        parts = [text_value(part, known) for part in value.values]
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        parts = [text_value(value.left, known), text_value(value.right, known)]
    elif isinstance(value, ast.Call) and ast.unparse(value.func) in _JOINS:
        names = [text_value(part, known) for part in value.args]
        joined = [name for name in names if name is not None]
        return str(PurePosixPath(*joined)) if len(joined) == len(names) else None
    else:
        return None
    texts = [part for part in parts if part is not None]
    return "".join(texts) if len(texts) == len(parts) else None

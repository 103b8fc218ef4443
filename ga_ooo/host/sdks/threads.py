"""Threads around model calls, found in the source of a host.

Calls are followed by name, as in :mod:`ga_ooo.host.isolation.memory.call_graph`: a function that
mentions the name of another one may call it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.imports.modules import SourceModule, reachable_modules
from ga_ooo.host.checkout.source import LOOP_FILE, SERVER, find_definition
from ga_ooo.host.sdks.sdk import Sdk, who_replaces
from ga_ooo.host.sdks.unanswered import asks_models

_STARTS: Final = frozenset(
    {"threading.Thread", "threading.Timer", "_thread.start_new_thread"}
    | {"concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"}
    | {"concurrent.futures.thread.ThreadPoolExecutor", "multiprocessing.pool.ThreadPool"}
    | {"multiprocessing.Process", "multiprocessing.Pool", "multiprocessing.dummy.Pool"}
)
"""What starts a thread or a process."""

_SUBMITS: Final = frozenset({"submit", "map", "apply", "apply_async", "map_async", "starmap"})
"""Methods of a pool that are given a function."""

_NO_MODEL: Final = frozenset({"asyncio"})
"""Stand-ins that ask no model."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class ModelThread:
    """A thread, or a pool of threads, whose function asks a model.

    Attributes:
        file: of the host, relative to the backend folder.
        line: where it is made.
        kind: such as ``threading.Thread``.
        function: that runs in it, and asks a model.
    """

    file: str
    line: int
    kind: str
    function: str


def model_threads(checkout: Checkout, sdks: tuple[Sdk, ...]) -> list[ModelThread]:
    """The threads around model calls that a run starts: at import, in the constructor of the
    server, or in moves.

    Args:
        checkout: the host.
        sdks: stand-ins of all plugins.

    Raises:
        SyntaxError: a file of the host is not Python 3.
    """
    modules = reachable_modules(checkout.backend)
    scopes = [_Scope(module, sdks) for module in modules]
    functions = [each for scope in scopes for each in scope.functions]
    for module in modules:
        functions += _constructors(module.tree)
    calls: dict[str, set[str]] = {}
    for function in functions:
        calls.setdefault(function.name, set()).update(_mentioned(function))
    asking = _askers(
        {each.name for scope in scopes for each in scope.functions if scope.asks(each)}, calls
    )
    used = _reached({"move"} | _constructor_of_server(modules), calls)
    found: list[ModelThread] = []
    for scope in scopes:
        for kind, line, targets, around in scope.starts():
            is_run = around is None or around.name in used
            runs = sorted(targets & asking)
            if is_run and runs:
                found.append(ModelThread(scope.module.file, line, kind, runs[0]))
    return found


class _Scope:
    """One module: its functions, and what its names mean."""

    def __init__(self, module: SourceModule, sdks: tuple[Sdk, ...]) -> None:
        self.module = module
        self.functions = [each for each in ast.walk(module.tree) if isinstance(each, Function)]
        self._names = dict(_imported_names(module.tree))
        self._models = {name for name, what in self._names.items() if _asks_model(what, sdks)}
        # Clients are made once, at the top: ``client = openai.OpenAI()``.
        for node in module.tree.body:
            if isinstance(node, ast.Assign) and _mentioned(node.value) & self._models:
                self._models |= {each.id for each in node.targets if isinstance(each, ast.Name)}

    def asks(self, function: Function) -> bool:
        """Whether a function mentions an SDK, or a client that the module has made."""
        return bool(_mentioned(function) & self._models)

    def starts(self) -> Iterator[tuple[str, int, set[str], Function | None]]:
        """Kind, line, names of the functions that run there, and the function that starts it."""
        yield from self._starts_in(self.module.tree.body, None)

    def _starts_in(
        self, nodes: Iterable[ast.AST], around: Function | None
    ) -> Iterator[tuple[str, int, set[str], Function | None]]:
        for node in nodes:
            if isinstance(node, ast.Call):
                kind = self._meaning(node.func)
                if kind in _STARTS:
                    yield kind, node.lineno, self._targets(node), around
            inner = node if isinstance(node, Function) else around
            yield from self._starts_in(ast.iter_child_nodes(node), inner)

    def _targets(self, call: ast.Call) -> set[str]:
        given = [*call.args, *(word.value for word in call.keywords)]
        names = set().union(*(_mentioned(each) for each in given))
        if names & {each.name for each in self.functions}:
            return names
        # A pool is given its functions later.
        return {
            name
            for each in ast.walk(self.module.tree)
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)
            if each.func.attr in _SUBMITS and each.args
            for name in _mentioned(each.args[0])
        }

    def _meaning(self, value: ast.expr) -> str:
        """The dotted name of what an expression means; empty for anything but an imported name."""
        first, _, rest = ast.unparse(value).partition(".")
        known = self._names.get(first, "")
        return f"{known}.{rest}" if known and rest else known


def _imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _asks_model(name: str, sdks: tuple[Sdk, ...]) -> bool:
    sdk = who_replaces(sdks, name)
    is_answered = sdk is not None and sdk.name not in _NO_MODEL
    return is_answered or asks_models(name)


def _constructor_of_server(modules: list[SourceModule]) -> set[str]:
    """The names that the constructor of the server mentions."""
    (loop,) = (module.tree for module in modules if module.file == LOOP_FILE)
    server = find_definition(loop, SERVER)
    own = [
        node
        for node in getattr(server, "body", [])
        if isinstance(node, Function) and node.name == "__init__"
    ]
    return set().union(*map(_mentioned, own))


def _constructors(tree: ast.Module) -> Iterator[Function]:
    """The constructors of classes, under the names of the classes: calls mention those."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, Function) and each.name == "__init__":
                    yield ast.FunctionDef(node.name, each.args, each.body, [], lineno=each.lineno)


def _reached(roots: set[str], calls: dict[str, set[str]]) -> set[str]:
    """The functions that are called from these, and these."""
    seen, waiting = set(roots), list(roots)
    while waiting:
        for name in calls.get(waiting.pop(), set()) - seen:
            seen.add(name)
            waiting.append(name)
    return seen


def _askers(asking: set[str], calls: dict[str, set[str]]) -> set[str]:
    """The functions that ask, and those that mention one of them."""
    while True:
        more = {name for name, names in calls.items() if names & asking} - asking
        if not more:
            return asking
        asking |= more


def _mentioned(node: ast.AST) -> set[str]:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}

"""Who may import whom, and how large a room may grow: held by reading the code.

``ARROWS`` lists every arrow between two rooms that exists, and no other: a new arrow is written
down here first, and an arrow that nobody draws any more goes. A room is a package that this file
names; a package inside of it belongs to it.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

import networkx as nx
import pytest

import ga_ooo

ROOT = Path(ga_ooo.__file__).parent

_TABLE: Final[dict[str, str]] = {
    "errors": "",
    "texts": "",
    "databases": "",
    "disk": "databases errors",
    "npz": "",
    "engine": "errors",
    "engine.loop": "engine errors",
    "town": "engine errors",
    "trace": "disk engine errors npz town",
    "model": "errors",
    "model.assembly": "errors model model.client model.routing options",
    "model.client": "errors model options",
    "model.routing": "errors model options",
    "model.serving": "errors options",
    "report": "errors options record texts",
    "costs": "disk errors model observer options",
    "record": "databases disk errors",
    "host.recording": "_version disk engine host.imported host.prompts model model.routing "
    "observer options record runahead trace",
    "views": "costs disk errors host host.checkout host.durable live options record texts",
    "observer": "engine model town",
    "live": "disk engine model observer texts",
    "journal": "_version databases errors model",
    "runahead": "engine engine.loop errors model observer town",
    "host": "disk errors",
    "host.checkout": "disk errors",
    "host.large_town": "disk errors host host.checkout",
    "host.isolation": "disk engine engine.loop errors host.checkout host.imported",
    "host.imported": "disk engine.loop errors host.checkout model observer town",
    "host.world": "engine engine.loop errors host.imported town",
    "host.sdks": "errors host.checkout model",
    "host.run": "costs disk engine engine.loop errors host host.accelerators "
    "host.checkout host.durable host.imported host.isolation host.prompts "
    "host.sdks host.world journal model model.assembly model.routing observer "
    "options plugin runahead town",
    "host.durable": "_version disk engine errors host host.checkout host.imported host.world "
    "journal model model.routing npz observer options runahead town",
    "host.accelerators": "errors host host.checkout host.imported",
    "host.prompts": "hookspecs model",
    "scripted": "disk errors hookspecs host.checkout host.prompts model options",
    "lab.replay": "disk engine errors town trace",
    "lab.bench": "host.checkout lab.verify options",
    "lab.verify": "disk errors host.checkout host.imported live options",
    "lab.demo": "host.checkout lab.verify live",
    "lab": "",
    "hookspecs": "engine host.checkout host.sdks model options town",
    "plugin": "engine errors hookspecs host.checkout host.prompts host.sdks model "
    "model.assembly observer options scripted town",
    "api": "cluster costs disk engine.loop errors host host.accelerators "
    "host.checkout host.durable host.prompts host.recording host.run "
    "lab.verify live model model.routing model.serving observer options "
    "plugin record runahead scripted trace",
    "_version": "",
    "cli": "_version api costs disk errors host.accelerators host.checkout "
    "host.durable host.imported host.prompts host.run host.sdks lab.verify "
    "live model model.assembly model.routing observer options texts watch",
    "cli.commands": "api cli costs disk errors host host.checkout host.durable host.imported "
    "host.large_town host.run journal lab.bench lab.demo lab.replay "
    "lab.verify model model.assembly model.serving options plugin record "
    "report scripted texts trace views watch",
    "__main__": "cli",
    "hooks": "engine host.checkout host.sdks model town",
    "__init__": "_version api engine errors hookspecs observer options",
    "options": "errors",
    "watch": "disk engine.loop errors host host.durable observer record",
    "cluster": "_version engine engine.loop errors host.checkout host.durable "
    "host.imported host.run host.world model observer options plugin runahead "
    "town",
}

ARROWS: Final = {room: set(rooms.split()) for room, rooms in _TABLE.items()}
"""From a room to the rooms that it imports."""

PURE: Final = {
    *("__future__", "abc", "array", "bisect", "collections", "dataclasses", "enum", "functools"),
    *("hashlib", "heapq", "itertools", "math", "typing"),
    # Only to turn values into text and back.
    *("base64", "json", "zlib"),
    *("networkx", "numpy"),
}
"""What the pure rooms may import besides each other: no threads, clock, files, network, chance."""

HOST_MODULES: Final = {
    *("reverie", "maze", "persona", "path_finder", "global_methods", "utils", "gpt_structure"),
    "selenium",
}

MOST_MODULES: Final = 16
MOST_LINES: Final = 300
MOST_FUNCTION_LINES: Final = 40


@dataclass(frozen=True)
class Import:
    """One import statement of one name."""

    by: str
    """Dotted module without ``ga_ooo.``"""
    what: str
    """Dotted name as imported."""
    line: int
    for_types_only: bool

    @property
    def room(self) -> str:
        """The room that imports."""
        return room_of(self.by)

    def __str__(self) -> str:
        return f"ga_ooo.{self.by} (line {self.line}) imports {self.what}"


def room_of(module: str) -> str:
    """The room that a module (without ``ga_ooo.``) lies in: the longest name in the table."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((name for name in names if name in ARROWS), parts[0])


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _imports_of(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(), path)
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for part in node.body
        for child in ast.walk(part)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}, line {node.lineno}: name the package in full"
            assert node.module is not None
            names = [_imported(node.module, alias.name) for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(_module_of(path), name, node.lineno, id(node) in typing_only)


def _imported(package: str, name: str) -> str:
    """The module that ``from package import name`` is about."""
    folder = ROOT.joinpath(*package.split(".")[1:])
    is_module = (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()
    return f"{package}.{name}" if package.split(".")[0] == "ga_ooo" and is_module else package


FILES = sorted(path for path in ROOT.rglob("*.py") if "_data" not in path.parts)
IMPORTS = [found for path in FILES for found in _imports_of(path)]
OURS = [found for found in IMPORTS if found.what.split(".")[0] == "ga_ooo"]


def _arrows() -> Iterator[tuple[Import, str]]:
    """Imports of another room, with the module (without ``ga_ooo.``) where they end."""
    for found in OURS:
        target = found.what.partition(".")[2] or "__init__"
        if room_of(target) != found.room:
            yield found, target


def test_all_code_was_read() -> None:
    """The rules below would hold of nothing at all."""
    assert len(OURS) > 100
    assert {found.room for found in OURS} >= {"engine", "model", "host.run", "cli"}


@pytest.mark.parametrize("room", sorted(ARROWS))
def test_arrows(room: str) -> None:
    """A room imports from the rooms that the table names, from each of them, and no other."""
    drawn = defaultdict(list)
    for found, target in _arrows():
        if found.room == room:
            drawn[room_of(target)].append(str(found))
    new = {end: ways for end, ways in drawn.items() if end not in ARROWS[room]}
    assert not new
    assert ARROWS[room] - set(drawn) == set(), "nobody draws these arrows any more"


def test_every_room_has_its_row() -> None:
    """A new room says first what it may import."""
    here = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or path.is_dir()}
    named = {room.split(".")[0] for room in ARROWS}
    assert {name for name in here - named if not name.startswith(("__pyc", "_data"))} == set()


def test_no_cycles_between_rooms() -> None:
    """Imports for types count too: a cycle of names is a cycle in the reader's head."""
    graph = nx.DiGraph((found.room, room_of(target)) for found, target in _arrows())
    assert sorted(map(sorted, nx.simple_cycles(graph))) == []


def test_hookspecs_cost_nothing() -> None:
    """A plugin that imports them for its decorators loads no room: all of it is for types."""
    assert not [str(f) for f, _ in _arrows() if f.room == "hookspecs" and not f.for_types_only]


def test_nobody_imports_the_command_line() -> None:
    """But ``python -m ga_ooo``."""
    users = {
        found.by
        for found, target in _arrows()
        if target.split(".")[0] == "cli" and found.by.split(".")[0] != "cli"
    }
    assert users == {"__main__"}


@pytest.mark.parametrize("room", ["engine", "town"])
def test_the_core_is_pure(room: str) -> None:
    """No threads, clock, files, network, chance, and no host."""
    wrong = [
        str(found)
        for found in IMPORTS
        if found.room == room
        and found.what.split(".")[0] not in PURE
        and not found.what.startswith(("ga_ooo.engine", "ga_ooo.town", "ga_ooo.errors"))
    ]
    assert not wrong


def test_nobody_imports_the_host_by_statement() -> None:
    """Its modules exist while it runs only: ``host.imported`` finds and imports them by path."""
    assert not [str(found) for found in IMPORTS if found.what.split(".")[0] in HOST_MODULES]


def test_rooms_are_small() -> None:
    """At most so many modules side by side."""
    modules = defaultdict(list)
    for path in FILES:
        if path.name != "__init__.py":
            modules[str(path.parent.relative_to(ROOT))].append(path.name)
    assert {folder: names for folder, names in modules.items() if len(names) > MOST_MODULES} == {}


def test_modules_are_short() -> None:
    """At most so many lines."""
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in FILES}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_functions_are_short() -> None:
    """At most so many lines, docstring and signature aside."""
    long = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = _body_lines(node)
                if lines > MOST_FUNCTION_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    has_text = ast.get_docstring(function) is not None
    body = function.body[1:] if has_text else function.body
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_every_package_says_what_it_is_for() -> None:
    """One paragraph at least, in its ``__init__``."""
    silent = [
        str(path.parent.relative_to(ROOT))
        for path in FILES
        if path.name == "__init__.py"
        and len(ast.get_docstring(ast.parse(path.read_text())) or "") < 80
    ]
    assert silent == []


def test_package_docstrings_name_what_exists() -> None:
    """Each cross-reference with a full path leads to a module, or to a name in one."""
    missing = []
    for path in FILES:
        if path.name != "__init__.py":
            continue
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        names = re.findall(r":[a-z]+:`~?(ga_ooo\.[\w.]+)`", text)
        missing += [f"{path.relative_to(ROOT)}: {name}" for name in names if not _exists(name)]
    assert missing == []


def _exists(name: str) -> bool:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        with suppress(ModuleNotFoundError):
            found: object = import_module(".".join(parts[:length]))
            for part in parts[length:]:
                found = getattr(found, part, None)
            return found is not None
    return False

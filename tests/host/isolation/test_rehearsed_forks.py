"""Forks made on the spot, one for each way of writing and for mixtures: a rehearsal changes nothing
outside. ``GA_OOO_REHEARSALS`` sets how often each fork is rehearsed (1,000 before a release)."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.host.isolation.moves import isolated, tree

WAYS: Final = {
    "file": 'with open(ROOT + "/last.txt", "w") as file:\n    file.write(str(value))',
    "append": 'with open(ROOT + "/log.txt", "a") as file:\n    print(value, file=file)',
    "sqlite": "rows = sqlite3.connect(ROOT + '/rows.sqlite')\n  with rows:\n"
    "    rows.execute('insert into rows values (?)', (value,))\n  rows.close()",
    "logger": 'logging.getLogger(ROOT).warning("value %d", value)',
    "variable": "global counter\n  counter += value",
    "class_list": "Town.members.append(value)",
    "environment": 'os.environ["GA_OOO_TEST_FORK"] = str(value)',
    "subprocess": 'subprocess.run(["touch", ROOT + "/touched"], check=True)',
    "socket": 'with socket.create_connection(ADDRESS, 5) as sent:\n    sent.sendall(b"x")',
    "thread": "thread = threading.Thread(target=started.append, args=(value,))\n"
    "  thread.start()\n  thread.join()",
}
"""Body of a function for each way."""

CANNOT_BE_KEPT: Final = frozenset({"subprocess", "socket", "thread"})
"""A rehearsal ends where it would begin one of these."""

TIMES: Final = int(os.environ.get("GA_OOO_REHEARSALS", "20"))

_HEAD: Final = """
import logging, os, socket, sqlite3, subprocess, threading

counter = 0
started = []


class Town:
  members = []
"""


class Fork:
    """A module made on the spot.

    Args:
        root: the folder that it writes into.
        ways: what its move does, in this order.
        swallows: whether its move swallows every exception, as hosts do.
    """

    def __init__(self, root: Path, ways: list[str], *, swallows: bool = False) -> None:
        self.root = root
        self.ways = ways
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        functions = [f"def write_{way}(value):\n  {WAYS[way]}\n" for way in dict.fromkeys(ways)]
        calls = [f"write_{way}(value)" for way in ways]
        if swallows:
            calls = [f"try: {call}\n  except: pass" for call in calls]
        move = "def move(value):\n  " + "\n  ".join(calls) + "\n"
        address = f"ROOT, ADDRESS = {str(root)!r}, {self._server.getsockname()!r}\n"
        self.module = _load(root / "fork.py", "\n".join([_HEAD, address, *functions, move]))

    def outside(self) -> tuple[Any, ...]:
        """All that a move could change."""
        module = self.module
        try:
            connection, connected = self._server.accept()
            connection.close()
        except BlockingIOError:
            connected = None
        return (
            *(tree(self.root), dict(os.environ), module.counter, list(module.Town.members)),
            *(list(module.started), threading.active_count(), connected),
        )

    def close(self) -> None:
        self._server.close()


def _load(path: Path, text: str) -> Any:
    path.write_text(text)
    name = f"fork_{path.parent.name}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def forked(ways: list[str], *, swallows: bool = False) -> Iterator[Fork]:
    """A fork in a folder with a log, a database and a logger that writes a file."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        root = Path(name)
        logger, handler = logging.getLogger(name), logging.FileHandler(root / "logger.txt")
        logger.addHandler(handler)
        logger.propagate = False
        fork = Fork(root, ways, swallows=swallows)
        (root / "log.txt").write_text("before\n")
        rows = fork.module.sqlite3.connect(root / "rows.sqlite")
        rows.execute("create table rows (value)")
        rows.close()
        try:
            yield fork
        finally:
            fork.close()
            handler.close()
            logger.removeHandler(handler)
            del sys.modules[fork.module.__name__]


def rehearse(fork: Fork, times: int) -> None:
    """Rehearse the move of the fork; nothing outside of it may change."""
    with isolated(fork.module) as moves:
        before = fork.outside()
        for value in range(1, times + 1):
            # Called at once.
            ended = moves.rehearse(lambda: fork.module.move(value), value)  # noqa: B023
            assert (ended is not None) == bool(CANNOT_BE_KEPT & set(fork.ways)), ended
        assert fork.outside() == before


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_writing(way: str) -> None:
    with forked([way]) as fork:
        rehearse(fork, TIMES)
        before = fork.outside()
        fork.module.move(1)
        changed = fork.outside() != before
    os.environ.pop("GA_OOO_TEST_FORK", None)
    assert changed, "the move writes where it is not rehearsed"


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(WAYS)), min_size=1, max_size=6), st.booleans())
def test_any_mixture_of_ways(ways: list[str], swallows: bool) -> None:
    with forked(ways, swallows=swallows) as fork:
        rehearse(fork, max(TIMES // 5, 2))

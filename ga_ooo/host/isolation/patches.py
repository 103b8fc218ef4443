"""Puts isolated functions in the place of the library's while a run is under way.

Host code finds them wherever it looks: the library's own modules call each other by these names
(``pathlib`` and ``shutil`` go through ``os`` and ``io``), and modules that hold a function itself
(``from os import remove``) are given the other one. Outside of moves each of them is the real one.
"""

from __future__ import annotations

import builtins
import functools
import io
import json
import logging
import multiprocessing.process
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from ga_ooo.host.isolation import databases, logs, outside
from ga_ooo.host.isolation.effects import at_work, effects_here
from ga_ooo.host.isolation.files import json_dump
from ga_ooo.host.isolation.files.folders import FolderCalls, NotByPathError
from ga_ooo.host.isolation.files.opening import open_anywhere, open_in_host

_FOLDER_CALLS: Final = (
    *("stat", "lstat", "access", "listdir", "scandir", "mkdir", "rmdir", "remove", "unlink"),
    *("rename", "replace", "truncate", "utime", "chmod", "link", "symlink", "listxattr"),
)
_LOOKS: Final = frozenset(("stat", "lstat", "access", "listdir", "scandir", "listxattr"))
"""Those that change nothing, whatever they are given."""

_AT_ONCE: Final[tuple[tuple[Any, str], ...]] = (
    *((os, name) for name in ("system", "fork", "posix_spawn", "posix_spawnp", "kill", "putenv")),
    *((os, name) for name in ("unsetenv", "execv", "execve", "chdir", "chown", "mkfifo")),
    (subprocess.Popen, "__init__"),
    (multiprocessing.process.BaseProcess, "start"),
    *((socket.socket, name) for name in ("bind", "listen", "accept")),
    *((socket.socket, name) for name in ("send", "sendall", "sendto", "recv", "recv_into")),
    (socket, "getaddrinfo"),
)
"""What can neither be kept nor taken back."""


@contextmanager
def opened_for_moves() -> Iterator[None]:
    """While entered, files and databases that are opened know later which move uses them."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in _OPENING]
    for owner, name, new in _OPENING:
        setattr(owner, name, new)
    try:
        yield
    finally:
        for owner, name, own in before:
            setattr(owner, name, own)


_OPENING: Final = (
    (builtins, "open", open_in_host),
    (io, "open", open_in_host),
    (sqlite3, "connect", databases.connect),
)


class Patches:
    """Isolated functions in place of the real ones, until :meth:`remove`."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []
        self._supported: list[tuple[set[Any], Any]] = []

    def install(self, modules: Iterable[ModuleType]) -> None:
        """Put them in place.

        Args:
            modules: those that may hold a function itself.
        """
        changed: dict[int, Any] = {}
        for owner, name, new in _replacements():
            own = getattr(owner, name)
            self._before.append((owner, name, vars(owner).get(name, _ABSENT)))
            setattr(owner, name, new)
            changed[id(own)] = new
            self._support(own, new)
        for module in modules:
            for name, value in list(vars(module).items()):
                new = changed.get(id(value))
                if new is not None:
                    self._before.append((module, name, value))
                    setattr(module, name, new)

    def remove(self) -> None:
        """Put the real ones back."""
        for owner, name, own in reversed(self._before):
            if own is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, own)
        for supported, new in self._supported:
            supported.discard(new)
        self._before.clear()
        self._supported.clear()

    def _support(self, own: Any, new: Any) -> None:
        """Some code asks whether a function is one of those that take an argument."""
        for supported in (os.supports_follow_symlinks, os.supports_dir_fd, os.supports_fd):
            if own in supported:
                supported.add(new)
                self._supported.append((supported, new))


_ABSENT: Final = object()


def _replacements() -> Iterable[tuple[Any, str, Any]]:
    calls = FolderCalls()
    yield builtins, "open", open_anywhere
    yield io, "open", open_anywhere
    yield json, "dump", json_dump.in_moves(json.dump)
    for name in filter(os.__dict__.__contains__, _FOLDER_CALLS):
        yield os, name, _by_path(getattr(os, name), getattr(calls, name), looks=name in _LOOKS)
    yield os, "open", _open_number(os.open)
    yield shutil, "rmtree", _by_path(shutil.rmtree, calls.rmtree)
    yield pathlib.Path, "touch", _by_path(pathlib.Path.touch, calls.touch)
    for owner, name in _AT_ONCE:
        if hasattr(owner, name):
            yield owner, name, _at_once(getattr(owner, name), f"{owner.__name__}.{name}")
    for name in ("connect", "connect_ex"):
        yield socket.socket, name, _connecting(getattr(socket.socket, name), f"socket.{name}")
    yield threading.Thread, "start", _refusing_threads(threading.Thread.start)
    for pool in (ThreadPoolExecutor, ProcessPoolExecutor):
        # Here, not where they start a thread: they hold a lock there, and would hold it for ever.
        yield pool, "submit", _refusing_threads(pool.submit)
    yield logging.Logger, "callHandlers", logs.call_handlers
    yield sqlite3, "connect", databases.connect
    yield from _environment()
    for name in ("stdout", "stderr"):
        yield sys, name, RealOnly(getattr(sys, name))


def _by_path(own: Any, isolated: Callable[..., Any], *, looks: bool = False) -> Any:
    name = own.__name__

    @functools.wraps(own)
    def call(*args: Any, **options: Any) -> Any:
        effects = effects_here()
        if effects is None:
            return own(*args, **options)
        try:
            with at_work():
                return isolated(effects, own, *args, **options)
        except NotByPathError:
            if not looks:
                effects.act_now(f"it calls {name} for an open file")
            return own(*args, **options)

    return call


def _at_once(own: Any, name: str) -> Any:
    @functools.wraps(own)
    def call(*args: Any, **options: Any) -> Any:
        effects = effects_here()
        if effects is not None:
            outside.act_now(effects, name)
        return own(*args, **options)

    return call


def _connecting(own: Any, name: str) -> Any:
    @functools.wraps(own)
    def call(here: Any, address: Any) -> Any:
        effects = effects_here()
        if effects is not None:
            outside.act_now(effects, name)
            outside.connecting(effects, address)
        return own(here, address)

    return call


def _open_number(own: Any) -> Any:
    @functools.wraps(own)
    def call(path: Any, flags: int, *args: Any, **options: Any) -> Any:
        effects = effects_here()
        if effects is not None and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            outside.act_now(effects, "os.open")
        return own(path, flags, *args, **options)

    return call


def _refusing_threads(own: Any) -> Any:
    @functools.wraps(own)
    def start(*args: Any, **options: Any) -> Any:
        effects = effects_here()
        if effects is not None:
            outside.refuse_thread(effects)
        return own(*args, **options)

    return start


def _environment() -> Iterable[tuple[Any, str, Any]]:
    kind: Any = type(os.environ)
    isolated = outside.Environment()
    for name, method in (
        ("__getitem__", isolated.get),
        ("__setitem__", isolated.set),
        ("__delitem__", isolated.delete),
    ):
        yield kind, name, _of_environment(getattr(kind, name), method)


def _of_environment(own: Any, isolated: Callable[..., Any]) -> Any:
    @functools.wraps(own)
    def call(environ: Any, *args: Any) -> Any:
        effects = effects_here()
        if effects is None:
            return own(environ, *args)
        return isolated(effects, own, environ, *args)

    return call


class RealOnly:
    """A stream that drops what rehearsals write.

    Args:
        stream: everything else goes there.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """See ``io.TextIOBase``."""
        effects = effects_here()
        if effects is None or not effects.is_rehearsed:
            self._stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """See ``io.TextIOBase``."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Any:
        return iter(self._stream)

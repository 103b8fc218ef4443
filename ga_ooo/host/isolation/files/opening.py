"""``open`` for host code, and for what it imports."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from typing import Any

from ga_ooo.host.isolation.effects import Effects, at_work, effects_here
from ga_ooo.host.isolation.files import real
from ga_ooo.host.isolation.files.handles import HostRandom, HostText, HostWriter
from ga_ooo.host.isolation.files.in_memory import InMemory
from ga_ooo.host.isolation.files.overlay import Kind
from ga_ooo.host.isolation.files.paths import error, resolve


def open_anywhere(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
    """``open`` while a run is under way: the real one outside of moves."""
    effects = effects_here()
    if effects is None:
        return real.real_open(file, mode, *args, **options)
    return _open_in_move(effects, file, mode, *args, **options)


def open_in_host(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    **options: Any,
) -> Any:
    """``open`` for host code outside of moves, whose files may be used in a later move."""
    given = (mode, buffering, encoding, errors, newline)
    effects = effects_here()
    if effects is not None:
        return _open_in_move(effects, file, *given, **options)
    if not _writes(mode) or not _is_named(file, options) or not real.is_plain(file):
        return real.real_open(file, *given, **options)
    return _buffered(lambda: io.FileIO(file, _raw_mode(mode)), *given)


def _open_in_move(
    effects: Effects,
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    **options: Any,
) -> Any:
    given = (mode, buffering, encoding, errors, newline)
    if not _is_named(file, options) or not real.is_plain(os.fspath(file)):
        if _writes(mode) and effects.is_rehearsed and not _is_void(file):
            effects.end_rehearsal(f"it writes {file!r}")
        return real.real_open(file, *given, **options)
    with at_work():
        path = resolve(file)
        overlay = effects.overlay
        if not _writes(mode):
            if path not in overlay.entries and not overlay.is_gone(path):
                effects.reading(path)
                return real.real_open(file, *given, **options)
            whole = overlay.whole(path)
            return _buffered(lambda: InMemory(overlay, whole, path, mode), *given)
        if "x" in mode and overlay.kind(path) is not None:
            raise error(errno.EEXIST, path)
        if "r" in mode and overlay.kind(path) is not Kind.FILE:
            raise error(errno.ENOENT, path)
        keep = "w" not in mode and "x" not in mode
        entry = overlay.open_for_writing(path, keep=keep, blind="+" not in mode)
        opened = _buffered(lambda: InMemory(overlay, entry, path, mode), *given)
        effects.opened(opened)
        return opened


def _buffered(
    make_raw: Callable[[], io.RawIOBase],
    mode: str,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
) -> Any:
    """The raw file with the buffers that ``open`` puts above it.

    Raises:
        ValueError: the arguments contradict each other.
    """
    binary = "b" in mode
    if binary and (encoding is not None or errors is not None or newline is not None):
        raise ValueError("binary mode doesn't take an encoding, errors or newline argument")
    raw = make_raw()
    if buffering == 0 and binary:
        return raw
    size = io.DEFAULT_BUFFER_SIZE if buffering in (-1, 0, 1) else buffering
    if not _writes(mode):
        reader = io.BufferedReader(raw, size)
        return reader if binary else io.TextIOWrapper(reader, encoding, errors, newline)
    if binary:
        return HostRandom(raw, size) if "+" in mode else HostWriter(raw, size)
    below = io.BufferedRandom(raw, size) if "+" in mode else io.BufferedWriter(raw, size)
    return HostText(below, encoding, errors, newline, line_buffering=buffering == 1)


def _writes(mode: str) -> bool:
    return any(letter in mode for letter in "wax+")


def _raw_mode(mode: str) -> str:
    return mode.replace("t", "").replace("b", "")


def _is_named(file: Any, options: dict[str, Any]) -> bool:
    """Whether a path is opened, by the operating system itself."""
    named = isinstance(file, str | bytes | os.PathLike)
    return named and options.get("opener") is None and options.get("closefd", True)


def _is_void(file: Any) -> bool:
    return isinstance(file, str) and file == os.devnull

"""Paths as this package names them, and the errors of the operating system about them."""

from __future__ import annotations

import os
from typing import Any

from ga_ooo.host.isolation.files import real


def resolve(path: Any, *, follow: bool = True) -> str:
    """The absolute path of what a caller names.

    Args:
        path: text, bytes or a path object.
        follow: whether a link at the path itself stands for its target.
    """
    text = os.fsdecode(path)
    if follow:
        return real.realpath(text)
    folder, name = os.path.split(text.rstrip("/") or text)
    return os.path.join(real.realpath(folder), name)


def error(number: int, *paths: str) -> OSError:
    """The error that the operating system would raise."""
    named: list[Any] = [paths[0]] if len(paths) == 1 else [paths[0], None, paths[1]]
    return OSError(number, os.strerror(number), *named)

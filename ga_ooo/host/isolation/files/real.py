"""The functions of the operating system as they are before anything is put in their place."""

from __future__ import annotations

import builtins
import os
from typing import Any, Final

real_open: Final[Any] = builtins.open
stat: Final = os.stat
lstat: Final = os.lstat
listdir: Final = os.listdir
mkdir: Final = os.mkdir
rmdir: Final = os.rmdir
remove: Final = os.remove
truncate: Final = os.truncate
realpath: Final = os.path.realpath


def exists(path: str) -> bool:
    """Whether anything lies at a path, a dangling link included."""
    try:
        lstat(path)
    except (OSError, ValueError):
        return False
    return True


def is_folder(path: str) -> bool:
    """Whether a folder lies at a path."""
    try:
        return bool((stat(path).st_mode & 0o170000) == 0o040000)
    except (OSError, ValueError):
        return False


def is_plain(path: str) -> bool:
    """Whether a path is a file or a folder, or nothing yet: no device, pipe or socket."""
    try:
        kind = stat(path).st_mode & 0o170000
    except (OSError, ValueError):
        return True
    return kind in (0o100000, 0o040000)


def read(path: str) -> bytes:
    """Content of a file."""
    with real_open(path, "rb") as file:
        content: bytes = file.read()
        return content


def write(path: str, content: bytes) -> None:
    """Replace the content of a file, which keeps its inode and permissions."""
    with real_open(path, "wb") as file:
        file.write(content)


def append(path: str, content: bytes) -> None:
    """Add to the end of a file."""
    with real_open(path, "ab") as file:
        file.write(content)

"""Files that an operating system leaves beside the user's own. The host reads none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_NAMES: Final = frozenset(
    {
        *(".ds_store", ".appledouble", ".localized", "__macosx", ".spotlight-v100", ".trashes"),
        *("thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin"),
        *(".directory", "lost+found"),
    }
)
"""Of macOS, Windows and Linux desktops; in lower case, because their case differs."""

_APPLE_DOUBLE: Final = "._"
"""macOS keeps the attributes of the file ``NAME`` in ``._NAME``, on disks and in archives that
cannot hold them."""


def is_foreign(name: str) -> bool:
    """Whether a file or folder of this name belongs to an operating system."""
    return name.startswith(_APPLE_DOUBLE) or name.lower() in _NAMES


def has_foreign_part(parts: Iterable[str]) -> bool:
    """Whether a path of these parts is such a file, or lies in such a folder."""
    return any(map(is_foreign, parts))

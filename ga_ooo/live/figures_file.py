"""The figures of a run in a file, by which another process of ours follows the run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from ga_ooo.disk import DISK, write_whole
from ga_ooo.live.figures import Figures
from ga_ooo.live.rows import Row

VARIABLE: Final = "GA_OOO_FIGURES"
"""Environment variable: the run writes its figures to this file, and shows nothing."""

PAUSE: Final = 0.2


class FiguresFile:
    """Writes the figures of a run, whole or not at all.

    Args:
        path: of the file.
    """

    pause = PAUSE

    def __init__(self, path: Path) -> None:
        self._path = path

    def say(self, text: str) -> None:
        """The other process has its own words."""

    def look(self, rows: Sequence[Row]) -> None:
        """Nothing is written between two pauses."""

    def show(self, rows: Sequence[Row]) -> None:
        """Write the figures."""
        write_whole(DISK, self._path, msgspec.json.encode(rows[0].figures), private=True)

    def close(self) -> None:
        """The last figures stay."""


def read_figures(path: Path) -> Figures:
    """The figures in a file.

    Raises:
        OSError: the file does not exist any more, or cannot be read.
    """
    return msgspec.json.decode(path.read_bytes(), type=Figures)

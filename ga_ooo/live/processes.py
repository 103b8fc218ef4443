"""Runs in other processes of ours, followed by the files in which they write their figures."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ga_ooo.live.figures import Figures
from ga_ooo.live.figures_file import read_figures
from ga_ooo.live.rows import Row


class Processes:
    """The runs of a comparison, in the order in which they start."""

    def __init__(self) -> None:
        self._files: dict[str, Path] = {}
        self._last: dict[str, Figures] = {}

    def add(self, name: str, file: Path) -> None:
        """Follow a run from now on.

        Args:
            name: for the user.
            file: of its figures; need not exist yet.
        """
        self._last[name] = Figures(work="starting")
        self._files[name] = file

    def rows(self) -> list[Row]:
        """All runs; a run whose files were removed with its last figures."""
        return [Row(name, self._read(name, file)) for name, file in list(self._files.items())]

    def _read(self, name: str, file: Path) -> Figures:
        if not self._last[name].ended:
            with suppress(OSError):
                self._last[name] = read_figures(file)
        return self._last[name]

"""What a move may read without waiting for its turn."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_TEMPLATES: Final = "persona"
"""Folder of the host's backend that holds its modules and the templates of its prompts."""


class ReadPolicy:
    """Files that no move is expected to write: code, templates, installed packages, the map.

    Where the source of a host shows that its moves write nothing, they may read everything. A move
    that writes what a later move has read in this way ends the run; so a wrong policy costs a run,
    and never a result.

    Args:
        fixed: folders whose files no move writes.
        moves_write: whether moves may write files at all.
        moves_set_variables: whether moves may change the environment.

    Attributes:
        written: everything that moves have written so far.
    """

    def __init__(
        self,
        fixed: Iterable[Path],
        *,
        moves_write: bool = True,
        moves_set_variables: bool = True,
    ) -> None:
        self.written: set[str] = set()
        self._moves_set_variables = moves_set_variables
        self._moves_write = moves_write
        self._fixed = tuple({f"{os.path.realpath(folder)}{os.sep}" for folder in fixed})

    def may_read_at_once(self, resource: str) -> bool:
        """Whether a move may look at a path, or at something else with a name, right now."""
        if resource in self.written:
            return False
        if not os.path.isabs(resource):
            return not self._moves_set_variables
        return not self._moves_write or resource.startswith(self._fixed)


def fixed_folders(backend: Path, assets: Path) -> list[Path]:
    """Folders of a host, and of this installation of Python, in which moves only read."""
    return [backend / _TEMPLATES, assets, Path(sys.prefix), Path(sys.base_prefix)]

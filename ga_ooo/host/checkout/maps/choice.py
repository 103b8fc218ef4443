"""Which map a scenario is on: the one that the host's own code would open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.errors import HostError
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.maps._maze_source import META_FILE, matrix_in_source

MATRIX: Final = "env_matrix"
"""Name in ``utils.py`` of the folder of matrix files."""

_ASSETS: Final = "maze_assets_loc"
_UNSET: Final = "\0env_matrix"
"""Value of ``env_matrix`` that shows whether ``Maze`` reads it."""

_RESTORE: Final = "restore the folder of the map from the host's repository"


@dataclass(frozen=True)
class MapChoice:
    """The maps of a checkout.

    Attributes:
        backend: folder of the host's code, where relative paths begin.
        assets: folder with one folder per map.
        texts: the text variables of the user's ``utils.py``.
        computes_environment: it sets ``env_matrix`` in a way that does not follow from its source;
            then one map counts for all scenarios, and it is not known which.
    """

    backend: Path
    assets: Path
    texts: Mapping[str, str]
    computes_environment: bool = False

    @property
    def folders(self) -> dict[str, Path]:
        """The matrix folder of each map in ``assets``, by name of the map."""
        found = sorted(path.parent for path in self.assets.glob(f"*/matrix/{META_FILE}"))
        return {folder.parent.name: folder for folder in found}

    def matrix(self, maze_name: str) -> Path:
        """Folder of the matrix files that the host opens for a scenario.

        The source of ``Maze`` decides. Where it reads ``env_matrix``, that of the user's
        ``utils.py`` counts, for every scenario. Without one, a scenario is on the map that its
        ``maze_name`` names, and on the only map of a host with one map.

        Args:
            maze_name: as ``meta.json`` of the scenario gives it.

        Raises:
            HostError: there is no such map.
        """
        opened = self._opened(maze_name)
        if opened.startswith(_UNSET):
            environment = self._environment(maze_name)
            matrix = Path(f"{environment}{opened.removeprefix(_UNSET)}").resolve()
        else:
            matrix = (self.backend / opened).resolve()
        if not (matrix / META_FILE).is_file():
            remedy = self._remedy(opened)
            raise HostError(f"there is no map in {matrix} ({META_FILE} is missing)", remedy)
        return matrix

    def reads_environment(self, maze_name: str) -> bool:
        """Whether the host opens the folder ``env_matrix`` for a scenario."""
        return self._opened(maze_name).startswith(_UNSET)

    def would_open(self, maze_name: str) -> Path:
        """Folder that the host would open for a scenario on a map that need not exist yet."""
        opened = self._opened(maze_name)
        if not opened.startswith(_UNSET):
            return (self.backend / opened).resolve()
        given = self.texts.get(MATRIX)
        named = (self.backend / given) if given else self.assets / maze_name / "matrix"
        return named.resolve()

    def default(self) -> Path:
        """Folder of the matrix files of the host's usual map, for when no scenario is given.

        Raises:
            HostError: there is no map.
        """
        folders = self.folders
        if self.texts.get(MATRIX) or len(folders) < 2:
            return self.matrix(next(iter(folders), ""))
        usual = _usual(folders)
        try:
            return self.matrix(usual)
        except HostError:
            return folders[usual]

    def other_than_named(self, maze_name: str) -> Path | None:
        """The map that a scenario is on although there is another one of its ``maze_name``.

        Raises:
            HostError: there is no map for it.
        """
        named, used = self.folders.get(maze_name), self.matrix(maze_name)
        return used if named is not None and named.resolve() != used.resolve() else None

    def _opened(self, maze_name: str) -> str:
        """The folder that ``Maze`` opens; ``env_matrix`` where that does not follow from it."""
        given = {name: text for name, text in self.texts.items() if text}
        names = {_ASSETS: str(self.assets), **given, MATRIX: _UNSET}
        return matrix_in_source(self.backend, names, maze_name) or _UNSET

    def _environment(self, maze_name: str) -> Path:
        """The folder ``env_matrix``: the user's, or the one that a run sets."""
        given = self.texts.get(MATRIX)
        if given:
            return (self.backend / given).resolve()
        folders = self.folders
        if self.computes_environment and folders:
            return folders[_usual(folders)]
        if maze_name in folders:
            return folders[maze_name]
        if not folders:
            raise HostError(f"there is no map in {self.assets}: no */matrix/{META_FILE}", _RESTORE)
        if len(folders) > 1:
            raise HostError(
                f"{self.assets} has several maps ({', '.join(folders)}), and none is called "
                f"{maze_name!r}",
                "correct 'maze_name' in reverie/meta.json of the scenario, or write "
                f"{UTILS} in the backend folder and set {MATRIX} to one of the maps",
            )
        return next(iter(folders.values()))

    def _remedy(self, opened: str) -> str:
        if opened.startswith(_UNSET) and self.texts.get(MATRIX):
            return f"correct {MATRIX} in the host's {UTILS}"
        names = ", ".join(self.folders) or "none"
        return (
            "correct 'maze_name' in reverie/meta.json of the scenario, or the path in maze.py; "
            f"maps in {self.assets}: {names}"
        )


def _usual(folders: Mapping[str, Path]) -> str:
    """The map that the README of upstream names, else the first."""
    return "the_ville" if "the_ville" in folders else next(iter(folders))

"""A host checkout: its folders, its revision, and the scenarios in its storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout.fingerprints import UTILS
from ga_ooo.host.checkout.maps._maze_source import MazeSource, read_maze_source
from ga_ooo.host.checkout.maps.choice import MapChoice
from ga_ooo.host.checkout.maps.matrix_files import HostMap, read_map
from ga_ooo.host.checkout.scenarios import Scenario, ScenarioCheck, read_scenario, simulation_names
from ga_ooo.host.checkout.time_formats import time_formats


@dataclass(frozen=True)
class Checkout:
    """A checkout of the host, found by :func:`ga_ooo.host.checkout.locate.locate`.

    Attributes:
        root: top folder.
        backend: folder with ``reverie.py``.
        frontend: folder of the frontend server.
        storage: folder of simulations; a user's ``utils.py`` can name another.
        temp_storage: folder that backend and frontend share; may not exist yet.
        assets: folder of maps.
        matrix: folder of the map's matrix files; :meth:`on_map` gives that of a scenario.
        maps: all maps, and which one a scenario is on.
        revision: git commit; without git, the known commit with the same content, else
            ``content-`` and 12 hex digits.
        recognised: ``upstream fe05a71``, ``school fork``, ``minitown`` or ``unknown fork``.
        edited: backend files that differ from the recognised revision.
        fingerprints: of the backend's Python files, by relative path
            (:func:`~ga_ooo.host.checkout.fingerprints.fingerprint`).
    """

    root: Path
    backend: Path
    frontend: Path
    storage: Path
    temp_storage: Path
    assets: Path
    matrix: Path
    maps: MapChoice
    revision: str
    recognised: str
    edited: tuple[str, ...]
    fingerprints: Mapping[str, str]

    @property
    def map_name(self) -> str:
        """Folder under ``assets`` that holds the map (upstream: ``the_ville``)."""
        return self.matrix.parent.name

    @property
    def has_utils(self) -> bool:
        """Whether the user has written a ``utils.py``."""
        return (self.backend / UTILS).is_file() and not self.utils_is_package

    @property
    def utils_is_package(self) -> bool:
        """Whether the fork has a package ``utils`` of its own, in the place of that file."""
        folder = (self.backend / UTILS).with_suffix("")
        has_code = folder.is_dir() and any(folder.rglob("*.py"))
        return has_code and (
            (folder / "__init__.py").is_file() or not (self.backend / UTILS).is_file()
        )

    @cached_property
    def maze_source(self) -> MazeSource:
        """How the host reads its maps."""
        return read_maze_source(self.backend)

    def on_map(self, maze_name: str) -> Checkout:
        """This checkout with the map that the host opens for a scenario.

        Args:
            maze_name: as ``meta.json`` of the scenario gives it.

        Raises:
            HostError: there is no such map.
        """
        return self.with_matrix(self.maps.matrix(maze_name))

    def with_matrix(self, matrix: Path) -> Checkout:
        """This checkout with another map, given as the folder of its matrix files."""
        return replace(self, matrix=matrix)

    def read_map(self) -> HostMap:
        """The map, read as the host reads it.

        Raises:
            HostError: the host cannot read it; names file and line.
        """
        return read_map(self.matrix, self.maze_source)

    def map_size(self) -> tuple[int, int]:
        """(width, height) of the map in tiles.

        Raises:
            HostError: the host cannot read the map; names file and line.
        """
        found = self.read_map()
        return found.width, found.height

    def scenarios(self) -> list[ScenarioCheck]:
        """All simulations in storage, each checked as for a run."""
        size_of, formats = cache(self._size_of), time_formats(self.backend)
        checks: list[ScenarioCheck] = []
        for name in simulation_names(self.storage):
            try:
                found = read_scenario(self.storage, size_of, name, formats)
                checks.append(ScenarioCheck(name, found))
            except (UsageError, HostError) as error:
                checks.append(ScenarioCheck(name, error=error))
        return checks

    def scenario(self, name: str) -> Scenario:
        """Read and check one scenario; see :func:`ga_ooo.host.checkout.locate.check_scenario`."""
        return read_scenario(self.storage, self._size_of, name, time_formats(self.backend))

    def _size_of(self, maze_name: str) -> tuple[int, int]:
        return self.on_map(maze_name).map_size()

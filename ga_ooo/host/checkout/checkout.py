"""A host checkout: its folders, its revision, and the scenarios in its storage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.errors import HostError, UsageError
from ga_ooo.host.checkout.fingerprints import UTILS
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
        matrix: folder of the map's matrix files.
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

    def map_size(self) -> tuple[int, int]:
        """(width, height) of the map in tiles.

        Raises:
            HostError: ``maze_meta_info.json`` does not give it.
        """
        path = self.matrix / "maze_meta_info.json"
        try:
            meta = json.loads(path.read_text("utf-8"))
            width, height = int(meta["maze_width"]), int(meta["maze_height"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HostError(
                f"{path} does not give maze_width and maze_height: {error}",
                "restore the file from the host's repository",
            ) from error
        return width, height

    def scenarios(self) -> list[ScenarioCheck]:
        """All simulations in storage, each checked as for a run.

        Raises:
            HostError: the map is broken, so no scenario can be checked.
        """
        size, formats = self.map_size(), time_formats(self.backend)
        checks: list[ScenarioCheck] = []
        for name in simulation_names(self.storage):
            try:
                checks.append(ScenarioCheck(name, read_scenario(self.storage, size, name, formats)))
            except UsageError as error:
                checks.append(ScenarioCheck(name, error=error))
        return checks

    def scenario(self, name: str) -> Scenario:
        """Read and check one scenario; see :func:`ga_ooo.host.checkout.locate.check_scenario`."""
        return read_scenario(self.storage, self.map_size(), name, time_formats(self.backend))

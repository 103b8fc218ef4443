"""The step files that the host and its frontend exchange. Each is written as a whole.

``movement/N.json`` is what the host writes after step N, ``environment/N.json`` what its browser
frontend writes before step N. The formats are the host's (``ReverieServer.start_server``) and
the frontend's (``process_environment``), byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ga_ooo.disk import DISK, RESUME_REMEDY, Disk, naming_file
from ga_ooo.host.checkout.later_steps import later_step_files
from ga_ooo.host.durable.step_digests import StepDigests
from ga_ooo.host.json_files import read_json, write_json


def environment_of(maze_name: str, movements: Mapping[str, Any]) -> dict[str, Any]:
    """The frontend's answer to a movement file: all personas on the tiles they moved to."""
    environment = {}
    for name, moved in movements["persona"].items():
        x, y = moved["movement"]
        environment[name] = {"maze": maze_name, "x": x, "y": y}
    return environment


class StepFiles:
    """The step files of one simulation.

    Args:
        folder: the simulation's folder under the host's storage.
        maze_name: the name of the maze in environment files.
        disk: where the files are.
        digests: notes the content of each step; None for a run without checkpoints.
    """

    def __init__(
        self,
        folder: Path,
        maze_name: str,
        disk: Disk = DISK,
        digests: StepDigests | None = None,
    ) -> None:
        self.folder = folder
        self._maze_name = maze_name
        self._disk = disk
        self._digests = digests
        # Shipped base scenarios have no movement/ folder, and the host does not make one.
        with naming_file(folder, RESUME_REMEDY):
            disk.make_folder(folder / "movement")

    def environment(self, step: int) -> Path:
        """Path of ``environment/{step}.json``."""
        return self.folder / "environment" / f"{step}.json"

    def movement(self, step: int) -> Path:
        """Path of ``movement/{step}.json``."""
        return self.folder / "movement" / f"{step}.json"

    def write_step(self, step: int, movements: Mapping[str, Any]) -> None:
        """Write the movements of ``step`` and the positions before the next step."""
        moved = write_json(self.movement(step), movements, self._disk)
        environment = environment_of(self._maze_name, movements)
        positions = write_json(self.environment(step + 1), environment, self._disk)
        if self._digests is not None:
            self._digests.add(step, moved, positions)

    def read_environment(self, step: int) -> Any:
        """The positions of all personas before ``step``; see :func:`read_json`."""
        return read_json(self.environment(step), self._disk)

    def answer_movement(self, step: int) -> bool:
        """Do the frontend's part: write ``environment/{step}.json`` from the movements before it.

        Returns:
            whether it was written: not if it exists, nor before the first step.
        """
        moved = self.movement(step - 1)
        if self._disk.is_file(self.environment(step)) or not self._disk.is_file(moved):
            return False
        environment = environment_of(self._maze_name, read_json(moved, self._disk))
        write_json(self.environment(step), environment, self._disk)
        return True

    def remove_after(self, step: int) -> None:
        """Remove the files of ``step`` and all later steps.

        Raises:
            OSError: a file cannot be removed.
        """
        remove_later_steps(self.folder, step, self._disk)


def remove_later_steps(folder: Path, step: int, disk: Disk = DISK) -> list[str]:
    """Remove the movements of ``step``, and all files of later steps, from a simulation.

    Returns:
        the removed files, as :func:`later_step_files` gives them.

    Raises:
        OSError: a file cannot be removed.
    """
    later = later_step_files(folder, step, disk)
    for name in later:
        disk.remove(folder / name)
    return later

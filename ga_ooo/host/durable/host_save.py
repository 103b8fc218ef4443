"""The host's own save: into a folder beside the simulation, and from there over its files.

The exact state of all personas is written with the host's files, which do not hold it.
"""

from __future__ import annotations

import datetime
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

from ga_ooo.disk import OWN_FOLDER, Disk, write_whole
from ga_ooo.errors import HostError
from ga_ooo.host.durable.state import dump
from ga_ooo.host.durable.step_digests import DIGESTS_FILE, StepDigests
from ga_ooo.host.imported.modules import HostModules
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.snapshot import PersonaCopy, put_back

STATE_FILE: Final = f"{OWN_FOLDER}/state.msgpack"

_META: Final = "reverie/meta.json"
_STEPS: Final = ("movement", "environment")
"""Folders with a file per step, of which a fork needs one."""


class SavedHost(Protocol):
    """The parts of a host that are needed to write the state of its server."""

    storage: Path
    chance: random.Random
    modules: HostModules


class HostStateWriter:
    """Writes states of one server.

    Args:
        host: the host in this process.
        server: the host's ``ReverieServer``.
        disk: where the files are written.
        digests: of the steps that were taken.
    """

    def __init__(self, host: SavedHost, server: Any, disk: Disk, digests: StepDigests) -> None:
        self._host = host
        self._server = server
        self._disk = disk
        self._digests = digests

    def write_past(self, checkpoint: Checkpoint, folder: Path) -> None:
        """Write an earlier state. It puts the server back into that state, so it must run in a
        child process."""
        _restore(self._server, checkpoint)
        self.write_current(checkpoint, folder)

    def write_current(self, checkpoint: Checkpoint, folder: Path) -> None:
        """Write the present state.

        Args:
            checkpoint: of this state.
            folder: an empty folder below the folder of simulations.

        Raises:
            OSError: a file cannot be written.
            HostError: the host does not save under the simulation's name, or a persona holds
                an object that cannot be written.
        """
        host, disk = self._host, self._disk
        _save_aside(self._server, host.storage, folder, disk)
        state = dump(self._server, host.modules.all, checkpoint, host.chance)
        disk.write(folder / STATE_FILE, state, private=True)
        disk.write(folder / DIGESTS_FILE, self._digests.until(checkpoint.step), private=True)


def install(folder: Path, simulation: Path, disk: Disk) -> None:
    """Copy a saved state over the files of the simulation. Each file is whole at any moment.

    Raises:
        OSError: a file cannot be written.
    """
    renames = []
    for path in disk.tree(folder):
        inner = path.relative_to(folder)
        if inner.parts[0] in (OWN_FOLDER, *_STEPS):
            continue
        target = simulation / inner
        aside = target.with_name(f".{target.name}.tmp")
        disk.write(aside, disk.read(path))
        renames.append((aside, target))
    disk.sync_all(simulation)
    for aside, target in renames:
        disk.rename(aside, target)


def fork_again(scenario: Path, simulation: Path, first: int, disk: Disk) -> None:
    """Copy the scenario over the files of a simulation again: the first copy may have been lost.

    Raises:
        OSError: a file cannot be written.
    """
    install(scenario, simulation, disk)
    where = Path("environment") / f"{first}.json"
    disk.make_folder(simulation / where.parent)
    write_whole(disk, simulation / where, disk.read(scenario / where))


# --- saving --------------------------------------------------------------------------------------


def _save_aside(server: Any, storage: Path, folder: Path, disk: Disk) -> None:
    """Let the host save into another folder, as a simulation that can be forked."""
    simulation = storage / server.sim_code
    for inner in _inner_folders(simulation, disk):
        disk.make_folder(folder / inner)
    name = server.sim_code
    server.sim_code = folder.relative_to(storage).as_posix()
    try:
        server.save()
    finally:
        server.sim_code = name
    if _saved_step(folder, disk) != server.step:
        raise HostError(
            f"the host does not save the simulation that `sim_code` names into {folder}",
            "run with --no-checkpoints",
        )
    _copy_unsaved(simulation, folder, server.step, disk)


def _inner_folders(simulation: Path, disk: Disk) -> Iterator[Path]:
    for name in disk.names(simulation):
        top = simulation / name
        if name in _STEPS:
            # Thousands of files, and no folders.
            yield Path(name)
        elif name != OWN_FOLDER and disk.is_folder(top):
            yield from (path.relative_to(simulation) for path in disk.folders(top))


def _saved_step(folder: Path, disk: Disk) -> Any:
    if not disk.is_file(folder / _META):
        return None
    return json.loads(disk.read(folder / _META)).get("step")


def _copy_unsaved(simulation: Path, folder: Path, step: int, disk: Disk) -> None:
    for name in disk.names(simulation):
        if name in (OWN_FOLDER, *_STEPS) or name.startswith("."):
            continue
        top = simulation / name
        for path in disk.tree(top) if disk.is_folder(top) else [top]:
            copy = folder / path.relative_to(simulation)
            if not disk.is_file(copy) and not path.name.startswith("."):
                disk.write(copy, disk.read(path))
    where = Path("environment") / f"{step}.json"
    disk.write(folder / where, disk.read(simulation / where))


# --- going back ----------------------------------------------------------------------------------


def _restore(server: Any, checkpoint: Checkpoint) -> None:
    """Put the personas and the clock of a server back to a checkpoint."""
    personas = list(server.personas.values())
    server.personas_tile.update(zip(server.personas, checkpoint.curr_tiles, strict=True))
    for persona, clean in zip(personas, checkpoint.copies, strict=True):
        put_back(persona, clean)
    _share_again(personas, checkpoint.copies)
    seconds = server.sec_per_step * (checkpoint.step - server.step)
    server.curr_time += datetime.timedelta(seconds=seconds)
    server.step = checkpoint.step


def _share_again(personas: list[Any], copies: list[PersonaCopy]) -> None:
    """Make one object again of containers that several personas shared when they were copied: two
    personas that talk share one list of utterances."""
    holders: defaultdict[int, list[tuple[Any, str]]] = defaultdict(list)
    for persona, clean in zip(personas, copies, strict=True):
        for part, (attributes, _) in clean.parts.items():
            for name, value in attributes.items():
                if isinstance(value, (list, dict, set)):
                    holders[id(value)].append((getattr(persona, part), name))
    for sharing in holders.values():
        first_part, first_name = sharing[0]
        shared = getattr(first_part, first_name)
        for part, name in sharing[1:]:
            if getattr(part, name) == shared:
                setattr(part, name, shared)

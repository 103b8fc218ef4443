"""The host's own save, into a folder beside the simulation instead of over it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER, Disk, write_whole
from ga_ooo.errors import HostError

_META: Final = "reverie/meta.json"
_STEPS: Final = ("movement", "environment")
"""Folders of a file per step: a fork needs one of all these files."""


def save_aside(server: Any, storage: Path, folder: Path, disk: Disk) -> None:
    """Have the host save where its server stands, as a simulation of its own that can be forked.

    Args:
        server: the host's ``ReverieServer``.
        storage: folder of simulations.
        folder: an empty one below it.

    Raises:
        OSError: it cannot be written.
        HostError: the host saves elsewhere than under the simulation's name.
    """
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
    _add_what_the_host_does_not_save(simulation, folder, server.step, disk)


def install(folder: Path, simulation: Path, disk: Disk) -> None:
    """Put what was saved aside into the simulation, file by file, each whole at any moment.

    Raises:
        OSError: it cannot be written.
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
    """Put back what a new simulation had of its scenario, which nobody made durable then.

    Raises:
        OSError: it cannot be written.
    """
    install(scenario, simulation, disk)
    where = Path("environment") / f"{first}.json"
    disk.make_folder(simulation / where.parent)
    write_whole(disk, simulation / where, disk.read(scenario / where))


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


def _add_what_the_host_does_not_save(simulation: Path, folder: Path, step: int, disk: Disk) -> None:
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

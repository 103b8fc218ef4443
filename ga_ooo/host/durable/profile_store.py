"""The profile that rehearsals have learned: kept with the simulation, and so with its forks."""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from ga_ooo.disk import OWN_FOLDER, Disk, remove_aside, write_whole
from ga_ooo.observer import Observer
from ga_ooo.runahead.profile import START_PROFILE, dump_profile, load_profile, read_profile
from ga_ooo.runahead.questions import Prefetching

logger = logging.getLogger(__name__)

_PROFILE_FILE: Final = f"{OWN_FOLDER}/profile.json"


class ForkCleaner(Observer):
    """Clears each new simulation of the files that belong to the simulation it was forked from.

    Args:
        prefetching: starts with the profile, the one file that is kept; None without rehearsals.
    """

    def __init__(self, prefetching: Prefetching | None, disk: Disk) -> None:
        self._prefetching = prefetching
        self._disk = disk

    def forked(self, simulation: Path) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        clear_but_profile(simulation, self._disk)
        if self._prefetching is not None:
            take_profile(self._prefetching, simulation, self._disk)


def clear_but_profile(simulation: Path, disk: Disk) -> None:
    """Remove the files that a fork has copied from another simulation, such as its journal and its
    checkpoints. The profile is kept: it is useful here too."""
    profile = _read(simulation, disk)
    shutil.rmtree(simulation / OWN_FOLDER, ignore_errors=True)
    if profile is not None:
        _write(simulation, profile, disk)


def take_profile(calls: Prefetching, simulation: Path, disk: Disk) -> None:
    """Let rehearsals begin with what the simulation knows, else with the start profile."""
    with suppress(OSError):
        remove_aside(disk, simulation / _PROFILE_FILE)
    profile = _read(simulation, disk)
    if profile is not None:
        try:
            load_profile(calls, profile)
            return
        except ValueError as error:
            path = simulation / _PROFILE_FILE
            logger.warning("%s is of no use (%s): rehearsals learn anew", path, error)
    load_profile(calls, START_PROFILE.read_bytes())


def check_profile(simulation: Path, disk: Disk) -> str:
    """Why the profile of a simulation is of no use; empty if it is, or if there is none."""
    profile = _read(simulation, disk)
    try:
        if profile is not None:
            read_profile(profile)
    except ValueError as error:
        return f"{simulation / _PROFILE_FILE} is of no use ({error})"
    return ""


def keep_profile(calls: Prefetching, simulation: Path, disk: Disk) -> None:
    """Note down what rehearsals have learned, if that is more than the start profile."""
    profile, start = dump_profile(calls), read_profile(START_PROFILE.read_bytes())
    if profile is not None and list(calls.admission.rates.counts()) != start.rates:
        _write(simulation, profile, disk)


def _read(simulation: Path, disk: Disk) -> bytes | None:
    try:
        return disk.read(simulation / _PROFILE_FILE)
    except OSError:
        return None


def _write(simulation: Path, profile: bytes, disk: Disk) -> None:
    """Nothing is lost but speed where it cannot be written."""
    path = simulation / _PROFILE_FILE
    try:
        disk.make_private_folder(path.parent)
        write_whole(disk, path, profile, private=True)
    except OSError as error:
        logger.warning("%s cannot be written (%s): the next run learns anew", path, error)

"""What must hold so that a run can be resumed: no other process runs it, and host and scenario are
those that it began with."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ga_ooo.disk import OWN_FOLDER, RESUME_REMEDY, Disk, naming_file
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.record import (
    RunRecord,
    fingerprint_of_code,
    fingerprint_of_map,
    fingerprint_of_scenario,
)
from ga_ooo.journal.lock import ProcessLock

_LOCK_FILE: Final = "run.lock"


def lock_run(simulation: Path) -> ProcessLock:
    """Take hold of a simulation; it is let go when this process ends, however it does.

    Raises:
        UsageError: another process runs it.
        RunStoppedError: the lock cannot be made.
    """
    folder = simulation / OWN_FOLDER
    with naming_file(folder, RESUME_REMEDY):
        folder.mkdir(mode=0o700, exist_ok=True)
        return ProcessLock(
            folder / _LOCK_FILE,
            f"the simulation {simulation}",
            "let that run end, or stop it first",
        )


def check_same_host(record: RunRecord, checkout: Checkout) -> None:
    """Make sure that a run goes on with the code and the map that it began with.

    Raises:
        UsageError: one of them has changed.
    """
    if record.code != fingerprint_of_code(checkout):
        raise UsageError(
            f"the run began with other code of the host (revision {record.revision}) than "
            f"{checkout.root} holds now ({checkout.revision})",
            "go back to that revision; or, where you mended what had stopped the run, add "
            "--changed-host: steps from there on are then taken by the new code",
        )
    if record.map != fingerprint_of_map(checkout):
        raise UsageError(
            f"the run began with another map than {checkout.matrix} holds now",
            "restore the map's files",
        )


def check_same_scenario(record: RunRecord, storage: Path, disk: Disk) -> None:
    """Make sure that a run that starts over does so from what it began with.

    Raises:
        UsageError: the scenario is gone or has changed.
    """
    folder = storage / record.scenario
    if not disk.is_folder(folder):
        raise UsageError(
            f"there is no checkpoint, and the scenario {folder} that the run was forked from is "
            "gone",
            "restore the scenario",
        )
    if fingerprint_of_scenario(folder, record.first, disk) != record.scenario_content:
        raise UsageError(
            f"there is no checkpoint, and the scenario {folder} has changed since the run was "
            "forked from it",
            "restore the scenario, or begin the run again",
        )

"""The conditions under which a run can be resumed: no other process runs it, and host and scenario
are those that it began with."""

from __future__ import annotations

from pathlib import Path

from ga_ooo.disk import RESUME_REMEDY, RUN_LOCK, Disk, naming_file
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.record import (
    RunRecord,
    fingerprint_of_code,
    fingerprint_of_map,
    fingerprint_of_scenario,
)
from ga_ooo.journal.lock import ProcessLock


def lock_run(simulation: Path) -> ProcessLock:
    """Lock a simulation. The lock is released when this process ends, in any way.

    Raises:
        UsageError: another process has locked it.
        RunStoppedError: the lock cannot be made.
    """
    lock = simulation / RUN_LOCK
    with naming_file(lock, RESUME_REMEDY):
        lock.parent.mkdir(mode=0o700, exist_ok=True)
        return ProcessLock(
            lock,
            f"the simulation {simulation}",
            "let that run end, or stop it first",
        )


def check_same_host(record: RunRecord, checkout: Checkout) -> None:
    """Check that code and map are those that the run began with.

    Raises:
        UsageError: one of them has changed.
    """
    if record.code != fingerprint_of_code(checkout):
        raise UsageError(
            f"the run began with other code of the host (revision {record.revision}) than "
            f"{checkout.root} holds now ({checkout.revision})",
            "go back to that revision; or, if you changed the code because it had stopped the run, "
            "add --changed-host: the steps that are left are then taken by the new code",
        )
    if record.map != fingerprint_of_map(checkout):
        raise UsageError(
            f"the run began with another map than {checkout.matrix} holds now",
            "restore the map's files",
        )


def check_same_scenario(record: RunRecord, storage: Path, disk: Disk) -> None:
    """Check that the scenario is the one that the run began with, for a run that starts again.

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

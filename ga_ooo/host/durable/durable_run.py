"""Makes a run one that can be resumed: its record, its lock, its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import OWN_FOLDER, Disk, naming_file
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.keeper import CheckpointKeeper
from ga_ooo.host.durable.record import (
    RunRecord,
    fingerprint_of_code,
    fingerprint_of_map,
    fingerprint_of_scenario,
    hash_seed,
    write_record,
)
from ga_ooo.host.durable.writer import HostStateWriter
from ga_ooo.host.run.session import Session
from ga_ooo.host.run.step_files import RESUME_REMEDY
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


@dataclass
class DurablePlan:
    """What is to be written down of a run that begins.

    Attributes:
        model: what determines the model's answers, as text.
        settings: the command line's own notes.
    """

    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    _lock: ProcessLock | None = None

    def begin(self, session: Session, server: Any, fork: str, steps: Sequence[int]) -> None:
        """The simulation has been forked, and no step taken.

        Raises:
            UsageError: the scenario cannot be read.
            RunStoppedError: the disk does not let us.
        """
        simulation = session.storage / server.sim_code
        self._lock = lock_run(simulation)
        record = RunRecord(
            seed=session.options.seed,
            revision=session.checkout.revision,
            code=fingerprint_of_code(session.checkout),
            map=fingerprint_of_map(session.checkout),
            scenario=fork,
            scenario_content=fingerprint_of_scenario(session.storage / fork, server.step),
            model=self.model,
            hash_seed=hash_seed(),
            first=server.step,
            steps=tuple(steps),
            journal=_journal_path(session, simulation),
            settings=self.settings,
        )
        write_record(simulation, record, session.disk)
        keep_checkpoints(session, server, record)


def keep_checkpoints(session: Session, server: Any, record: RunRecord) -> CheckpointKeeper:
    """From now on the session makes durable checkpoints of this server."""
    simulation = session.storage / server.sim_code
    keeper = CheckpointKeeper(
        CheckpointFolder(simulation, record.digest(), session.disk),
        HostStateWriter(session, server),
        session.options,
    )
    session.checkpoints = keeper
    return keeper


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


def _journal_path(session: Session, simulation: Path) -> str | None:
    """Relative where it is part of the simulation, which may be moved."""
    if session.journal is None:
        return None
    path = session.journal.journal.path.resolve()
    inside = path.is_relative_to(simulation)
    return str(path.relative_to(simulation) if inside else path)

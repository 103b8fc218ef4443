"""Finds damage anywhere in a simulation: each damaged file is named, with what resuming does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ga_ooo.disk import OWN_FOLDER, Disk
from ga_ooo.errors import GaOooError
from ga_ooo.host.durable.folder import BrokenCheckpointError, CheckpointFolder
from ga_ooo.host.durable.profile_store import check_profile
from ga_ooo.host.durable.record import RunRecord
from ga_ooo.host.durable.resumable import check_same_scenario
from ga_ooo.host.durable.step_digests import StepDigests
from ga_ooo.host.json_files import read_json
from ga_ooo.journal import damage_of_journal

_META: Final = "reverie/meta.json"
_OF_STEPS: Final = ("movement", "environment")


def find_damage(
    simulation: Path, record: RunRecord, journal: Path | None, disk: Disk
) -> Iterator[str]:
    """Every damage in a simulation that no process uses, in words.

    Step files after the newest checkpoint are not compared: resuming takes these steps again.

    Args:
        journal: of the run; None for none.
    """
    checkpoints = CheckpointFolder(simulation, record.digest(), disk)
    newest: int | None = None
    for step in checkpoints.steps():
        try:
            checkpoints.check(step)
            newest = step
        except BrokenCheckpointError as error:
            yield f"{error}; resume uses another one"
    if newest is None:
        yield from _without_checkpoint(simulation, record, disk)
    else:
        yield from _in_steps(simulation, checkpoints.at(newest), record, disk)
        yield from _in_save(simulation, checkpoints, newest, disk)
    if journal is not None:
        yield from _in_journal(journal)
    problem = check_profile(simulation, disk)
    if problem:
        yield f"{problem}; rehearsals learn anew"


def has_ended(simulation: Path, record: RunRecord, disk: Disk) -> bool:
    """Whether a run has taken all its steps, with its last checkpoint and the host's save whole.

    Then resuming has nothing to do.
    """
    checkpoints, end = CheckpointFolder(simulation, record.digest(), disk), record.ends[-1]
    if checkpoints.steps()[-1:] != [end]:
        return False
    try:
        checkpoints.check(end)
        saved = read_json(simulation / _META, disk).get("step")
    except (BrokenCheckpointError, GaOooError, AttributeError):
        return False
    return saved == end and not any(_in_save(simulation, checkpoints, end, disk))


def _without_checkpoint(simulation: Path, record: RunRecord, disk: Disk) -> Iterator[str]:
    try:
        check_same_scenario(record, simulation.parent, disk)
    except GaOooError as error:
        yield error.problem


def _in_steps(simulation: Path, checkpoint: Path, record: RunRecord, disk: Disk) -> Iterator[str]:
    try:
        digests = StepDigests.read(checkpoint, record.first, int(checkpoint.name), disk)
    except (OSError, ValueError) as error:
        yield f"the checkpoint {checkpoint} cannot be used: {error}"
        return
    for name in digests.damaged(simulation, disk):
        yield f"{simulation / name} is damaged or missing; resume does not write it again"


def _in_save(
    simulation: Path, checkpoints: CheckpointFolder, newest: int, disk: Disk
) -> Iterator[str]:
    """The host's own files are those of the newest checkpoint, once the run has ended in order."""
    try:
        saved = read_json(simulation / _META, disk).get("step")
    except (GaOooError, AttributeError):
        yield f"{simulation / _META} cannot be read; resume writes it again"
        return
    if saved != newest:
        # The run was killed after this save; resume replaces these files.
        return
    folder = checkpoints.at(newest)
    for path in disk.tree(folder):
        name = path.relative_to(folder)
        if name.parts[0] in (OWN_FOLDER, *_OF_STEPS):
            continue
        try:
            is_same = disk.read(simulation / name) == disk.read(path)
        except OSError:
            is_same = False
        if not is_same:
            yield f"{simulation / name} is damaged or missing; resume writes it again"


def _in_journal(journal: Path) -> Iterator[str]:
    try:
        problem = damage_of_journal(journal)
    except GaOooError as error:
        yield f"{error.problem}; resume asks again for the answers that it needs"
        return
    if problem:
        yield (
            f"the journal {journal} is damaged: {problem}; resume asks again for the answers that "
            "it needs"
        )

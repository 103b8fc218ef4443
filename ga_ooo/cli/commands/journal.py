"""``ga-ooo journal``: makes the journal of a run smaller."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ga_ooo.api.requests import BegunRun
from ga_ooo.api.resume_checks import journal_of
from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.disk import DISK
from ga_ooo.errors import UsageError
from ga_ooo.host.durable.damage import has_ended
from ga_ooo.host.durable.folder import BrokenCheckpointError, CheckpointFolder
from ga_ooo.host.durable.record import RunRecord
from ga_ooo.host.durable.resumable import lock_run
from ga_ooo.host.json_files import read_json
from ga_ooo.journal.database import read_identity
from ga_ooo.journal.records import JournalMode
from ga_ooo.journal.store import Journal
from ga_ooo.options import FileOptions, JournalOptions
from ga_ooo.options.declare import Declared, Flags, nested, option


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The run whose journal is compacted."""

    what: Literal["compact"] = option(help="drop calls that no resume can need", flag="compact")
    host: Path = arguments.host()
    sim: str = arguments.simulation()
    finished: bool = option(
        False, "drop calls of a run that has ended, too: it can then not be replayed any more"
    )
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))
    journal: JournalOptions = nested(JournalOptions, Flags(("journal.file",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    run = BegunRun.find(given.host, given.sim, given.files.storage)
    simulation, record = run.simulation, run.record
    notes = run.own_notes or {}
    plan = journal_of(line.recall(notes).arguments.journal, record, simulation)
    if plan is None or plan.file is None:
        raise UsageError(
            f"the run of {simulation} keeps no journal", "do nothing: there is nothing to compact"
        )
    if not given.finished and has_ended(simulation, record, DISK):
        raise UsageError(
            f"the run of {simulation} has ended, and its journal is all that can replay it",
            "keep the journal; or add --finished to drop these calls",
        )
    lock = lock_run(simulation)
    try:
        below = _oldest_whole(simulation, record)
        path = plan.file
        before = path.stat().st_size if path.exists() else 0
        with closing(Journal(path, read_identity(path), JournalMode.RESUME)) as journal:
            # A crash may lose notes of commits; all personas have committed the steps before a
            # checkpoint.
            noted = journal.commit_steps()
            for persona in _people(simulation, record, below):
                if noted.get(persona, 0) < below:
                    journal.note_committed(persona, below - 1)
            dropped = journal.compact(below)
        after = path.stat().st_size
    finally:
        lock.release()
    print(f"{dropped:,} calls below step {below} dropped, {before - after:,} bytes freed")
    return 0


def _people(simulation: Path, record: RunRecord, step: int) -> list[str]:
    folder = CheckpointFolder(simulation, record.digest(), DISK).at(step)
    meta: dict[str, list[str]] = read_json(folder / "reverie" / "meta.json")
    return meta["persona_names"]


def _oldest_whole(simulation: Path, record: RunRecord) -> int:
    """The earliest step that a resume can start from: the first of the checkpoints, all whole."""
    folder = CheckpointFolder(simulation, record.digest(), DISK)
    steps = folder.steps()
    try:
        for step in steps:
            folder.check(step)
    except BrokenCheckpointError as error:
        raise UsageError(
            str(error), "remove its folder, or resume the run until newer ones have replaced it"
        ) from error
    if not steps:
        raise UsageError(f"there is no checkpoint in {folder.path}", "resume the run first")
    return steps[0]


COMMAND = Command("make the journal of a run smaller", Arguments, _run)

"""``ga-ooo check``: finds damage in a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.api.requests import BegunRun
from ga_ooo.api.resume_checks import journal_of
from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.disk import DISK
from ga_ooo.host.durable.damage import find_damage
from ga_ooo.host.durable.resumable import lock_run
from ga_ooo.options import FileOptions, JournalOptions
from ga_ooo.options.declare import Declared, Flags, nested
from ga_ooo.texts import printable

_DAMAGED = 1


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The simulation that is checked."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))
    journal: JournalOptions = nested(JournalOptions, Flags(("journal.file",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    run = BegunRun.find(given.host, given.sim, given.files.storage)
    simulation, record = run.simulation, run.record
    notes = run.own_notes or {}
    plan = journal_of(line.recall(notes).arguments.journal, record, simulation)
    lock = lock_run(simulation)
    try:
        damages = list(find_damage(simulation, record, plan.file if plan else None, DISK))
    finally:
        lock.release()
    for damage in damages:
        print(printable(damage))
    if damages:
        print(f"{len(damages):,} damages in {simulation}")
        return _DAMAGED
    print(f"no damage in {simulation}")
    return 0


COMMAND = Command(
    "find damage in a simulation that a run has made",
    Arguments,
    _run,
    description="Names each damaged file, and says what `ga-ooo resume` does about it.",
)

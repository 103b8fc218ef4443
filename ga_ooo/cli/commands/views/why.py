"""``ga-ooo why``: who waits for whom, in a run in progress, or at its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Declared, Flags, nested
from ga_ooo.record import RecordReader, record_file
from ga_ooo.views.simulations import find_simulation
from ga_ooo.views.waiting import waiting_tree


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The simulation whose run is looked at."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    with RecordReader(record_file(simulation)) as reader:
        print("\n".join(waiting_tree(reader)))
    return 0


COMMAND = Command(
    "show who waits for whom as a tree, and the longest chain",
    Arguments,
    _run,
    description="Shows the last moment that the record of the run has: half a second ago if the "
    "run goes on, else its end.",
)

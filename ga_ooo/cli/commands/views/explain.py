"""``ga-ooo explain``: what happened in one step of one persona, in words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Declared, Flags, at_least, nested, option
from ga_ooo.record import RecordReader, record_file
from ga_ooo.views.explanations import explain
from ga_ooo.views.simulations import find_simulation


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The persona step that is explained."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    persona: str = option(help="name of the persona")
    step: int = option(help="number of the step", check=at_least(0))
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    with RecordReader(record_file(simulation)) as reader:
        print("\n".join(explain(reader, reader.index(given.persona), given.step)))
    return 0


COMMAND = Command(
    "say in words what one step of one persona waited for, and what it asked",
    Arguments,
    _run,
    description="Reads the record of the run (docs/record.md), also during the run.",
)

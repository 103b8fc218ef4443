"""``ga-ooo export``: the record of a run as CSV tables, or as a timeline for Perfetto."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Declared, Flags, at_least, nested, option
from ga_ooo.record import RecordReader, record_file
from ga_ooo.record.reader import Range
from ga_ooo.views.exports import write_tables, write_timeline
from ga_ooo.views.simulations import find_simulation


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """What is exported, and where to."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    format: Literal["csv", "perfetto"] = option(
        help="csv: a folder with a file for each table; perfetto: one file for "
        "https://ui.perfetto.dev, with arrows from the persona that held another one"
    )
    output: Path = option(help="new folder (csv) or new file (perfetto)", metavar="PATH")
    first: int = option(0, "perfetto: from this step on", metavar="STEP", check=at_least(0))
    until: int | None = option(
        None,
        "perfetto: before this step",
        metavar="STEP",
        check=at_least(1),
        unset="the end",
    )
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    with RecordReader(record_file(simulation)) as reader:
        if given.format == "csv":
            files = write_tables(reader, given.output)
            print(f"{len(files)} tables in {given.output}")
        else:
            write_timeline(reader, given.output, Range(None, given.first, given.until))
            print(f"{given.output}; open it at https://ui.perfetto.dev")
    return 0


COMMAND = Command("export the record of a run, as tables or as a timeline", Arguments, _run)

"""``ga-ooo report``: all of a run in one HTML file."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import FileOptions, PriceOptions
from ga_ooo.options.declare import Flags, nested, option
from ga_ooo.record import RecordReader, record_file
from ga_ooo.report import write_report
from ga_ooo.views.simulations import find_simulation
from ga_ooo.views.texts import size


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """The run that is reported, and where to."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    output: Path | None = option(None, "new HTML file", metavar="FILE", unset="SIM.html here")
    against: str = option(
        "", "also say where and why this simulation parts from the first one", unset="none"
    )
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))
    prices: PriceOptions = nested(PriceOptions, Flags(("prices",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    names = [given.sim, given.against] if given.against else [given.sim]
    path = given.output or Path(f"{given.sim}.html")
    with ExitStack() as stack:
        readers = [
            stack.enter_context(RecordReader(record_file(folder)))
            for folder in (find_simulation(given.host, name, given.files.storage) for name in names)
        ]
        against = readers[1] if given.against else None
        title = f"{given.sim}, compared with {given.against}" if given.against else given.sim
        written = write_report(readers[0], path, title, given.prices, against)
    print(f"{path} ({size(written)}); open it in a browser")
    return 0


COMMAND = Command(
    "write one HTML file with all about a run, for a browser without network",
    Arguments,
    _run,
    description="Reads the record of the run (docs/record.md), also during the run.",
    epilog="example:\n  ga-ooo report HOST day --output day.html --against day-2",
)

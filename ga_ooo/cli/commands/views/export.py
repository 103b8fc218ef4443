"""``ga-ooo export``: the record of a run as tables, timeline, graph, or spans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.errors import UsageError
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Declared, Flags, at_least, nested, option
from ga_ooo.record import RecordReader, record_file
from ga_ooo.record.reader import Range
from ga_ooo.views.exports import write_tables, write_timeline
from ga_ooo.views.graphs import write_graph
from ga_ooo.views.simulations import find_simulation
from ga_ooo.views.telemetry.sending import send


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """What is exported, and where to."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    format: Literal["csv", "perfetto", "graphml", "opentelemetry"] = option(
        help="csv: a folder with a file for each table; perfetto: one file for "
        "https://ui.perfetto.dev, with arrows from the persona that held another one; graphml: who "
        "held whom, as one file; opentelemetry: spans and metrics, to the collector of "
        "$OTEL_EXPORTER_OTLP_ENDPOINT"
    )
    output: Path | None = option(
        None,
        "new folder (csv) or new file",
        metavar="PATH",
        unset="required, except for opentelemetry",
    )
    first: int = option(0, "from this step on; not for csv", metavar="STEP", check=at_least(0))
    until: int | None = option(
        None,
        "before this step; not for csv",
        metavar="STEP",
        check=at_least(1),
        unset="the end",
    )
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    of = Range(None, given.first, given.until)
    with RecordReader(record_file(simulation)) as reader:
        if given.format == "opentelemetry":
            print(f"{send(reader, given.sim, of):,} spans sent")
            return 0
        if given.output is None:
            raise UsageError("no place for the export is given", "name a new one with --output")
        match given.format:
            case "csv":
                files = write_tables(reader, given.output)
                print(f"{len(files)} tables in {given.output}")
            case "perfetto":
                write_timeline(reader, given.output, of)
                print(f"{given.output}; open it at https://ui.perfetto.dev")
            case "graphml":
                write_graph(reader, given.output, of)
                print(given.output)
    return 0


COMMAND = Command(
    "export the record of a run, as tables, timeline, graph or spans", Arguments, _run
)

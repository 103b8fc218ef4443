"""``ga-ooo watch``: a page in the browser that shows a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.host.checkout.locate import locate
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Declared, Flags, nested
from ga_ooo.record import RecordReader, record_file
from ga_ooo.views.simulations import find_simulation


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The simulation that is shown."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    port: int = arguments.page_port()
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    from ga_ooo.watch.serving import Address, serve
    from ga_ooo.watch.source import Simulation

    given = line.arguments
    folder = find_simulation(given.host, given.sim, given.files.storage)
    # Now, and not in the browser: a missing or damaged record is an error of this command.
    RecordReader(record_file(folder)).close()
    address = Address(given.port)
    print(f"open {address.url}\nCtrl-C ends the page", flush=True)
    serve(Simulation(str(given.host), folder, locate(given.host).assets), address)
    return 0


COMMAND = Command(
    "show a run in the browser: the town, its people, and where the time goes",
    Arguments,
    _run,
    description="Serves a page on this machine only, for a run in progress or one that has ended "
    "(docs/watching.md). The address contains a token, without which nobody can open the page. "
    "`ga-ooo run --watch` shows the same page, which can then pause and stop the run.",
    epilog="example:\n  ga-ooo watch path/to/generative_agents day",
)

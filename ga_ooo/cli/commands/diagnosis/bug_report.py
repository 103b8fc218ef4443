"""``ga-ooo bug-report``: one file with all that a report of a problem needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments
from ga_ooo.cli.bug_report import parts_of_host, parts_of_run
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.effective_options import effective_options
from ga_ooo.disk import DISK, write_whole
from ga_ooo.errors import UsageError
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Flags, nested, option
from ga_ooo.texts import printable
from ga_ooo.views.simulations import find_simulation


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """What the report is about."""

    host: Path = arguments.host()
    sim: str | None = option(None, "simulation of the run that went wrong", flag="SIM")
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))
    output: Path = option(
        Path("ga-ooo-bug-report.txt"), "file of the report", metavar="FILE", in_file=False
    )


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    parts = list(parts_of_host(given.host))
    parts.append(("options", "\n".join(effective_options(line.settings, line.file.path))))
    if given.sim is not None:
        parts += parts_of_run(find_simulation(given.host, given.sim, given.files.storage))
    text = "\n\n".join(f"# {title}\n\n{printable(part)}" for title, part in parts) + "\n"
    try:
        write_whole(DISK, given.output, text.encode(), private=True)
    except OSError as error:
        raise UsageError(
            f"cannot write {given.output}: {error.strerror}", "give another --output"
        ) from error
    for title, part in parts:
        print(f"{title}: {len(part.splitlines()):,} lines")
    print(f"written: {given.output}")
    print("It holds names of files, personas and tiles, and no key, prompt or answer. Read it")
    print("before you attach it to a report.")
    return 0


COMMAND = Command(
    "gather versions, options and the traces of an error into one file",
    Arguments,
    _run,
    description="Gathers all that a report of a problem needs into one file, and names its parts. "
    "Nothing is sent anywhere.",
)

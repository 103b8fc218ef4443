"""``ga-ooo transcript``: who said what to whom, where and when."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import FileOptions
from ga_ooo.options.declare import Declared, Flags, nested, option
from ga_ooo.views.simulations import find_simulation
from ga_ooo.views.transcripts import Selection, as_csv, as_html, as_text, talks


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """The conversations that are shown."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    persona: str = option("", "conversations of this persona only", unset="all")
    begin: str = option(
        "",
        "conversations that begin at this game time or later, such as 12:00 or '2023-02-13 12:00'",
        flag="--from",
        metavar="TIME",
        unset="the first step",
    )
    end: str = option(
        "",
        "conversations that begin before this game time",
        flag="--until",
        metavar="TIME",
        unset="the last step",
    )
    format: Literal["text", "html", "csv"] = option("text", "form of the output")
    files: FileOptions = nested(FileOptions, Flags(("files.storage",)))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    simulation = find_simulation(given.host, given.sim, given.files.storage)
    selection = Selection(given.persona, given.begin, given.end)
    found = selection.of(sorted(talks(simulation), key=lambda talk: talk.step))
    match given.format:
        case "html":
            sys.stdout.write(as_html(found, f"Conversations of {given.sim}"))
        case "csv":
            sys.stdout.write(as_csv(found))
        case "text":
            print(as_text(found) or "no conversations")
    return 0


COMMAND = Command(
    "show who said what to whom, as text, HTML or CSV",
    Arguments,
    _run,
    epilog="example:\n  ga-ooo transcript HOST day --persona 'Klaus Mueller' --from 12:00 "
    "--format html > day.html",
)

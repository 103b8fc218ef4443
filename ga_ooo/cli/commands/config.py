"""``ga-ooo config``: the effective options, and the reference page of all options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ga_ooo.cli.arguments import ConfigArgument
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.effective_options import effective_options
from ga_ooo.cli.reference import reference
from ga_ooo.options import Options
from ga_ooo.options.declare import Flags, nested, option


@dataclass(frozen=True, kw_only=True)
class Arguments(ConfigArgument):
    """All options of a run, to see their effect."""

    what: Literal["show", "reference"] = option(
        help="show: print the effective options as TOML, without secrets; reference: print the "
        "reference page of all options",
        flag="show|reference",
    )
    host: Path | None = option(None, "checkout whose ga-ooo.toml is read", flag="HOST")
    options: Options = nested(Options, Flags(("run", "model", "journal", "serve")))


def _run(line: CommandLine[Arguments]) -> int:
    if line.flags["what"] == "show":
        print("\n".join(effective_options(line.settings, line.file.path)))
    else:
        print(reference(), end="")
    return 0


COMMAND = Command(
    "show the effective options, or the reference page of all options", Arguments, _run
)

"""``ga-ooo doctor``: diagnoses a host."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments, doctor
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import ModelOptions
from ga_ooo.options.declare import Flags, nested, option
from ga_ooo.plugin import Plugins
from ga_ooo.texts import printable


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """Which host, and which model servers."""

    host: Path = arguments.host()
    model: ModelOptions = nested(ModelOptions, Flags(arguments.SERVERS))
    as_json: bool = option(False, "print one JSON object, for a report of a problem", flag="--json")


def _run(line: CommandLine[Arguments]) -> int:
    diagnosis = doctor.diagnose(line.arguments.host, line.arguments.model, Plugins().sdks())
    if line.arguments.as_json:
        print(json.dumps(doctor.as_data(diagnosis), indent=2, ensure_ascii=False))
    else:
        print(printable(doctor.render(diagnosis)))
    return diagnosis.exit_code


COMMAND = Command("name the host, and all that would stop a run, with remedies", Arguments, _run)

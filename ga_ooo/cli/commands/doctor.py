"""``ga-ooo doctor``: diagnoses a host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments, doctor
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options import ModelOptions
from ga_ooo.options.declare import Flags, nested


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """Which host, and which model servers."""

    host: Path = arguments.host()
    model: ModelOptions = nested(ModelOptions, Flags(arguments.SERVERS))


def _run(line: CommandLine[Arguments]) -> int:
    diagnosis = doctor.diagnose(line.arguments.host, line.arguments.model)
    print(doctor.render(diagnosis))
    return diagnosis.exit_code


COMMAND = Command("name the host, and all that would stop a run, with remedies", Arguments, _run)

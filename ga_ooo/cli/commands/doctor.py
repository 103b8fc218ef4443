"""``ga-ooo doctor``: diagnoses a host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.cli import arguments, doctor
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.options.declare import Declared


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """Which host."""

    host: Path = arguments.host()


def _run(line: CommandLine[Arguments]) -> int:
    diagnosis = doctor.diagnose(line.arguments.host)
    print(doctor.render(diagnosis))
    return diagnosis.exit_code


COMMAND = Command("name the host, and all that would stop a run, with remedies", Arguments, _run)

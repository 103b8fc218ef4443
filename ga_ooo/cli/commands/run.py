"""``ga-ooo run``: a scenario without questions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.api.requests import RunRequest
from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.cli.runs import execute_visibly
from ga_ooo.cli.summary import Asked
from ga_ooo.options import Options
from ga_ooo.options.declare import nested, option


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument, arguments.ViewArguments):
    """What to run, and how."""

    host: Path = arguments.host()
    fork: str = arguments.fork()
    sim: str = option(help="name of the new simulation")
    steps: tuple[int, ...] = arguments.steps()
    options: Options = nested(Options, arguments.flags_of_a_run("run", "model", "journal", "files"))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    request = RunRequest(
        given.host, given.fork, given.sim, given.steps, given.options, line.notes()
    )
    job = request.check()
    fix_hash_seed(line.argv)
    storage = given.options.files.storage
    execute_visibly(job, Asked(given.host, given.sim, given.fork, given.steps, storage), given)
    return 0


COMMAND = Command("run a scenario without questions", Arguments, _run)

"""``ga-ooo run``: a scenario without questions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.runs import run_visibly
from ga_ooo.options import Options
from ga_ooo.options.declare import nested, option

if TYPE_CHECKING:
    from ga_ooo.api.execution import Job
    from ga_ooo.cli.summary import Asked


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument, arguments.PageArguments):
    """What to run, and how."""

    host: Path = arguments.host()
    fork: str = arguments.fork()
    sim: str = option(help="name of the new simulation")
    steps: tuple[int, ...] = arguments.steps()
    options: Options = nested(Options, arguments.flags_of_a_run("run", "model", "journal", "files"))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments

    def prepare() -> tuple[Job, Asked]:
        # Only here: the imports take a second, in which the view is there already.
        from ga_ooo.api.requests import RunRequest
        from ga_ooo.cli.summary import Asked

        request = RunRequest(
            given.host, given.fork, given.sim, given.steps, given.options, line.notes()
        )
        storage = given.options.files.storage
        return request.check(), Asked(given.host, given.sim, given.fork, given.steps, storage)

    run_visibly(line.argv, given, given.sim, prepare)
    return 0


COMMAND = Command("run a scenario without questions", Arguments, _run)

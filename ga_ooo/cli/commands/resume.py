"""``ga-ooo resume``: continues a run that was stopped or killed."""

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
    from ga_ooo.api.requests import BegunRun
    from ga_ooo.cli.summary import Asked, EndedRun


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument, arguments.PageArguments):
    """What to continue; options that are not given are those that the run began with."""

    host: Path = arguments.host()
    sim: str = arguments.simulation()
    steps: tuple[int, ...] | None = arguments.steps(
        None, "steps to take in all, counted from the beginning of the run", "as the run began"
    )
    changed_host: bool = option(
        False, "the host's code was corrected since: continue with the new code"
    )
    options: Options = nested(
        Options,
        arguments.flags_of_a_run(
            *("run", "model", "files.storage", "files.temp_storage", "files.host_log"),
            *("journal.file", "journal.replay"),
            without=("run.mode", "run.checkpoints", "run.whispers"),
        ),
    )


def _run(line: CommandLine[Arguments]) -> int:
    # The arguments themselves depend on the run that is continued.
    given = line.flags

    def prepare() -> tuple[Job, Asked] | EndedRun:
        # Only here: the imports take a second, in which the view is there already.
        from ga_ooo.api.requests import BegunRun
        from ga_ooo.api.resume_checks import check_config

        begun = BegunRun.find(given["host"], given["sim"], given.get("files.storage"))
        recalled = line.recall(begun.notes)
        named = "config" in given or "config" in recalled.noted
        check_config(None if named else recalled.config_path, begun.simulation)
        return _ended(recalled, begun) or _job(recalled, begun)

    run_visibly(line.argv, arguments.PageArguments.of(given), given["sim"], prepare)
    return 0


def _ended(line: CommandLine[Arguments], begun: BegunRun) -> EndedRun | None:
    from ga_ooo.cli.summary import EndedRun

    end = begun.end(line.arguments.steps)
    return None if end is None else EndedRun(_asked(line, begun), begun.simulation, end)


def _job(line: CommandLine[Arguments], begun: BegunRun) -> tuple[Job, Asked]:
    from ga_ooo.api.requests import ResumeRequest

    given = line.arguments
    request = ResumeRequest(begun, given.options, line.notes(), given.steps, given.changed_host)
    return request.check(), _asked(line, begun)


def _asked(line: CommandLine[Arguments], begun: BegunRun) -> Asked:
    from ga_ooo.cli.summary import Asked

    given = line.arguments
    steps, storage = given.steps or begun.record.steps, line.flags.get("files.storage")
    return Asked(given.host, given.sim, begun.record.scenario, steps, storage)


COMMAND = Command(
    "continue a run that was stopped or killed",
    Arguments,
    _run,
    description="Options that are not given are those that the run began with.",
)

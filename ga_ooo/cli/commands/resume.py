"""``ga-ooo resume``: continues a run that was stopped or killed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ga_ooo.api.requests import BegunRun, ResumeRequest
from ga_ooo.api.resume_checks import check_config
from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.cli.runs import execute_visibly
from ga_ooo.cli.summary import Asked
from ga_ooo.options import Options
from ga_ooo.options.declare import nested, option


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument, arguments.ViewArguments):
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
            without=("run.mode", "run.checkpoints"),
        ),
    )


def _run(line: CommandLine[Arguments]) -> int:
    begun = BegunRun.find(line.flags["host"], line.flags["sim"], line.flags.get("files.storage"))
    line = line.recall(begun.notes)
    named = "config" in line.flags or "config" in line.noted
    check_config(None if named else line.config_path, begun.simulation)
    given = line.arguments
    job = ResumeRequest(begun, given.options, line.notes(), given.steps, given.changed_host).check()
    fix_hash_seed(line.argv, job.hash_seed)
    steps, storage = given.steps or begun.record.steps, line.flags.get("files.storage")
    asked = Asked(given.host, given.sim, begun.record.scenario, steps, storage)
    execute_visibly(job, asked, given)
    return 0


COMMAND = Command(
    "continue a run that was stopped or killed",
    Arguments,
    _run,
    description="Options that are not given are those that the run began with.",
)

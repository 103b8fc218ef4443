"""``ga-ooo resume``: continues a run that was stopped or killed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.cli.running import carry_out
from ga_ooo.errors import UsageError
from ga_ooo.host.accelerators import accelerator_names
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.scenarios import check_name
from ga_ooo.host.durable.record import RunRecord, read_record
from ga_ooo.host.durable.resumable import check_same_host, lock_run
from ga_ooo.host.durable.run_journal import JournalPlan
from ga_ooo.host.run.resuming import resume_headless
from ga_ooo.host.run.run import Run
from ga_ooo.options import Options
from ga_ooo.options.declare import nested, option
from ga_ooo.plugin import Plugins


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
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
            without=("run.mode", "run.checkpoints"),
        ),
    )


def _run(line: CommandLine[Arguments]) -> int:
    checkout = locate(line.flags["host"])
    check_name(line.flags["sim"])
    storage: Path = line.flags.get("files.storage", checkout.storage).absolute()
    simulation = storage / line.flags["sim"]
    record = read_record(simulation)
    given = line.recall({**record.settings, "run.seed": record.seed}).arguments
    options = given.options
    if options.run.seed != record.seed:
        raise UsageError(
            f"--seed {options.run.seed}: the run began with seed {record.seed}", "leave --seed out"
        )
    if not given.changed_host:
        check_same_host(record, checkout)
    plugins = Plugins(options.run.plugins)
    plugins.check_rule(options.run.rule)
    accelerator_names(options.run.accelerators)
    fix_hash_seed(line.argv, record.hash_seed)
    lock = lock_run(simulation)
    try:
        # The journal knows the run by the revision that it began with.
        known = replace(checkout, revision=record.revision)
        journal = _journal(options, record, simulation)
        steps = sum(given.steps or record.steps)
        carry_out(plugins, known, options, journal, steps, lambda run: _go(run, given, record))
    finally:
        lock.release()
    return 0


def _go(run: Run, given: Arguments, record: RunRecord) -> Any:
    if run.model_text != record.model:
        raise UsageError(
            f"the run began with another model: {record.model} then, {run.model_text} now",
            "give the model options that it began with",
        )
    return resume_headless(run, given.sim, record, given.steps)


def _journal(options: Options, record: RunRecord, simulation: Path) -> JournalPlan | None:
    """The journal that the run began with."""
    if record.journal is None:
        return None
    replay = options.journal.replay is not None
    return JournalPlan(record.scenario, simulation / record.journal, replay)


COMMAND = Command(
    "continue a run that was stopped or killed",
    Arguments,
    _run,
    description="Options that are not given are those that the run began with.",
)

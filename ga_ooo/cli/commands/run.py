"""``ga-ooo run``: a scenario without questions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.cli.running import carry_out, check_new_files
from ga_ooo.host.accelerators import accelerator_names
from ga_ooo.host.checkout.locate import check_new_simulation, check_scenario, locate
from ga_ooo.host.durable.run_journal import JournalPlan
from ga_ooo.host.run.headless import HeadlessRun, run_headless
from ga_ooo.host.run.run import Run
from ga_ooo.options import Options
from ga_ooo.options.declare import nested, option
from ga_ooo.plugin import Plugins


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ConfigArgument):
    """What to run, and how."""

    host: Path = arguments.host()
    fork: str = arguments.fork()
    sim: str = option(help="name of the new simulation")
    steps: tuple[int, ...] = arguments.steps()
    options: Options = nested(Options, arguments.flags_of_a_run("run", "model", "journal", "files"))


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    options = given.options
    plugins = Plugins(options.run.plugins)
    headless = HeadlessRun(given.fork, given.sim, given.steps, options.run.mode)
    plugins.check_rule(options.run.rule)
    accelerator_names(options.run.accelerators)
    checkout = locate(given.host)
    where = replace(
        checkout,
        storage=(options.files.storage or checkout.storage).absolute(),
        temp_storage=(options.files.temp_storage or checkout.temp_storage).absolute(),
    )
    check_scenario(where, given.fork)
    check_new_simulation(where, given.sim)
    options = check_new_files(options)
    fix_hash_seed(line.argv)
    notes = line.notes() if options.run.checkpoints else None

    def go(run: Run) -> Any:
        return run_headless(run, headless, notes)

    journal = JournalPlan.of(options.journal, given.fork)
    carry_out(plugins, checkout, options, journal, sum(headless.steps), go)
    return 0


COMMAND = Command("run a scenario without questions", Arguments, _run)

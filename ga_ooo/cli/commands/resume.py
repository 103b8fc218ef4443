"""``ga-ooo resume``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ga_ooo.cli import options, settings
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.cli.running import CheckedRun, add_common, carry_out, check_run
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.scenarios import check_name
from ga_ooo.host.durable.record import RunRecord, read_record
from ga_ooo.host.durable.resumable import check_same_host, lock_run
from ga_ooo.host.run.resuming import resume_headless
from ga_ooo.host.run.run import Run
from ga_ooo.options import JournalOptions
from ga_ooo.plugin import Plugins


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "resume",
        help="go on with a run that was stopped or killed",
        description="Options that are not given are those that the run began with.",
    )
    options.add_host(parser)
    parser.add_argument("sim", metavar="SIM", help="name of the simulation")
    parser.add_argument(
        "--steps",
        type=options.steps,
        help="steps to take in all, from the run's beginning on (default: as it began)",
    )
    parser.add_argument(
        "--changed-host",
        action="store_true",
        help="the host's code was mended since: go on with the new one",
    )
    parser.add_argument("--storage", type=Path, help="folder of simulations")
    parser.add_argument("--temp-storage", type=Path, help="folder shared with the frontend")
    add_common(parser)
    options.add_serving_of_a_run(parser)
    options.add_checkpoints(parser)
    parser.set_defaults(run=_resume, replay=None)


def _resume(arguments: argparse.Namespace) -> int:
    checkout = locate(arguments.host)
    check_name(arguments.sim)
    storage = arguments.storage.absolute() if arguments.storage else checkout.storage
    record = read_record(storage / arguments.sim)
    seed = arguments.flags.seed
    settings.recall(arguments, {**record.settings, "seed": record.seed})
    if seed not in (None, record.seed):
        raise UsageError(
            f"--seed {seed}: the run began with seed {record.seed}", "leave --seed out"
        )
    if not arguments.changed_host:
        check_same_host(record, checkout)
    plugins = Plugins(arguments.plugin)
    plugins.check_rule(arguments.rule)
    checked = check_run(arguments, _journal(arguments, record, storage / arguments.sim))
    fix_hash_seed(arguments.argv, record.hash_seed)
    lock = lock_run(storage / arguments.sim)
    try:
        # The journal knows the run by the revision that it began with.
        known = replace(checkout, revision=record.revision)
        _go_on(plugins, known, arguments, record, checked)
    finally:
        lock.release()
    return 0


def _go_on(
    plugins: Plugins,
    checkout: Checkout,
    arguments: argparse.Namespace,
    record: RunRecord,
    checked: CheckedRun,
) -> None:
    def go(run: Run) -> Any:
        if run.model_text != record.model:
            raise UsageError(
                f"the run began with another model: {record.model} then, {run.model_text} now",
                "give the model options that it began with",
            )
        return resume_headless(run, arguments.sim, record, arguments.steps)

    steps = sum(arguments.steps or record.steps)
    carry_out(plugins, checkout, arguments, checked, steps, go)


def _journal(
    arguments: argparse.Namespace, record: RunRecord, simulation: Path
) -> JournalOptions | None:
    if record.journal is None:
        return None
    return JournalOptions(
        record.scenario, simulation / record.journal, replay=arguments.replay is not None
    )

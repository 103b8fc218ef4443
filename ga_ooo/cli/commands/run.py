"""``ga-ooo run`` and ``ga-ooo reverie``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ga_ooo.cli import measures, options, settings
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.cli.running import HostLog, add_common, carry_out, check_run, open_on_loop
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.locate import check_new_simulation, check_scenario, locate
from ga_ooo.host.run.headless import HeadlessRun, run_headless
from ga_ooo.host.run.interactive import run_interactive
from ga_ooo.host.run.run import Run
from ga_ooo.plugin import Plugins
from ga_ooo.trace.files import check_new_trace


def add_commands(commands: Any) -> None:
    """Register the commands."""
    run = commands.add_parser("run", help="run a scenario headless, no questions asked")
    options.add_host(run)
    run.add_argument("--fork", required=True, help="scenario to fork from")
    run.add_argument("--sim", required=True, help="name of the new simulation")
    run.add_argument(
        "--steps",
        required=True,
        type=options.steps,
        help="steps to take; a game day is 8640; 100+100 is like typing `run 100` twice",
    )
    run.add_argument("--mode", choices=("ooo", "lockstep"), default="ooo")
    run.add_argument("--storage", type=Path, help="folder of simulations (default: the host's)")
    run.add_argument("--temp-storage", type=Path, help="folder shared with the frontend")
    add_common(run)
    options.add_serving_of_a_run(run)
    options.add_journal(run)
    run.add_argument(
        "--trace",
        type=Path,
        metavar="FILE",
        help="record who stood where and asked what, for `ga-ooo replay` (docs/traces.md); "
        "no text of prompts or answers is in it",
    )
    options.add_checkpoints(run)
    run.add_argument(
        "--no-checkpoints",
        action="store_true",
        help="only the host's own save at the end: the run cannot be resumed",
    )
    measures.add_option(run)
    run.set_defaults(run=_run)

    reverie = commands.add_parser(
        "reverie", help="the host's own prompts with the engine on; no file of it is changed"
    )
    options.add_host(reverie)
    add_common(reverie)
    options.add_journal(reverie)
    reverie.set_defaults(run=_reverie)


def _run(arguments: argparse.Namespace) -> int:
    plugins = Plugins(arguments.plugin)
    headless = HeadlessRun(arguments.fork, arguments.sim, arguments.steps, arguments.mode)
    plugins.check_rule(arguments.rule)
    checkout = locate(arguments.host)
    where = replace(
        checkout,
        storage=(arguments.storage or checkout.storage).absolute(),
        temp_storage=(arguments.temp_storage or checkout.temp_storage).absolute(),
    )
    check_scenario(where, arguments.fork)
    check_new_simulation(where, arguments.sim)
    trace = _trace_file(arguments)
    measured = _measures_file(arguments)
    checked = check_run(arguments, options.journal_options(arguments), trace, measured)
    fix_hash_seed(arguments.argv)

    def go(run: Run) -> Any:
        return run_headless(run, headless, notes)

    notes = None if arguments.no_checkpoints else settings.notes(arguments)
    carry_out(plugins, checkout, arguments, checked, sum(headless.steps), go)
    return 0


def _trace_file(arguments: argparse.Namespace) -> Path | None:
    """Where the run is to be recorded, checked before anything is written."""
    if arguments.trace is None:
        return None
    if arguments.mode == "lockstep":
        raise UsageError(
            "a trace of the original loop", "leave --mode lockstep out: the calls are the same"
        )
    # Absolute: the host changes the working folder.
    path: Path = arguments.trace.absolute()
    check_new_trace(path)
    return path


def _measures_file(arguments: argparse.Namespace) -> Path | None:
    """Where the measures are to be written, checked before anything else is."""
    if arguments.measures is None:
        return None
    # Absolute: the host changes the working folder.
    path: Path = arguments.measures.absolute()
    measures.check_new_measures(path)
    return path


def _reverie(arguments: argparse.Namespace) -> int:
    plugins = Plugins(arguments.plugin)
    plugins.check_rule(arguments.rule)
    options_of_run = options.run_options(arguments)
    model = options.model_options(arguments)
    journal = options.journal_options(arguments)
    checkout = locate(arguments.host)
    fix_hash_seed(arguments.argv)
    with HostLog(arguments.host_log) as log:
        run = open_on_loop(
            plugins,
            checkout,
            arguments,
            options_of_run,
            model,
            interactive=True,
            print_sink=log.write,
            journal=journal,
        )
        try:
            run_interactive(run)
        except EOFError:
            raise UsageError(
                "the input ended before the host was told to finish",
                "end it with `fin` (saves) or `exit`; for scripts there is `ga-ooo run`",
            ) from None
        finally:
            if run.model.journal is not None:
                print(measures.journal_summary(run.model.journal))
            run.close()
    return 0

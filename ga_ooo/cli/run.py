"""``ga-ooo run`` and ``ga-ooo reverie``."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from ga_ooo.cli import measures, options, settings
from ga_ooo.cli.hash_seed import fix_hash_seed
from ga_ooo.cli.progress import Progress
from ga_ooo.cli.serve import ServersOfARun, serve_options
from ga_ooo.config import ModelOptions, RunOptions
from ga_ooo.errors import UsageError
from ga_ooo.plugin import Plugins
from ga_ooo.replay.files import check_new_trace
from ga_ooo.reverie.checkout import Checkout
from ga_ooo.reverie.checkpoints.durable import DurablePlan
from ga_ooo.reverie.headless import HeadlessRun, run_headless
from ga_ooo.reverie.interactive import run_interactive
from ga_ooo.reverie.journaling import JournalOptions, check_all_asked
from ga_ooo.reverie.locate import check_new_simulation, check_scenario, locate
from ga_ooo.reverie.session import Session
from ga_ooo.reverie.tracing import TraceRecorder
from ga_ooo.runtime.clock import make_loop


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


def add_common(parser: argparse.ArgumentParser) -> None:
    """Options of every command that runs a host in this process."""
    settings.add_option(parser)
    options.add_run_options(parser)
    options.add_model_options(parser)
    options.add_clock(parser)
    parser.add_argument(
        "--plugin",
        action="append",
        default=[],
        metavar="MODULE",
        help="load a module with hooks that is not installed as a plugin; repeatable",
    )
    parser.add_argument(
        "--host-log",
        type=Path,
        metavar="FILE",
        help="write what the host prints while it runs; it prints whole prompts (default: drop it)",
    )


def _run(arguments: argparse.Namespace) -> int:
    plugins = Plugins(arguments.plugin)
    headless = HeadlessRun(arguments.fork, arguments.sim, arguments.steps, arguments.mode)
    plugins.check_rule(arguments.rule)
    checkout = locate(arguments.host)
    where = checkout
    if arguments.storage is not None:
        where = replace(checkout, storage=arguments.storage.absolute())
    check_scenario(where, arguments.fork)
    check_new_simulation(where, arguments.sim)
    trace = _trace_file(arguments)
    measured = _measures_file(arguments)
    journal = options.journal_options(arguments)
    _servers(arguments)
    # Checked before servers are started.
    options.run_options(arguments), options.model_options(arguments)
    fix_hash_seed(arguments.argv)

    def go(session: Session) -> Any:
        plan = None if arguments.no_checkpoints else DurablePlan(session.model_text, notes)
        return run_headless(session, headless, plan)

    notes = settings.notes(arguments)
    carry_out(plugins, checkout, arguments, journal, sum(headless.steps), go, trace, measured)
    return 0


def carry_out(
    plugins: Plugins,
    checkout: Checkout,
    arguments: argparse.Namespace,
    journal: JournalOptions | None,
    steps: int,
    go: Callable[[Session], Any],
    trace: Path | None = None,
    measured: Path | None = None,
) -> None:
    """Run a host in a session of its own, and say what it did.

    Args:
        steps: to be taken at most.
        go: runs it; returns its server.
        trace: where it is recorded.
        measured: where its measures are written.
    """
    run, model = options.run_options(arguments), options.model_options(arguments)
    servers = _servers(arguments)
    with _HostLog(arguments.host_log) as log, servers or nullcontext():
        if servers is not None:
            model = options.model_options(arguments, servers.urls)
        session = _open_session(
            plugins,
            checkout,
            arguments,
            run,
            model,
            storage=arguments.storage,
            temp_storage=arguments.temp_storage,
            print_sink=log.write,
            journal=journal,
        )
        recorder = TraceRecorder(session, arguments.clock) if trace else None
        progress = Progress(steps)
        session.on_retired.append(progress.retired)
        try:
            server = go(session)
            if session.journal is not None:
                check_all_asked(session.journal, server.step)
        finally:
            progress.done()
            print(measures.summary(session.measures, arguments, plugins.router))
            if session.early is not None and session.early.gate.rehearsed:
                print(measures.runahead_summary(session.early.gate))
            if session.journal is not None:
                print(measures.journal_summary(session.journal))
            session.close()
            if recorder is not None and trace is not None and recorder.write(trace):
                print(f"trace: {trace}")
            if measured is not None:
                measures.write_measures(measured, session.measures, plugins.router)


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


def _servers(arguments: argparse.Namespace) -> ServersOfARun | None:
    """The servers that the run is to have of its own."""
    given: settings.Settings = arguments.settings
    if given.origin("serve", "model") != "flag":
        return None
    if arguments.model_url:
        raise UsageError("both --serve and --model-url", "leave one of them out")
    if not given.table("serve").get("embedding_model") and not arguments.embedding_url:
        raise UsageError(
            "--serve MODEL generates text only, and a run needs embeddings too",
            "add --serve-embedding MODEL, or --embedding-url and --embedding-name of a server",
        )
    if arguments.clock == "virtual":
        raise UsageError("model servers answer on the wall clock", "leave --clock virtual out")
    return ServersOfARun(serve_options(arguments))


def _reverie(arguments: argparse.Namespace) -> int:
    plugins = Plugins(arguments.plugin)
    plugins.check_rule(arguments.rule)
    run, model = options.run_options(arguments), options.model_options(arguments)
    journal = options.journal_options(arguments)
    checkout = locate(arguments.host)
    fix_hash_seed(arguments.argv)
    with _HostLog(arguments.host_log) as log:
        session = _open_session(
            plugins,
            checkout,
            arguments,
            run,
            model,
            interactive=True,
            print_sink=log.write,
            journal=journal,
        )
        try:
            run_interactive(session)
        except EOFError:
            raise UsageError(
                "the input ended before the host was told to finish",
                "end it with `fin` (saves) or `exit`; for scripts there is `ga-ooo run`",
            ) from None
        finally:
            if session.journal is not None:
                print(measures.journal_summary(session.journal))
            session.close()
    return 0


def _open_session(
    plugins: Plugins,
    checkout: Checkout,
    arguments: argparse.Namespace,
    run: RunOptions,
    model: ModelOptions,
    **more: Any,
) -> Session:
    """A session on a loop of its own; nothing is written before the model answers."""
    loop = make_loop(arguments.clock == "virtual")
    asyncio.set_event_loop(loop)
    try:
        session = plugins.open_session(checkout, run, model, loop, **more)
    except BaseException:
        loop.close()
        raise
    checkout.temp_storage.mkdir(exist_ok=True)
    return session


class _HostLog:
    """Where the host's prints go: nowhere, or to a file that only its owner can read."""

    def __init__(self, path: Path | None) -> None:
        self._file = None
        if path is not None:
            try:
                path.touch(mode=0o600)
                self._file = path.open("a", encoding="utf-8")
            except OSError as error:
                raise UsageError(
                    f"cannot write {path}: {error.strerror}", "give another --host-log"
                ) from error
        self.write = self._file.write if self._file else None

    def __enter__(self) -> _HostLog:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._file is not None:
            self._file.close()

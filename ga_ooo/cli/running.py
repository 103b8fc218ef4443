"""A run in this process: its options, checked before anything is written or started; its end."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ga_ooo.cli import measures, options, settings
from ga_ooo.cli.commands.serve import ServersOfARun, serve_options
from ga_ooo.cli.progress import Progress
from ga_ooo.disk import naming_file
from ga_ooo.engine.loop.clock import make_loop
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.run_journal import check_all_asked
from ga_ooo.host.run.run import Run, open_run
from ga_ooo.host.run.trace_recorder import TraceRecorder
from ga_ooo.options import JournalOptions, ModelOptions, RunOptions, ServeOptions
from ga_ooo.plugin import Plugins


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


@dataclass(frozen=True)
class CheckedRun:
    """What a command line and its configuration file ask of a run.

    Attributes:
        run: how to run.
        model: who answers, unless the run has servers of its own.
        serve: those; None for none.
        journal: what is done about it; None for none.
        trace: where the run is recorded, if anywhere.
        measures: where its measures are written, if anywhere.
    """

    run: RunOptions
    model: ModelOptions
    serve: ServeOptions | None
    journal: JournalOptions | None
    trace: Path | None = None
    measures: Path | None = None


def check_run(
    arguments: argparse.Namespace,
    journal: JournalOptions | None,
    trace: Path | None = None,
    measured: Path | None = None,
) -> CheckedRun:
    """Take the rest of a run's options from its command line.

    Raises:
        UsageError: a value is out of range, or two contradict each other.
    """
    serve = _serve_options(arguments)
    run, model = options.run_options(arguments), options.model_options(arguments)
    return CheckedRun(run, model, serve, journal, trace, measured)


def carry_out(
    plugins: Plugins,
    checkout: Checkout,
    arguments: argparse.Namespace,
    checked: CheckedRun,
    steps: int,
    go: Callable[[Run], Any],
) -> None:
    """Run a host, and say what the run did.

    Args:
        steps: to be taken at most.
        go: runs it; returns its server.
    """
    servers = ServersOfARun(checked.serve) if checked.serve is not None else None
    with HostLog(arguments.host_log) as log, servers or nullcontext():
        model = checked.model
        if servers is not None:
            model = options.model_options(arguments, servers.urls)
        recorder = TraceRecorder(checked.run, arguments.clock) if checked.trace else None
        progress = Progress(steps)
        run = open_on_loop(
            plugins,
            checkout,
            arguments,
            checked.run,
            model,
            storage=arguments.storage,
            temp_storage=arguments.temp_storage,
            print_sink=log.write,
            journal=checked.journal,
            observers=[recorder, progress] if recorder else [progress],
        )
        try:
            server = go(run)
            if run.model.journal is not None:
                check_all_asked(run.model.journal, server.step)
        finally:
            progress.done()
            router = run.model.router
            print(measures.summary(run.measures, arguments, router))
            prefetching = run.model.prefetching
            if prefetching is not None and prefetching.admission.prefetched:
                print(measures.runahead_summary(prefetching.admission))
            if run.model.journal is not None:
                print(measures.journal_summary(run.model.journal))
            run.close()
            if recorder is not None and checked.trace and recorder.write(checked.trace):
                print(f"trace: {checked.trace}")
            if checked.measures is not None:
                measures.write_measures(checked.measures, run.measures, router)


def open_on_loop(
    plugins: Plugins,
    checkout: Checkout,
    arguments: argparse.Namespace,
    options: RunOptions,
    model: ModelOptions,
    **more: Any,
) -> Run:
    """A run on a loop of its own; nothing is written before the model answers."""
    # The host changes the working folder, as the host needs it.
    shared: Path = (more.get("temp_storage") or checkout.temp_storage).absolute()
    loop = make_loop(arguments.clock == "virtual")
    asyncio.set_event_loop(loop)
    try:
        run = open_run(plugins, checkout, options, model, loop, **more)
    except BaseException:
        loop.close()
        raise
    with naming_file(shared, "name another folder, or mend the permissions", "cannot make {}"):
        shared.mkdir(parents=True, exist_ok=True)
    return run


class HostLog:
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

    def __enter__(self) -> HostLog:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._file is not None:
            self._file.close()


def _serve_options(arguments: argparse.Namespace) -> ServeOptions | None:
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
    return serve_options(arguments)

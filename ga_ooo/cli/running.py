"""A run in this process: its options, checked before anything is written or started; its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from ga_ooo.cli import measures
from ga_ooo.cli.progress import Progress
from ga_ooo.disk import naming_file
from ga_ooo.engine.loop.clock import make_loop
from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.run_journal import JournalPlan, check_all_asked
from ga_ooo.host.run.run import Run, open_run
from ga_ooo.host.run.trace_recorder import TraceRecorder
from ga_ooo.model.serving import BackgroundServers, ServedUrls
from ga_ooo.options import ModelOptions, Options, ServeOptions
from ga_ooo.plugin import Plugins
from ga_ooo.trace.files import check_new_trace


def check_new_files(options: Options) -> Options:
    """Check the files that a run will write at its end.

    Returns:
        the options with absolute paths: the host changes the working folder.

    Raises:
        UsageError: a file cannot be written, or exists.
    """
    files = options.files
    if files.trace is not None:
        if options.run.mode == "lockstep":
            raise UsageError(
                "a trace of the original loop", "leave --mode lockstep out: the calls are the same"
            )
        check_new_trace(files.trace.absolute())
    if files.measures is not None:
        measures.check_new_measures(files.measures.absolute())
    return replace(
        options,
        files=replace(
            files,
            trace=files.trace and files.trace.absolute(),
            measures=files.measures and files.measures.absolute(),
        ),
    )


def carry_out(
    plugins: Plugins,
    checkout: Checkout,
    options: Options,
    journal: JournalPlan | None,
    steps: int,
    go: Callable[[Run], Any],
) -> None:
    """Run a host, and report what the run did.

    Args:
        journal: of this run; None for none.
        steps: the most that are taken.
        go: runs the host; returns its server.
    """
    files = options.files
    servers = BackgroundServers(options.serve) if options.serve.model else None
    with HostLog(files.host_log) as log, servers or nullcontext():
        if servers is not None:
            model = _served(options.model, servers.urls)
            options = replace(options, model=model, serve=ServeOptions())
        recorder = TraceRecorder(options.run, options.run.clock) if files.trace else None
        progress = Progress(steps)
        run = open_on_loop(
            plugins,
            checkout,
            options,
            print_sink=log.write,
            journal=journal,
            observers=[recorder, progress] if recorder else [progress],
        )
        try:
            server = go(run)
            if run.model.journal is not None:
                check_all_asked(run.model.journal, server.step)
        finally:
            progress.done()
            router = run.model.router
            print(measures.summary(run.measures, options.run.clock, router))
            prefetching = run.model.prefetching
            if prefetching is not None and prefetching.admission.prefetched:
                print(measures.runahead_summary(prefetching.admission))
            if run.model.journal is not None:
                print(measures.journal_summary(run.model.journal))
            run.close()
            if recorder is not None and files.trace and recorder.write(files.trace):
                print(f"trace: {files.trace}")
            if files.measures is not None:
                measures.write_measures(files.measures, run.measures, router)


def _served(model: ModelOptions, urls: ServedUrls) -> ModelOptions:
    """The options with the servers of the run's own."""
    return replace(
        model,
        urls=urls.generative,
        name=urls.generative_model,
        embedding_urls=urls.embedding or model.embedding_urls,
        embedding_name=urls.embedding_model or model.embedding_name,
    )


def open_on_loop(plugins: Plugins, checkout: Checkout, options: Options, **more: Any) -> Run:
    """A run on a loop of its own; nothing is written before the model answers."""
    files = options.files
    # The host changes the working folder, as the host needs it.
    shared = (files.temp_storage or checkout.temp_storage).absolute()
    loop = make_loop(options.run.clock == "virtual")
    asyncio.set_event_loop(loop)
    try:
        run = open_run(
            plugins,
            checkout,
            options.run,
            options.model,
            loop,
            storage=files.storage,
            temp_storage=files.temp_storage,
            **more,
        )
    except BaseException:
        loop.close()
        raise
    with naming_file(shared, "name another folder, or correct the permissions", "cannot make {}"):
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

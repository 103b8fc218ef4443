"""Runs a host in this process: all of ``ga-ooo run`` and ``ga-ooo resume`` behind their checks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ga_ooo.api.live_sources import sources_of
from ga_ooo.api.output_files import HostLog, write_measures
from ga_ooo.api.results import Progress, ProgressObserver, RunResult, result_of
from ga_ooo.api.who_answers import who_answers
from ga_ooo.costs import Ledger
from ga_ooo.disk import naming_file
from ga_ooo.engine.loop.clock import make_loop
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.resumable import lock_run
from ga_ooo.host.durable.run_journal import JournalPlan, check_all_asked
from ga_ooo.host.recording.run_recorder import RunRecorder
from ga_ooo.host.recording.trace_recorder import TraceRecorder
from ga_ooo.host.run.run import Run, open_run
from ga_ooo.live.counting.counter import Sources
from ga_ooo.model.serving import BackgroundServers, ServedUrls
from ga_ooo.observer import Observer, Observers
from ga_ooo.options import ModelOptions, Options, ServeOptions
from ga_ooo.plugin import Plugins


@dataclass(frozen=True)
class Job:
    """A run that is checked, and not begun.

    Attributes:
        plugins: the plugins of this process.
        checkout: the host.
        options: of the run, with absolute paths.
        journal: of the run; None for none.
        first: the step at which the run began; None: the first one that it takes now.
        steps: steps of the whole run.
        simulation: folder of the simulation.
        is_begun: the simulation exists, and is continued.
        hash_seed: the value that ``PYTHONHASHSEED`` must have; None: any fixed one.
        go: runs the host; returns its server.
    """

    plugins: Plugins
    checkout: Checkout
    options: Options
    journal: JournalPlan | None
    first: int | None
    steps: int
    simulation: Path
    is_begun: bool
    hash_seed: str | None
    go: Callable[[Run], Any]


def execute(
    job: Job,
    report: Callable[[Progress], None],
    ended: Callable[[RunResult], None],
    observers: Iterable[Observer] = (),
    *,
    opened: Callable[[Run], None] = lambda run: None,
    began: Callable[[list[str], Sources], None] = lambda lines, sources: None,
) -> RunResult:
    """Run a job.

    Args:
        opened: called with the run when it is put together.
        began: called before the first step, with lines that say which model answers, and with the
            figures of the model that can be read while the run runs.
        report: called after each step.
        ended: called at the end, also if an error ends the run.
        observers: notified of everything.

    Raises:
        GaOooError: the run could not begin, or stopped early; the steps that were taken are saved.
    """
    options = job.options
    files, observers = options.files, list(observers)
    servers = BackgroundServers(options.serve) if options.serve.model else None
    if servers is not None:
        Observers(observers).working_on("starting the model servers")
    lock = _locked(job.simulation) if job.is_begun else nullcontext()
    record = RunRecorder(job.simulation, options.run) if options.run.record else None
    with lock, HostLog(files.host_log) as log, servers or nullcontext(), record or nullcontext():
        if servers is not None:
            model = _served(options.model, servers.urls)
            options = replace(options, model=model, serve=ServeOptions())
        recorder = TraceRecorder(options.run, options.run.clock) if files.trace else None
        built_in = (recorder, record, ProgressObserver(job.steps, report))
        run = open_on_loop(
            job.plugins,
            job.checkout,
            options,
            print_sink=log.write,
            journal=job.journal,
            observers=[*(each for each in built_in if each is not None), *observers],
        )
        if record is not None:
            record.watch(run.model.router, run.model.prefetching)
        if job.is_begun and run.model.ledger is not None:
            run.model.ledger.resume(job.simulation)
        try:
            opened(run)
            began(who_answers(run.model), sources_of(run))
            server = _go(job, run)
            if run.model.journal is not None:
                check_all_asked(run.model.journal, server.step)
        finally:
            result = result_of(run, job.simulation)
            ended(result)
            _close(run)
            if recorder is not None and files.trace:
                recorder.write(files.trace)
            if files.measures is not None:
                write_measures(files.measures, result)
    return result


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
            ledger=_ledger(options, loop),
            **more,
        )
    except BaseException:
        loop.close()
        raise
    with naming_file(shared, "name another folder, or correct the permissions", "cannot make {}"):
        shared.mkdir(parents=True, exist_ok=True)
    return run


def _ledger(options: Options, loop: asyncio.AbstractEventLoop) -> Ledger | None:
    """Counts what answers cost, if they have a price; those of a journal are free."""
    if not options.prices.are_given or options.journal.replay is not None:
        return None
    client = options.model.client
    budget, cap = options.run.budget, client.default_max_tokens
    return Ledger(options.prices, budget, cap, client.attempt_deadline_s, loop.time)


@contextmanager
def _locked(simulation: Path) -> Iterator[None]:
    """Keep other processes away from a simulation that exists."""
    lock = lock_run(simulation)
    try:
        yield
    finally:
        lock.release()


def _go(job: Job, run: Run) -> Any:
    """Run the host; workers rehearse its moves, if the options ask for them."""
    if not run.options.workers:
        return job.go(run)
    # Only here: other runs need none of it.
    from ga_ooo.cluster.start import rehearsal_workers

    with rehearsal_workers(run):
        return job.go(run)


def _close(run: Run) -> None:
    """Close a run, and release its simulation for other processes."""
    run.close()
    if run.lock is not None:
        run.lock.release()


def _served(model: ModelOptions, urls: ServedUrls) -> ModelOptions:
    """The options with the servers that were started for the run."""
    return replace(
        model,
        urls=urls.generative,
        name=urls.generative_model,
        embedding_urls=urls.embedding or model.embedding_urls,
        embedding_name=urls.embedding_model or model.embedding_name,
    )

"""One run of a host's town: how it is put together, its parts, and how far it has got."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from ga_ooo.costs import Ledger, NewLedger
from ga_ooo.disk import DISK, Disk
from ga_ooo.engine.ids import Step
from ga_ooo.engine.loop.engine import Engine
from ga_ooo.engine.loop.idle import IdleWork
from ga_ooo.engine.loop.measures import RunMeasures
from ga_ooo.engine.loop.pausing import Pause
from ga_ooo.engine.rules import DependencyRule, IssueOrder, straggler_first
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.embeddings import EmbeddingModel, SavedEmbeddings, embedding_model
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import HostStateWriter
from ga_ooo.host.durable.keeper import CheckpointKeeper, Checkpoints
from ga_ooo.host.durable.model_identity import Shaping
from ga_ooo.host.durable.profile_store import ForkCleaner
from ga_ooo.host.durable.record import RunRecord, write_record
from ga_ooo.host.durable.run_journal import JournalPlan, NoModel, RunJournal
from ga_ooo.host.durable.step_digests import StepDigests
from ga_ooo.host.imported.answer_checks import AnswerChecks
from ga_ooo.host.run._blocked_host import BlockedHost
from ga_ooo.host.run._stop_signal import StopSignal
from ga_ooo.host.run.imported_host import ImportedHost
from ga_ooo.host.run.model_stack import ModelStack
from ga_ooo.host.run.own_prompts.live_minds import LiveMinds
from ga_ooo.host.run.own_prompts.whispers import Whispers
from ga_ooo.host.run.town_host import TownHost
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.journal.lock import ProcessLock
from ga_ooo.model.requests import ModelClient, can_repeat_answers
from ga_ooo.model.routing.router import Router
from ga_ooo.observer import Guarded, Observer, Observers
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.plugin import Plugins
from ga_ooo.runahead.questions import LocalQuestions
from ga_ooo.town.reach import Reach

logger = logging.getLogger(__name__)

ElsewhereRehearsed: TypeAlias = Callable[[Any, TownHost, LocalQuestions, Step], IdleWork]
"""Makes the idle work of one stretch whose moves are rehearsed in other processes, of: the host's
server, its town, what answers rehearsed calls, and the first step that may be rehearsed."""


class Run:
    """A host, a model and options, put together (:func:`open_run`).

    Args:
        host: the host in this process.
        model: the layers that answer its calls.
        options: how to run.
        loop: the engine's loop (wall clock or virtual time).
        observers: notified of the run; more may be added at any time.
        make_rule: makes a dependency rule from its spelling, once the map is known.
        order: which of several ready moves runs first.
        interactive: a user is present: wait for a frontend where the host waits.
        model_text: all settings that determine the model's answers, for the record of the run.
        disk: where step files and checkpoints are written.

    Attributes:
        measures: of all steps so far.
        answer_checks: how often the host's own loop accepted no answer.
        engine: the engine while it runs.
        pause: makes the engine pause.
        checkpoints: keeps checkpoints, on disk if the run can be resumed.
        whispers: to personas.
        minds: of the personas, for those who look at the run.
        end_state: the state in which the last call of ``run_steps`` ended; None before.
        stop_asked: the user has asked the run to stop.
        lock: of the simulation, if the run can be resumed; released when the process ends.
        rehearse_elsewhere: makes the idle work of each stretch; None: rehearsals in this process.
    """

    def __init__(
        self,
        host: ImportedHost,
        model: ModelStack,
        options: RunOptions,
        loop: asyncio.AbstractEventLoop,
        observers: Observers,
        make_rule: Callable[[str, Reach], DependencyRule],
        *,
        order: IssueOrder = straggler_first,
        interactive: bool = False,
        model_text: str = "",
        disk: Disk = DISK,
    ) -> None:
        self.host = host
        self.model = model
        self.options = options
        self.loop = loop
        self.observers = observers
        self.order = order
        self.interactive = interactive
        self.model_text = model_text
        self.disk = disk
        self.measures = RunMeasures()
        self.answer_checks = AnswerChecks()
        self.engine: Engine[dict[str, Any]] | None = None
        self.pause = Pause()
        self.checkpoints = Checkpoints(model.memory.forget_before)
        self.whispers = Whispers(host, model.gateway)
        self.minds = LiveMinds(host.modules.all)
        self.end_state: Checkpoint | None = None
        self.stop_asked = False
        self.lock: ProcessLock | None = None
        self.step_digests: StepDigests | None = None
        self.rehearse_elsewhere: ElsewhereRehearsed | None = None
        self._make_rule = make_rule

    def simulation(self, server: Any) -> Path:
        """Folder of the simulation of a server."""
        return self.host.storage / str(server.sim_code)

    def rule(self, reach: Reach) -> DependencyRule:
        """The dependency rule of the options on this map."""
        return self._make_rule(self.options.rule, reach)

    def keep_checkpoints(self, server: Any, record: RunRecord, digests: StepDigests) -> None:
        """Write checkpoints of this server from now on.

        Args:
            record: of the run, which the simulation holds already.
            digests: of the steps that are taken.
        """
        self.step_digests = digests
        folder = CheckpointFolder(self.simulation(server), record.digest(), self.disk)
        writer = HostStateWriter(self.host, server, self.disk, digests)
        forget = self.model.memory.forget_before
        self.checkpoints = CheckpointKeeper(
            forget, self._checkpoint_due, folder, writer, self.options
        )
        self.whispers.plan(record.whispers, server, record.ends[-1])
        self.whispers.keep_by(
            lambda all_: write_record(
                self.simulation(server), msgspec.structs.replace(record, whispers=all_), self.disk
            )
        )

    def _checkpoint_due(self, step: Step) -> None:
        self.observers.checkpoint_due(step)

    def stop(self, error: Exception) -> None:
        """End the run with this error, with all personas at one step. For errors that cannot be
        raised because host code would catch them."""
        if self.engine is not None:
            self.engine.stop(error)
        else:
            self.model.gateway.error = self.model.gateway.error or error

    def stopping_on_signals(self) -> StopSignal:
        """While entered, Ctrl-C and the like ask the run to stop in order."""
        self.stop_asked = False
        blocked = BlockedHost(self._stop_engine, self.model.gateway, self.loop)
        self.model.gateway.end_run = blocked.end_run
        return StopSignal(self._ask_to_stop, blocked)

    def _ask_to_stop(self) -> None:
        self.stop_asked = True

    def _stop_engine(self, error: Exception) -> None:
        self.pause.end()
        if self.engine is not None:
            self.engine.stop(error)

    def close(self) -> None:
        """Close the model client, the journal and the loop.

        Raises:
            RunStoppedError: the journal could not be written, and this was not reported yet.
        """
        try:
            self.loop.run_until_complete(self.model.close())
        finally:
            self.loop.close()


def open_run(
    plugins: Plugins,
    checkout: Checkout,
    options: RunOptions,
    model: ModelOptions,
    loop: asyncio.AbstractEventLoop,
    *,
    storage: Path | None = None,
    temp_storage: Path | None = None,
    interactive: bool = False,
    print_sink: Callable[[str], None] | None = None,
    journal: JournalPlan | None = None,
    ledger: Ledger | None = None,
    observers: Iterable[Observer] = (),
) -> Run:
    """Connect to the model, then import the host and connect it to model and plugins.

    Args:
        loop: the engine's loop (wall clock or virtual time); closed with the run.
        storage: folder of simulations, in place of the host's own.
        temp_storage: folder shared with the frontend, in place of the host's own.
        interactive: a user is present: wait for a frontend where the host waits.
        print_sink: takes the text that the host prints while it runs steps; None drops it.
        journal: None for no journal.
        ledger: counts what the answers cost; None where they have no price.
        observers: notified before the plugins. Their errors end the run in order.

    Raises:
        ModelError: a model server does not answer, or lacks a feature that the options need.
        UsageError: the journal does not exist, is in use, or belongs to another run.
    """
    run_journal = RunJournal(journal, checkout, options.seed, model, plugins.replay_delay(model))
    client = NoModel() if run_journal.replays else plugins.client(model, checkout)
    notified, observers = Observers(), list(observers)
    given = Observers(observers)
    try:
        if isinstance(client, Router):
            given.working_on("waiting for the model servers")
        shaping = run_journal.recorded_shaping() or _start(client, model, loop)
        run_journal.prepare(shaping)
        shape = plugins.request_shape(shaping.prompts, structured=shaping.structured)
        stack = ModelStack(client, options, loop, notified, shape, shaping, ledger)
        given.working_on("importing the host")
        host = ImportedHost(
            checkout,
            plugins.recipe(checkout),
            stack.gateway,
            plugins.sdks(),
            options,
            notified,
            storage=storage,
            temp_storage=temp_storage,
            print_sink=print_sink,
        )
    except BaseException:
        loop.run_until_complete(client.close())
        run_journal.close()
        raise
    run = Run(
        host,
        stack,
        options,
        loop,
        notified,
        plugins.rule,
        order=plugins.issue_order(),
        interactive=interactive,
        model_text=run_journal.model_text,
    )
    _connect(run, run_journal, embedding_model(client, model), (*observers, plugins.observer()))
    return run


def _connect(
    run: Run, run_journal: RunJournal, embeds: EmbeddingModel, observers: Iterable[Observer]
) -> None:
    """Open the journal of a run, and add its observers: the journal comes before those whose errors
    may end the run."""
    needs_journal = not can_repeat_answers(run.model.client)
    run_journal.connect(run.model.open_journal, by_default=needs_journal)
    embeddings = SavedEmbeddings(embeds, run.host.storage, run.host.checkout.root)
    for built_in in (ForkCleaner(run.model.prefetching, run.disk), embeddings, run_journal):
        run.observers.add(built_in)
    if run.model.ledger is not None:
        # After the cleaner: a fork has not cost what its scenario has.
        run.observers.add(NewLedger(run.model.ledger))
    if run.model.ledger is not None and run.model.router is not None:
        run.model.ledger.rent([endpoint.url for endpoint in run.model.router.endpoints])
    for observer in observers:
        run.observers.add(Guarded(observer, run.stop))


def _start(client: ModelClient, options: ModelOptions, loop: asyncio.AbstractEventLoop) -> Shaping:
    """Check the model servers, and find out whether they can constrain answers to a form."""
    structured, checked = options.structured_outputs, False
    if isinstance(client, Router):
        from ga_ooo.model.assembly import constrains_answers, refused_structured_outputs

        loop.run_until_complete(client.start())
        if structured is not False:
            reason = loop.run_until_complete(constrains_answers(client))
            if reason and structured:
                raise refused_structured_outputs(reason)
            if reason:
                logger.warning(
                    "structured outputs are off: %s; answers are checked, and asked for once more "
                    "where they do not have the form that the host needs",
                    reason,
                )
            structured, checked = reason is None, reason is not None
    fail_safe = options.on_refusal == "fail-safe"
    return Shaping(bool(structured), options.names.prompts, checked, fail_safe)

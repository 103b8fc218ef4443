"""Puts a run together: a host, a model with its layers, and the observers of both."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.durable.profile_store import ForkCleaner
from ga_ooo.host.durable.run_journal import NoModel, RunJournal, Shaping
from ga_ooo.host.run.imported_host import ImportedHost
from ga_ooo.host.run.model_stack import ModelStack
from ga_ooo.host.run.run import Run
from ga_ooo.model.requests import ModelClient, can_repeat_answers
from ga_ooo.model.routing.router import Router
from ga_ooo.observer import Guarded, Observer, Observers
from ga_ooo.options import JournalOptions, ModelOptions, RunOptions
from ga_ooo.plugin import Plugins

logger = logging.getLogger(__name__)


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
    journal: JournalOptions | None = None,
    observers: Iterable[Observer] = (),
) -> Run:
    """Connect to the model, then import the host and connect it to model and plugins.

    Args:
        loop: the engine's loop (wall clock or virtual time); closed with the run.
        storage: folder of simulations, in place of the host's own.
        temp_storage: folder shared with the frontend, in place of the host's own.
        interactive: a user sits in front of it: wait for a frontend where the host would.
        print_sink: takes what the host prints while it runs steps; None drops the text.
        journal: what to do about a journal; None for none.
        observers: notified before the plugins. Their errors end the run in order.

    Raises:
        ModelError: a model server does not answer, or cannot do what is asked of it.
        UsageError: the journal is not there, is in use, or belongs to another run.
    """
    run_journal = RunJournal(journal, checkout, options.seed, model, plugins.replay_delay(model))
    client = NoModel() if run_journal.replays else plugins.client(model)
    notified = Observers()
    try:
        shaping = run_journal.recorded_shaping() or _start(client, model, loop)
        run_journal.prepare(shaping)
        shape = plugins.request_shape(shaping.prompts, structured=shaping.structured)
        stack = ModelStack(client, options, loop, notified, shape)
        host = ImportedHost(
            checkout,
            plugins.recipe(checkout),
            stack.gateway.ask,
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
    run_journal.connect(stack.open_journal, by_default=not can_repeat_answers(client))
    # The journal comes before those whose errors may end the run.
    for built_in in (ForkCleaner(stack.prefetching, run.disk), run_journal):
        notified.add(built_in)
    for observer in (*observers, plugins.observer()):
        notified.add(Guarded(observer, run.stop))
    return run


def _start(client: ModelClient, options: ModelOptions, loop: asyncio.AbstractEventLoop) -> Shaping:
    """Probe the model servers, and find out what form requests can have."""
    structured = options.structured_outputs
    if isinstance(client, Router):
        from ga_ooo.model.assembly import constrains_answers, refused_structured_outputs

        loop.run_until_complete(client.start())
        if structured is not False:
            reason = loop.run_until_complete(constrains_answers(client))
            if reason and structured:
                raise refused_structured_outputs(reason)
            if reason:
                logger.warning("structured outputs are off: %s", reason)
            structured = reason is None
    return Shaping(bool(structured), options.names.prompts)

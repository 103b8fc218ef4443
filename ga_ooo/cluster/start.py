"""Puts the rehearsals of a run on workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ga_ooo.cluster.desk import QuestionDesk
from ga_ooo.cluster.facts import facts_of
from ga_ooo.cluster.frames import Begin, Setup
from ga_ooo.cluster.main_side import WorkerRehearsals
from ga_ooo.cluster.news import TownNews
from ga_ooo.cluster.own_rehearsals import OwnRehearsals
from ga_ooo.cluster.pool import Pool, RayPool
from ga_ooo.cluster.states.senders import StateSender
from ga_ooo.engine.ids import Step
from ga_ooo.engine.loop.idle import IdleWork
from ga_ooo.host.checkout.layout import ORIGINAL
from ga_ooo.host.run.rehearsal import TownRehearsalHost
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.town_host import TownHost
from ga_ooo.runahead.driver import Runahead
from ga_ooo.runahead.questions import LocalQuestions


@contextmanager
def rehearsal_workers(run: Run) -> Iterator[None]:
    """While entered, the moves of a run are rehearsed by as many workers as its options say.

    Raises:
        UsageError: Ray is not installed.
        WorkersError: Ray, or a worker, cannot be started.
        HostError: a worker has another host or another package than this process.
    """
    options = run.options
    count = options.workers
    if run.model.prefetching is None or (count == "auto" and options.clock == "virtual"):
        # Nothing is rehearsed, or CPU time takes no time.
        yield
        return
    most = None if count == "auto" else count
    address, facts = options.ray_address, facts_of(run.host.checkout)
    with RayPool(most, address, setup_of(run), facts) as pool:
        if most is not None:
            run.observers.working_on("starting rehearsal workers")
            pool.start_all()
        rehearse_on(run, pool)
        try:
            yield
        finally:
            run.rehearse_elsewhere = None


def setup_of(run: Run) -> Setup:
    """What the workers of a run are to import."""
    options, shaping = run.options, run.model.shaping
    checkout = str(run.host.checkout.root)
    if options.ray_address is not None:
        # A run in a copy of the checkout (``verify``, ``bench``): other machines have the original.
        checkout = os.environ.get(ORIGINAL, checkout)
    return Setup(
        checkout,
        options.seed,
        options.accelerate,
        options.plugins,
        dict(shaping.prompts),
        shaping.structured,
    )


def rehearse_on(run: Run, pool: Pool) -> None:
    """Let the workers of a pool rehearse the moves of a run from its next stretch on."""

    def rehearse(server: Any, town: TownHost, questions: LocalQuestions, first: Step) -> IdleWork:
        return _rehearsals(run, pool, server, town, questions, first)

    run.rehearse_elsewhere = rehearse
    assert run.model.prefetching is not None, "otherwise nothing is rehearsed"
    run.model.prefetching.workers = [worker.counts for worker in pool.workers]


def _rehearsals(
    run: Run, pool: Pool, server: Any, town: TownHost, questions: LocalQuestions, first: Step
) -> WorkerRehearsals:
    own = {"maze": server.maze}
    sender = StateSender(town.personas, own, run.host.modules.all)
    views = run.host.maze_views(server)
    news = TownNews(server, town, views, run.host.access_times, sender)
    seed, ahead = run.options.seed, run.options.runahead

    def begin() -> Begin:
        return news.begin(ahead, first, questions.forecast_rates)

    desk = QuestionDesk(questions, town.scheduler, town.names, run.model.gateway, seed)
    is_virtual = run.options.clock == "virtual"
    rehearsals = TownRehearsalHost(town, views, run.host.access_times, seed)
    runahead = Runahead(town.scheduler, rehearsals, questions, ahead, first)
    own_rehearsals = OwnRehearsals(runahead, town.names, seed)
    return WorkerRehearsals(
        *(pool, town, views, news, desk, own_rehearsals, begin, run.loop),
        is_virtual=is_virtual,
        is_auto=run.options.workers == "auto",
    )

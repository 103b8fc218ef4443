"""Puts the rehearsals of a run on workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ga_ooo.cluster.desk import QuestionDesk
from ga_ooo.cluster.facts import facts_of
from ga_ooo.cluster.frames import Begin, Setup
from ga_ooo.cluster.main_side import WorkerRehearsals
from ga_ooo.cluster.news import TownNews
from ga_ooo.cluster.pool import Pool, RayPool
from ga_ooo.cluster.senders import StateSender
from ga_ooo.engine.ids import Step
from ga_ooo.engine.loop.idle import IdleWork
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.town_host import TownHost
from ga_ooo.runahead.questions import LocalQuestions


@contextmanager
def rehearsal_workers(run: Run) -> Iterator[None]:
    """While entered, the moves of a run are rehearsed by as many workers as its options say.

    Raises:
        UsageError: Ray is not installed.
        WorkersError: Ray, or a worker, cannot be started.
        HostError: a worker has another host or another package than this process.
    """
    if run.model.prefetching is None:
        # Nothing is rehearsed.
        yield
        return
    with RayPool(run.options.workers, None, setup_of(run), facts_of(run.host.checkout)) as pool:
        rehearse_on(run, pool)
        try:
            yield
        finally:
            run.rehearse_elsewhere = None


def setup_of(run: Run) -> Setup:
    """What the workers of a run are to import."""
    options, shaping = run.options, run.model.shaping
    return Setup(
        str(run.host.checkout.root),
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


def _rehearsals(
    run: Run, pool: Pool, server: Any, town: TownHost, questions: LocalQuestions, first: Step
) -> WorkerRehearsals:
    own = {"maze": server.maze}
    sender = StateSender(town.personas, own, run.host.modules.all)
    news = TownNews(server, town, run.host.access_times, sender)
    views = run.host.maze_views(server)
    seed, ahead = run.options.seed, run.options.runahead

    def begin() -> Begin:
        return news.begin(views.reach.radius, ahead, first, questions.forecast_rates)

    desk = QuestionDesk(questions, town.scheduler, town.names, run.model.gateway, seed)
    is_virtual = run.options.clock == "virtual"
    return WorkerRehearsals(pool, town, views, news, desk, begin, run.loop, is_virtual=is_virtual)

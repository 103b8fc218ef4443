"""What the engine does while no real move can continue: rehearsals, here or elsewhere."""

from __future__ import annotations

import logging
from typing import Any

from ga_ooo.engine.loop.idle import IdleWork
from ga_ooo.host.run.rehearsal import TownRehearsalHost
from ga_ooo.host.run.run import Run
from ga_ooo.host.run.town_host import TownHost
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.journal.records import JournalMode
from ga_ooo.runahead.driver import Runahead
from ga_ooo.runahead.questions import LocalQuestions

logger = logging.getLogger(__name__)


def make_idle_work(run: Run, server: Any, town: TownHost, views: MazeViews) -> IdleWork | None:
    """The idle work of one stretch of steps; None if there is none.

    Args:
        server: the host's, at the beginning of the stretch.
        town: its personas.
        views: of its map.
    """
    prefetching = run.model.prefetching
    if prefetching is None:
        return None
    if run.host.isolation.problem is not None:
        logger.warning("no move is rehearsed: %s", run.host.isolation.problem)
        return None
    journal, first = run.model.journal, 0
    if journal is not None:
        if journal.journal.mode is JournalMode.REPLAY:
            return None
        # Recorded calls are not to be asked again, and are answered at once anyway.
        first = journal.journal.steps_recorded()
    questions = LocalQuestions(prefetching, town.names)
    if run.rehearse_elsewhere is not None:
        return run.rehearse_elsewhere(server, town, questions, first)
    rehearsals = TownRehearsalHost(town, views, run.host.access_times, run.options.seed)
    return Runahead(town.scheduler, rehearsals, questions, run.options.runahead, first)

"""What must be true after every stimulus. Only tests check it, because the check is expensive."""

from __future__ import annotations

import networkx as nx
import numpy as np

from ga_ooo.engine.graph import dependency_graph
from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.protocol import Hazard
from ga_ooo.engine.scheduler import Scheduler


def check(scheduler: Scheduler) -> None:
    """Raise AssertionError with the first invariant that is broken."""
    board = scheduler.scoreboard
    assert scheduler.horizon == min(board.commit_step) or scheduler.finished, (
        "the horizon is the smallest commit step"
    )
    for persona in range(scheduler.count):
        _check_row(scheduler, persona)
        _check_hold(scheduler, persona)
        if scheduler.phase(persona) is not Phase.HELD:
            _check_causality(scheduler, persona)
    graph = dependency_graph(scheduler)
    assert nx.is_directed_acyclic_graph(graph), f"no deadlock: {list(graph.edges(data=True))}"


def _check_row(scheduler: Scheduler, persona: int) -> None:
    fresh = scheduler.rule.steps_to_matter(scheduler.tile(persona))
    tiles = np.array(scheduler.scoreboard.tile)
    row = scheduler.row(persona)
    assert np.array_equal(fresh[tiles], row[tiles]), "the row is that of the tile"


def _check_hold(scheduler: Scheduler, persona: int) -> None:
    """The incremental state equals brute force: a persona is held if and only if it must be."""
    board, row = scheduler.scoreboard, scheduler.row(persona)
    phase, hold = scheduler.phase(persona), scheduler.holds.get(persona)
    name = scheduler.story.names[persona]
    if phase is Phase.COMPLETED:
        assert board.commit_hold(persona, row), f"{name} could commit and did not"
    elif phase is Phase.RUNNING:
        condition = scheduler.conditions.get(persona)
        waits = condition is not None and board.wait_hold(persona, condition) is not None
        assert waits == (condition is not None), f"{name} could continue and does not"
    elif scheduler.commit_step(persona) < scheduler.until:
        assert hold is not None, f"{name} is held by nobody and not issued"
        real = board.issue_hold(persona, row)
        assert real or hold.hazard is Hazard.WINDOW, f"{name} could be issued and was not"
    else:
        assert hold is None, f"{name} has reached the end and is still held"


def _check_causality(scheduler: Scheduler, persona: int) -> None:
    """Nobody behind could come into sight of a step that is under way."""
    board, step = scheduler.scoreboard, scheduler.commit_step(persona)
    row = scheduler.row(persona)
    for other, (at, tile) in enumerate(zip(board.commit_step, board.tile, strict=True)):
        assert at >= step or row[tile] > step - at, (
            f"{scheduler.story.names[persona]} ran past {scheduler.story.names[other]}"
        )

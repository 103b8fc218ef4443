"""In a crowd, the work per persona step does not grow with the number of personas."""

from __future__ import annotations

import numpy as np
import pytest

from ga_ooo.engine.hazards import Scoreboard
from ga_ooo.engine.protocol import Completed, Issue, RunUntil
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import ReachRule

STEPS = 6


@pytest.mark.parametrize("people", [10, 80])
def test_hazard_checks_per_step_do_not_grow_with_the_crowd(
    people: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are in one room and move in the host's order; a persona waits for one other at a time."""
    checks = 0

    def counted(name: str) -> None:
        ask = getattr(Scoreboard, name)

        def check(scoreboard: Scoreboard, *arguments: object) -> object:
            nonlocal checks
            checks += 1
            return ask(scoreboard, *arguments)

        monkeypatch.setattr(Scoreboard, name, check)

    counted("issue_hold")
    counted("commit_hold")
    town = TownMap(np.ones((4, 4), np.bool_), np.zeros((4, 4), np.int32))
    rule = ReachRule(Reach(town, 4))
    scheduler = Scheduler([f"p{i}" for i in range(people)], [5] * people, 0, rule)
    instructions = scheduler.handle(RunUntil(STEPS))
    moves = 0
    while True:
        issued = [i for i in instructions if isinstance(i, Issue)]
        if not issued:
            break
        assert len(issued) == 1
        moves += 1
        instructions = scheduler.handle(Completed(issued[0].persona, 5))
    assert scheduler.finished and moves == people * STEPS
    assert checks <= 6 * moves


def test_a_run_ends_at_its_last_step_however_large_the_number_is() -> None:
    town = TownMap(np.ones((4, 4), np.bool_), np.zeros((4, 4), np.int32))
    rule = ReachRule(Reach(town, 4))
    first = 10**6
    scheduler = Scheduler(["p0"], [5], first, rule)
    # Another object than the numbers that the scheduler counts.
    (issued,) = scheduler.handle(RunUntil(int(str(first + 1))))
    assert issued == Issue(0, first)
    assert not any(isinstance(i, Issue) for i in scheduler.handle(Completed(0, 5)))
    assert scheduler.finished

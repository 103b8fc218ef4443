"""If no change in sight was recorded, nothing in sight has changed: in any town, in any order."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, example, given

from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.host.world.news import Execution, IdleMoves
from tests.properties.driving import Case, Conditions, cases, conditions, on_engine
from tests.properties.maze import Maze
from tests.properties.persona import Persona, Temper
from tests.properties.test_engine import assert_equal, corridor

Seen = dict[tuple[int, int], tuple[Any, ...]]


class Witness(IdleMoves):
    """Records whose sight should be unchanged, and leaves the move to the host, which looks."""

    def __init__(self) -> None:
        self.promised: dict[str, datetime.datetime] = {}
        self.last: dict[str, Seen] = {}
        self.kept = 0

    def perception_state(self, persona: Any) -> tuple[Any, ...]:
        """The state of a persona never decides."""
        return ()

    def finds_nothing(self, persona: Any, maze: Any, tile: Any) -> bool:
        """Rehearsed moves are left to the host."""
        return False

    def take(self, persona: Any, tile: Any, time: datetime.datetime) -> Execution | None:
        """Record the promise; the host takes the move."""
        self.promised[persona.name] = time
        return None

    def look(self, persona: Persona, seen: Seen) -> None:
        """Compare: the persona of the host looks around in a real move."""
        if self.promised.get(persona.name) == persona.scratch.curr_time:
            assert seen == self.last[persona.name]
            self.kept += 1
        self.last[persona.name] = seen


def in_sight(persona: Persona, maze: Maze, here: tuple[int, int]) -> Seen:
    """All events that the persona may perceive."""
    radius = persona.scratch.vision_r
    tiles = [(x, y) for x in range(here[0] - radius, here[0] + radius + 1)
             for y in range(here[1] - radius, here[1] + radius + 1)
             if 0 <= x < maze.layout.width and 0 <= y < maze.layout.height]  # fmt: skip
    lively = {tile: tuple(maze.events(tile)) for tile in tiles
              if maze.arena(tile) == maze.arena(here) and maze.events(tile)}  # fmt: skip
    # A tile that held events earlier may still be true, though it is empty.
    return {tile: events for tile, events in lively.items() if events}


CALM = replace(corridor(1), temper=Temper((6,), act=0.1, talk=0.0, look=0.0, think=0.3))


@given(case=cases(), how=conditions)
@example(case=CALM, how=Conditions())
def test_promises_are_kept(case: Case, how: Conditions) -> None:
    """Also with failing moves, rehearsals, weaker rules and shared keys."""
    is_calm = case == CALM
    if case.seed % 2:
        case = replace(case, temper=replace(case.temper, act=case.temper.act / 8, talk=0.0))
    witness, own = Witness(), Persona._perceive

    def perceive(self: Persona, maze: Maze, here: tuple[int, int]) -> list[str]:
        move = current_move()
        if move is not None and move.rehearsal is None:
            witness.look(self, in_sight(self, maze, here))
        return own(self, maze, here)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Persona, "_perceive", perceive)
        on_engine(case, replace(how, idle=witness))
    if is_calm:
        assert witness.kept > 5
    event(f"promises kept: {min(3, witness.kept)}")


@given(case=cases(people=4), how=conditions)
def test_promises_change_nothing(case: Case, how: Conditions) -> None:
    """The results are the same with and without a witness."""
    assert_equal(case, replace(how, idle=Witness()))

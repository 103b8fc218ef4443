"""Each hazard as a short story of two or three personas and their distances."""

from __future__ import annotations

import pytest

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.protocol import (
    Clear,
    Commit,
    Completed,
    Drain,
    EarlierCompleted,
    HandedOver,
    Hazard,
    Hold,
    Issue,
    Reached,
    Restarted,
    Retire,
    RunUntil,
    Waits,
    Wake,
)
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.town.reach import Reach
from tests.engine.drawing import draw, run_until, start

ADA, BO, CY = 0, 1, 2

STREET = draw("............")
HOUSES = draw(
    """
    aaa#bbb
    aaa#bbb
    aaa.bbb
    """
)
"""Two rooms with one door between them, in the bottom row."""


def stay(scheduler: Scheduler, persona: int) -> list[object]:
    """The persona completes its move and stays on its tile."""
    return list(scheduler.handle(Completed(persona, scheduler.tile(persona))))


class TestLag:
    """A persona that is behind could still walk into sight."""

    def test_far_apart_the_lead_is_as_long_as_the_way(self) -> None:
        """Eleven tiles apart, sight of 2: nine moves into sight, so a lead of nine steps."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)})
        assert run_until(scheduler, 100) == [Issue(ADA, 0), Issue(BO, 0)]
        for step in range(8):
            assert stay(scheduler, ADA) == [Commit(ADA, step), Issue(ADA, step + 1)]
        assert stay(scheduler, ADA) == [Commit(ADA, 8)]
        assert scheduler.holds[ADA] == Hold(Hazard.LAG, BO, until=1)

    def test_one_step_of_the_straggler_frees_one_step(self) -> None:
        """The step that everybody has committed retires."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)})
        run_until(scheduler, 100)
        for _ in range(9):
            stay(scheduler, ADA)
        done = stay(scheduler, BO)
        assert done[:2] == [Commit(BO, 0), Retire(0)]
        assert set(done[2:]) == {Issue(BO, 1), Issue(ADA, 9)}

    def test_walking_away_gives_more_lead(self) -> None:
        """Bo is 8 moves away, then 9; only its tile at its commit step counts."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (10, 0)})
        run_until(scheduler, 100)
        for _ in range(8):
            stay(scheduler, ADA)
        assert scheduler.holds[ADA].hazard is Hazard.LAG
        scheduler.handle(Completed(BO, STREET.index(11, 0)))
        assert scheduler.commit_step(ADA) == 8
        assert scheduler.phase(ADA) is Phase.RUNNING
        for _ in range(2):
            stay(scheduler, ADA)
        assert scheduler.holds[ADA] == Hold(Hazard.LAG, BO, until=2)

    def test_a_wall_between_neighbours(self) -> None:
        """Two tiles apart in a straight line, but in two rooms: the way leads through the door."""
        scheduler = start(HOUSES, {"Ada": (2, 0), "Bo": (4, 0)}, radius=4)
        assert run_until(scheduler, 100) == [Issue(ADA, 0), Issue(BO, 0)]
        # Bo needs two moves down and two moves left to a tile of Ada's room.
        for step in range(3):
            assert stay(scheduler, ADA) == [Commit(ADA, step), Issue(ADA, step + 1)]
        assert stay(scheduler, ADA) == [Commit(ADA, 3)]
        assert scheduler.holds[ADA].blocker == BO

    def test_no_way_at_all(self) -> None:
        """Nobody waits for a persona behind a wall without a door."""
        town = draw("aa#bb")
        scheduler = start(town, {"Ada": (0, 0), "Bo": (4, 0)}, radius=9)
        run_until(scheduler, 1000)
        for _ in range(1000):
            stay(scheduler, ADA)
        assert scheduler.commit_step(ADA) == 1000
        assert scheduler.horizon == 0


class TestOrder:
    """The host moves personas in order; a later one may read what an earlier one does."""

    def test_the_later_waits_for_the_earlier_in_sight(self) -> None:
        """Ada and Bo see each other."""
        scheduler = start(STREET, {"Ada": (3, 0), "Bo": (4, 0)})
        assert run_until(scheduler, 5) == [Issue(ADA, 0)]
        assert scheduler.holds[BO] == Hold(Hazard.ORDER, ADA, until=1)
        assert stay(scheduler, ADA) == [Issue(BO, 0)]

    def test_out_of_sight_is_out_of_order(self) -> None:
        """One tile beyond sight, both start at once."""
        scheduler = start(STREET, {"Ada": (3, 0), "Bo": (6, 0)})
        assert run_until(scheduler, 5) == [Issue(ADA, 0), Issue(BO, 0)]


class TestCommit:
    """A later persona may still write into an earlier one, in a conversation."""

    def test_completed_is_not_committed_while_somebody_in_sight_moves(self) -> None:
        """Ada commits the step only when Bo has completed it too; then both commit."""
        scheduler = start(STREET, {"Ada": (3, 0), "Bo": (4, 0)})
        run_until(scheduler, 5)
        stay(scheduler, ADA)
        assert scheduler.phase(ADA) is Phase.COMPLETED
        assert scheduler.holds[ADA] == Hold(Hazard.COMMIT, BO, until=1)
        done = stay(scheduler, BO)
        assert done[:2] == [Commit(BO, 0), Commit(ADA, 0)]
        assert set(done[2:]) == {Retire(0), Issue(ADA, 1)}

    def test_both_walk_out_of_sight(self) -> None:
        """After the step they are four tiles apart, so both start the next one at once."""
        scheduler = start(STREET, {"Ada": (3, 0), "Bo": (5, 0)})
        run_until(scheduler, 5)
        scheduler.handle(Completed(ADA, STREET.index(2, 0)))
        done = scheduler.handle(Completed(BO, STREET.index(6, 0)))
        assert {Issue(ADA, 1), Issue(BO, 1)} <= set(done)


class TestPins:
    """A move that was handed another persona pins that persona until it completes."""

    def test_under_an_unsound_rule_a_pin_holds(self) -> None:
        """Ada was handed Bo, who could advance by the rule alone."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)}, radius=0)
        scheduler.handle(RunUntil(1))
        scheduler.handle(RunUntil(5))
        scheduler.handle(HandedOver(ADA, BO))
        assert stay(scheduler, BO) == []
        assert scheduler.holds[BO] == Hold(Hazard.PIN, ADA, until=1)
        assert Commit(BO, 0) in stay(scheduler, ADA)

    def test_a_restart_releases_the_pin(self) -> None:
        """A move that starts again was handed nobody yet."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)}, radius=0)
        run_until(scheduler, 5)
        scheduler.handle(HandedOver(ADA, BO))
        stay(scheduler, BO)
        assert scheduler.handle(Restarted(ADA)) == [Commit(BO, 0), Issue(BO, 1)]
        assert scheduler.phase(ADA) is Phase.RUNNING


class TestWaits:
    """A running move waits for a condition."""

    def ahead(self) -> Scheduler:
        """Ada runs step 5, and Bo runs step 0, eleven tiles away."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0), "Cy": (11, 0)}, radius=1)
        run_until(scheduler, 20)
        for _ in range(5):
            stay(scheduler, ADA)
        return scheduler

    def test_reached(self) -> None:
        """The tile of a persona at a step is known when the persona has reached the step."""
        scheduler = self.ahead()
        assert scheduler.handle(Waits(ADA, Reached(BO, 1))) == []
        assert scheduler.holds[ADA] == Hold(Hazard.READ, BO, until=1)
        stay(scheduler, BO)
        assert Wake(ADA) in stay(scheduler, CY)
        assert not scheduler.conditions

    def test_a_condition_that_is_true_wakes_at_once(self) -> None:
        """The move need not wait for another stimulus."""
        scheduler = self.ahead()
        assert scheduler.handle(Waits(ADA, Reached(BO, 0))) == [Wake(ADA)]

    def test_a_far_tile_is_clear_when_nobody_could_be_on_it(self) -> None:
        """Tile 6 is five moves from Bo, who could be there by step 5; after Bo's step 0 no more."""
        scheduler = self.ahead()
        row = Reach(STREET, 1).to_tile(STREET.index(6, 0))
        assert scheduler.handle(Waits(ADA, Clear(row, 4))) == [Wake(ADA)]
        assert scheduler.handle(Waits(ADA, Clear(row, 5))) == []
        assert scheduler.holds[ADA] == Hold(Hazard.READ, BO, until=1)
        stay(scheduler, BO)
        assert Wake(ADA) in stay(scheduler, CY)

    def test_a_shared_key_waits_for_later_personas_only(self) -> None:
        """Bo and Cy could be there; only personas from Cy on count, then only those after Cy."""
        scheduler = self.ahead()
        row = Reach(STREET, 1).to_tile(STREET.index(6, 0))
        assert scheduler.handle(Waits(ADA, Clear(row, 5, first=CY))) == []
        assert scheduler.holds[ADA].blocker == CY
        scheduler.handle(Restarted(ADA))
        assert scheduler.handle(Waits(ADA, Clear(row, 5, first=CY + 1))) == [Wake(ADA)]

    def test_everybody_earlier_who_sees_the_person_completes_first(self) -> None:
        """Cy wants Bo, whom Ada sees too, although Cy and Ada do not see each other."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (2, 0), "Cy": (4, 0)})
        assert run_until(scheduler, 5) == [Issue(ADA, 0)]
        assert scheduler.holds[CY].blocker == BO
        stay(scheduler, ADA)
        assert Issue(CY, 0) in stay(scheduler, BO)
        row = Reach(STREET, 2).to_sight(STREET.index(2, 0))
        assert scheduler.handle(Waits(CY, EarlierCompleted(row, 0, before=CY))) == [Wake(CY)]


class TestRange:
    """How far personas may advance: until, window, drain."""

    def test_nobody_advances_beyond_until(self) -> None:
        """The scheduler is finished there; a later ``until`` continues."""
        scheduler = start(STREET, {"Ada": (0, 0)})
        run_until(scheduler, 1)
        assert stay(scheduler, ADA) == [Commit(ADA, 0), Retire(0)]
        assert scheduler.finished
        assert run_until(scheduler, 2) == [Issue(ADA, 1)]

    def test_window_limits_the_lead(self) -> None:
        """Two steps ahead of the horizon and no more; when the horizon moves, so does Ada."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)}, window=2)
        run_until(scheduler, 9)
        stay(scheduler, ADA)
        stay(scheduler, ADA)
        assert scheduler.holds[ADA] == Hold(Hazard.WINDOW, BO, until=1)
        assert Issue(ADA, 2) in stay(scheduler, BO)

    def test_drain_brings_everybody_to_the_furthest(self) -> None:
        """Ada runs step 3 at the time of the drain, so all stop before step 4."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)})
        run_until(scheduler, 100)
        for _ in range(3):
            stay(scheduler, ADA)
        scheduler.handle(Drain())
        assert scheduler.until == 4
        stay(scheduler, ADA)
        while not scheduler.finished:
            stay(scheduler, BO)
        assert [scheduler.commit_step(p) for p in (ADA, BO)] == [4, 4]
        assert set(run_until(scheduler, 100)) == {Issue(ADA, 4), Issue(BO, 4)}


class TestDefects:
    """A stimulus that contradicts the state raises an error that names the persona."""

    def test_complete_twice(self) -> None:
        """Only a running move can complete."""
        scheduler = start(STREET, {"Ada": (3, 0), "Bo": (4, 0)})
        run_until(scheduler, 5)
        stay(scheduler, ADA)
        with pytest.raises(ValueError, match="Ada is COMPLETED, not RUNNING"):
            stay(scheduler, ADA)

    def test_complete_while_waiting(self) -> None:
        """A move that waits is suspended, so it cannot have returned."""
        scheduler = start(STREET, {"Ada": (0, 0), "Bo": (11, 0)})
        run_until(scheduler, 5)
        scheduler.handle(Waits(ADA, Reached(BO, 3)))
        with pytest.raises(ValueError, match="Ada completed while it was waiting"):
            stay(scheduler, ADA)

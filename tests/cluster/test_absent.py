"""Personas of which a worker has an outline and no state."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from greenlet import greenlet

from ga_ooo.cluster.states.outlines import Outline, outline_of
from ga_ooo.cluster.worker_side.absent import AbsentPersona, Needs, WorkerRehearsalHost
from ga_ooo.host.run.rehearsal.assumptions import presence_of
from ga_ooo.runahead.calls import AwaitAdmission

WALK = ("Ada", "walk", "to", "work")
DESK = ("desk", "be", "used", None)
OUTLINE = Outline(7, [3, 4, 5], WALK, DESK)


class _Scratch:
    """As in the host."""

    planned_path = ((3, 0), (4, 0), (5, 0))

    def get_curr_event_and_desc(self) -> Any:
        return WALK

    def get_curr_obj_event_and_desc(self) -> Any:
        return DESK


def test_an_outline_says_what_others_can_assume() -> None:
    assert outline_of(_Scratch(), 7, lambda tile: tile[0]) == OUTLINE
    steps = [7]
    absent = AbsentPersona(OUTLINE, lambda: steps[-1], lambda tile: (tile, 0))
    for arrived in (False, True):
        assert presence_of(0, 3, absent.scratch, arrived=arrived) == presence_of(
            0, 3, _Scratch(), arrived=arrived
        )
    assert absent.scratch.planned_path == [(3, 0), (4, 0), (5, 0)]
    steps.append(9)
    assert absent.scratch.planned_path == [(5, 0)]
    steps.append(20)
    assert absent.scratch.planned_path == []


def test_a_walk_as_planned_is_nothing_new() -> None:
    assert OUTLINE.says(Outline(8, [4, 5], WALK, DESK))
    assert OUTLINE.says(Outline(12, [], WALK, DESK))
    assert not OUTLINE.says(Outline(8, [4], WALK, DESK))
    assert not OUTLINE.says(Outline(8, [4, 5], DESK, DESK))
    assert not OUTLINE.says(Outline(8, [4, 5], WALK, WALK))


def test_a_state_is_asked_for_once() -> None:
    needs = Needs()
    assert needs.is_empty
    needs.wait(0, 2)
    needs.wait(1, 2)
    assert needs.take() == [2]
    needs.wait(0, 2)
    assert needs.is_empty
    assert needs.arrived(2) == {0, 1} and needs.arrived(2) == set()
    # It was dropped since.
    needs.wait(0, 2)
    assert needs.take() == [2]


def test_a_rehearsal_waits_for_the_state_of_whom_it_meets(monkeypatch: Any) -> None:
    here: set[int] = set()
    world = SimpleNamespace(persona=0, replica="me", handed={})
    host = object.__new__(WorkerRehearsalHost)
    host._needs = needs = Needs()
    host._replicas = SimpleNamespace(has=here.__contains__)  # type: ignore[assignment]
    host._world = world  # type: ignore[assignment]
    monkeypatch.setattr(host, "_replica_to_hand_over", lambda _, other: f"replica {other}")
    fiber = greenlet(lambda: host.hand_over(2))
    # The driver resumes it from time to time, and squashes it if it must start again.
    assert isinstance(fiber.switch(), AwaitAdmission)
    assert isinstance(fiber.switch(None), AwaitAdmission)
    assert needs.take() == [2]
    here.add(2)
    assert fiber.switch(None) == "replica 2"
    here.clear()
    assert host.hand_over(2) == "replica 2"

"""The critical path: it covers the whole time of a run, and goes over holds to those who held."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.record.rows import Call, Held
from ga_ooo.report.critical_path import Segment, critical_path


def call(persona: int, asked: float, answered: float, kind: str = "utterance") -> Call:
    key = 1, persona, 0, 0, 0, kind, "", None
    return Call(*key, asked, answered, 10, 1, "model", None, "m", "s", 1)


def hold(persona: int, blocker: int, began: float, ended: float) -> Held:
    return Held(persona, 0, "issue", "order", blocker, began, ended)


def test_a_hold_leads_to_the_persona_that_held() -> None:
    calls = [call(0, 0, 5), call(1, 5.5, 9, "daily plan"), call(0, 5.2, 6)]
    path = critical_path(calls, [hold(1, 0, 1, 5)], persona=1, end=10)
    assert path == [
        Segment(0, 0, 5, "call", "utterance"),
        Segment(1, 5, 5, "hold", "order"),
        Segment(1, 5, 5.5, "code"),
        Segment(1, 5.5, 9, "call", "daily plan"),
        Segment(1, 9, 10, "code"),
    ]


def test_an_empty_record_has_only_code() -> None:
    assert critical_path([], [], 0, 3.0) == [Segment(0, 0.0, 3.0, "code")]


times = st.tuples(st.integers(0, 20), st.integers(0, 5))
people = st.integers(0, 3)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(people, times), max_size=20),
    st.lists(st.tuples(people, people, times), max_size=20),
)
def test_the_path_has_no_gap_and_no_time_twice(
    asked: list[tuple[int, tuple[int, int]]], held: list[tuple[int, int, tuple[int, int]]]
) -> None:
    """Whatever a record contains, also holds in a circle, the path ends and covers all time."""
    calls = [call(persona, at, at + length) for persona, (at, length) in asked]
    holds = [hold(one, other, at, at + length) for one, other, (at, length) in held]
    path = critical_path(calls, holds, 0, 30.0)
    assert sum(part.ended - part.began for part in path) == pytest.approx(30.0)
    assert path[0].began == 0 and path[-1].ended == 30
    for before, after in itertools.pairwise(path):
        assert before.ended == pytest.approx(after.began)

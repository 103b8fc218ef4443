"""The engine equals the host's own loop: any town, any latencies, any order of completion."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, sqrt
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st

from ga_ooo.errors import CausalityError
from tests.properties.driving import Case, Conditions, by_own_loop, cases, conditions, on_engine
from tests.properties.maps import Layout
from tests.properties.persona import Temper


def assert_equal(case: Case, how: Conditions) -> None:
    """Movement files and everything else that is left behind are the same."""
    assert_same(on_engine(case, how), by_own_loop(case))


def assert_same(ours: Any, theirs: Any) -> None:
    """Compare from the beginning, so that the earliest difference is shown."""
    for (step, moved), (own_step, own_moved) in zip(ours[0], theirs[0], strict=True):
        assert step == own_step
        for name in own_moved["persona"]:
            assert moved["persona"][name] == own_moved["persona"][name], f"{name}, step {step}"
        assert moved["meta"] == own_moved["meta"]
    for after, own_after in zip(ours[1], theirs[1], strict=True):
        for part in own_after:
            assert after[part] == own_after[part], part


@given(cases(), conditions)
def test_reach(case: Case, how: Conditions) -> None:
    """The default rule."""
    assert_equal(case, how)


@given(cases(), conditions, st.booleans())
def test_other_sound_rules(case: Case, how: Conditions, lockstep: bool) -> None:
    """Lockstep, and Euclidean with a radius that covers the corners of the square of sight."""
    rule = "lockstep" if lockstep else f"euclidean:{ceil(case.radius * sqrt(2))}"
    assert_equal(case, replace(how, rule=rule))


def corridor(seed: int) -> Case:
    """Two personas at the ends of a corridor, who see each other from afar."""
    width = 9
    layout = Layout(
        walls=[[False] * width],
        arenas=[[("", "")] * width],
        objects=[[""] * (width - 1) + ["object 0"]],
    )
    temper = Temper(vision=(6,), act=0.3, talk=0.0, look=0.0, ask_where=0.0, think=0.5)
    return Case(layout, ((6, 0), (0, 0)), temper, seed, (20,))


def interrupted_talk() -> Case:
    """The first persona talks to the third from afar; only the second, next to it, holds it."""
    width = 5
    layout = Layout([[False] * width], [[("", "")] * width], [[""] * width])
    temper = Temper(vision=(4,), act=0.1, talk=0.6, look=0.0, ask_where=0.0, think=0.6)
    return Case(layout, ((0, 0), (4, 0), (3, 0)), temper, 1510, (6,))


# The second completes during the talk: then only a pin keeps the third from starting.
@example(interrupted_talk(), Conditions(latency_seed=1510), "euclidean:1")
# A persona that is behind comes to a tile in sight that never had an event.
@example(corridor(9), Conditions(latency_seed=9, ignores_far=True), "never")
@example(corridor(16), Conditions(latency_seed=16, ignores_far=True), "never")
@given(
    cases(),
    conditions,
    st.sampled_from(("never", "euclidean:0", "euclidean:0:0.5", "euclidean:1", "euclidean:2")),
)
def test_unsound_rules_are_caught(case: Case, how: Conditions, rule: str) -> None:
    """The run ends in the same result or in a causality error; never in a deadlock."""
    try:
        ours = on_engine(case, replace(how, rule=rule))
    except CausalityError as error:
        event("caught")
        assert " at step " in error.problem
        return
    event("equal")
    assert_same(ours, by_own_loop(case))

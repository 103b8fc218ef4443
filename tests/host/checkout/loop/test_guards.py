"""The steps at which the work of a fork can do anything."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.checkout.loop.guards import is_guarded, step_guard

STEPS = range(60)


def guard_of(condition: str, tail: str = "") -> set[int]:
    (statement,) = ast.parse(f"if {condition}:\n  self.save()\n{tail}").body
    can_act = step_guard(statement)
    return {step for step in STEPS if can_act(step)}


@pytest.mark.parametrize(
    ("condition", "steps"),
    [
        ("self.step % 20 == 0", {0, 20, 40}),
        ("not self.step % 20", {0, 20, 40}),
        ("self.step > 0 and self.step % 20 == 0", {20, 40}),
        ("self.step % 20 == 0 and self.saves", {0, 20, 40}),
        ("self.step == 3", {3}),
        ("self.step % 30 == 0 or self.step == 7", {0, 7, 30}),
        ("0 < self.step <= 2", {1, 2}),
        ("-self.step == -5", {5}),
    ],
)
def test_conditions_of_the_step(condition: str, steps: set[int]) -> None:
    assert guard_of(condition) == steps


@pytest.mark.parametrize(
    "condition",
    [
        "self.saves and self.step % 20 == 0",
        "self.step % 20 == 0 or self.asked()",
        "self.step % self.every == 0",
        "self.step % EVERY == 0",
        "other.step % 20 == 0",
        "self.step % 0 == 0",
        "self.step == 'a'",
        "self.asked(self.step % 20)",
        "(self.step, 1)",
        "self.step in (1, 2)",
    ],
)
def test_any_other_condition_may_hold_at_each_step(condition: str) -> None:
    assert guard_of(condition) == set(STEPS)


def test_only_a_condition_without_an_alternative_holds_work_back() -> None:
    assert guard_of("self.step % 20 == 0", "else:\n  self.save()") == set(STEPS)
    (statement,) = ast.parse("self.save()").body
    assert not is_guarded(statement) and step_guard(statement)(3)


@given(st.integers(1, 9), st.integers(0, 9), st.sampled_from(["==", "!=", "<", ">="]))
def test_no_step_is_missed(every: int, rest: int, operator: str) -> None:
    text = f"self.step % {every} {operator} {rest} and self.any()"
    expected = {
        step for step in STEPS if eval(text.split(" and ")[0].replace("self.step", str(step)))
    }
    assert guard_of(text) == expected

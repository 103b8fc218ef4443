"""The gate: what is worth asking early follows what hit and what it saves; a budget closes it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.runahead.admission import Admission
from ga_ooo.runahead.predictor import Outlook

NEAR = Outlook("perceive>poignancy", 0)
FAR = NEAR._replace(ahead=5)


def settle(gate: Admission, outlook: Outlook, hits: Iterable[bool], tokens: int = 500) -> None:
    """Ask, and find out."""
    for hit in hits:
        rate = gate.rates.rate(outlook)
        gate.asked(outlook, rate)
        gate.answered(tokens)
        gate.settled(outlook, rate, tokens, hit)


def real(gate: Admission, outlook: Outlook, prompt: int, output: int, calls: int = 1) -> None:
    """Moves ask."""
    for _ in range(calls):
        gate.real(outlook.site, ModelAnswer("", prompt_tokens=prompt, output_tokens=output))


def test_what_nobody_knows_yet_is_tried() -> None:
    assert Admission(0.15).allows(NEAR)
    assert Admission(None).allows(FAR)


def test_it_lets_pass_what_hits_and_not_what_does_not() -> None:
    gate, never = Admission(None), Outlook("plan>talk", 0)
    settle(gate, NEAR, [True] * 40)
    settle(gate, never, [False] * 40)
    assert gate.allows(NEAR)
    assert not gate.allows(never)


def test_the_budget_closes_it_and_real_calls_open_it_again() -> None:
    gate, other = Admission(0.15), Outlook("plan>talk", 0)
    settle(gate, other, [False] * 100)
    assert gate.wasted_tokens == 50_000
    assert not gate.allows(NEAR), "the prior is no longer good enough"
    real(gate, NEAR, prompt=1_990_000, output=10_000)
    assert gate.allows(NEAR)


def test_a_budget_that_is_spent_lets_pass_what_all_but_always_hits() -> None:
    gate = Admission(0.15)
    settle(gate, NEAR, [True] * 40)
    settle(gate, Outlook("plan>talk", 0), [False] * 100)
    assert gate.allows(NEAR)


def test_no_budget_never_closes_it() -> None:
    gate = Admission(None)
    settle(gate, Outlook("plan>talk", 0), [False] * 1000)
    assert gate.allows(NEAR)


def test_what_saves_time_for_its_tokens_passes_sooner() -> None:
    gate, brief, long = (
        Admission(0.15),
        Outlook("perceive>poignancy", 0),
        Outlook("plan>schedule", 0),
    )
    for outlook in (brief, long):
        settle(gate, outlook, [True] + [False] * 9, tokens=1)
    assert not gate.allows(brief)
    assert not gate.allows(long)
    real(gate, brief, prompt=400, output=2, calls=50)
    real(gate, long, prompt=400, output=200, calls=50)
    assert not gate.allows(brief)
    assert gate.allows(long)


def test_what_is_in_flight_counts_until_it_is_settled() -> None:
    gate, other = Admission(0.15), Outlook("plan>talk", 0)
    rates = [gate.rates.rate(NEAR) for _ in range(200)]
    for rate in rates:
        gate.asked(NEAR, rate)
    assert not gate.allows(other)
    for rate in rates:
        gate.lost(NEAR, rate, 0)
    assert gate.allows(other)
    assert (gate.prefetched, gate.hits, gate.wasted_tokens) == (200, 0, 0)


def test_little_is_in_flight_of_what_was_never_tried() -> None:
    """However good it looks: hits are known before misses."""
    gate = Admission(None)
    for _ in range(100):
        gate.rates.learn(NEAR, hit=True)
    for _ in range(3):
        assert gate.allows(NEAR)
        gate.asked(NEAR, 1.0)
    assert not gate.allows(NEAR)
    assert gate.allows(NEAR._replace(guessed=frozenset({"emoji"}))), "that is another kind"
    for _ in range(3):
        gate.settled(NEAR, 1.0, 500, hit=True)
    for _ in range(6):
        assert gate.allows(NEAR)
        gate.asked(NEAR, 1.0)
    assert not gate.allows(NEAR)


@pytest.mark.parametrize("late", [False, True])
def test_tokens_add_up(late: bool) -> None:
    gate = Admission(0.15)
    settle(gate, NEAR, [True, False], tokens=100)
    assert (gate.hits, gate.used_tokens, gate.wasted_tokens) == (1, 100, 100)
    if late:
        gate.found_late(100)
        assert (gate.hits, gate.used_tokens, gate.wasted_tokens) == (2, 200, 0)
    assert (gate.prefetched, gate.prefetched_tokens) == (2, 200)

"""The gate: what is worth asking early follows what hit, and a budget closes it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.runahead.gate import Gate, Outlook, ahead_bucket

NEAR = Outlook("perceive>poignancy", 0)
FAR = NEAR._replace(ahead=5)


def settle(gate: Gate, outlook: Outlook, hits: Iterable[bool], tokens: int = 500) -> None:
    """Ask, and find out."""
    for hit in hits:
        rate = gate.rate(outlook)
        gate.asked(outlook, rate)
        gate.answered(tokens)
        gate.settled(outlook, rate, tokens, hit)


def test_distances_fall_into_buckets() -> None:
    assert [ahead_bucket(steps) for steps in (0, 1, 2, 3, 4, 7, 8, 64)] == [0, 1, 2, 2, 3, 3, 4, 7]


def test_what_nobody_knows_yet_is_tried() -> None:
    assert Gate(0.15).allows(NEAR)
    assert Gate(None).allows(FAR)


def test_it_learns_what_hits_and_what_does_not() -> None:
    gate, never = Gate(None), Outlook("plan>talk", 0)
    settle(gate, NEAR, [True] * 20)
    settle(gate, never, [False] * 20)
    assert gate.rate(NEAR) > 0.9
    assert gate.rate(never) < 0.1
    assert gate.allows(NEAR)
    assert not gate.allows(never)


def test_it_follows_the_day() -> None:
    gate = Gate(None)
    settle(gate, NEAR, [True] * 1000)
    settle(gate, NEAR, [False] * 200)
    assert gate.rate(NEAR) < 0.3


def test_further_ahead_is_never_likelier() -> None:
    gate = Gate(None)
    settle(gate, NEAR, [False] * 20)
    settle(gate, FAR, [True] * 20)
    assert gate.rate(FAR) <= gate.rate(NEAR)


@given(st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=60))
def test_further_ahead_is_never_likelier_whatever_happened(
    history: list[tuple[int, bool]],
) -> None:
    gate = Gate(None)
    for ahead, hit in history:
        settle(gate, NEAR._replace(ahead=ahead), [hit])
    rates = [gate.rate(NEAR._replace(ahead=ahead)) for ahead in range(8)]
    assert rates == sorted(rates, reverse=True)
    assert all(0 <= rate <= 1 for rate in rates)


def test_a_miss_is_blamed_on_one_guess() -> None:
    gate = Gate(None)
    settle(gate, NEAR._replace(guessed=frozenset({"harmless"})), [True] * 40)
    both = NEAR._replace(guessed=frozenset({"harmless", "fatal"}))
    assert gate.blames(both) == "fatal"
    settle(gate, both, [False] * 20)
    assert gate.rate(NEAR._replace(guessed=frozenset({"harmless"}))) > 0.9
    assert not gate.allows(NEAR._replace(guessed=frozenset({"fatal"})))
    # Nor is the distance to blame.
    assert gate.allows(NEAR)


def test_a_guess_never_makes_a_call_likelier() -> None:
    gate = Gate(None)
    guessed = NEAR._replace(guessed=frozenset({"emoji"}))
    settle(gate, guessed, [True] * 20)
    assert gate.rate(guessed) <= gate.rate(NEAR)


def test_the_budget_closes_it_and_real_calls_open_it_again() -> None:
    gate, other = Gate(0.15), Outlook("plan>talk", 0)
    settle(gate, other, [False] * 100)
    assert gate.wasted_tokens == 50_000
    assert not gate.allows(NEAR), "the prior is no longer good enough"
    gate.real(2_000_000)
    assert gate.allows(NEAR)


def test_no_budget_never_closes_it() -> None:
    gate = Gate(None)
    settle(gate, Outlook("plan>talk", 0), [False] * 1000)
    assert gate.allows(NEAR)


def test_what_is_in_flight_counts_until_it_is_settled() -> None:
    gate = Gate(0.15)
    rates = [gate.rate(NEAR) for _ in range(200)]
    for rate in rates:
        gate.asked(NEAR, rate)
    assert not gate.allows(NEAR)
    for rate in rates:
        gate.lost(NEAR, rate, 0)
    assert gate.allows(NEAR)
    assert (gate.rehearsed, gate.hits, gate.wasted_tokens) == (200, 0, 0)


def test_what_was_refused_gets_a_second_chance_while_there_is_budget() -> None:
    gate = Gate(None)
    settle(gate, NEAR, [False] * 20)
    assert 1 <= sum(gate.allows(NEAR) for _ in range(300)) <= 5


@pytest.mark.parametrize("late", [False, True])
def test_tokens_add_up(late: bool) -> None:
    gate = Gate(0.15)
    settle(gate, NEAR, [True, False], tokens=100)
    assert (gate.hits, gate.used_tokens, gate.wasted_tokens) == (1, 100, 100)
    if late:
        gate.found_late(100)
        assert (gate.hits, gate.used_tokens, gate.wasted_tokens) == (2, 200, 0)
    assert (gate.rehearsed, gate.rehearsed_tokens) == (2, 200)


def test_little_is_in_flight_of_what_was_never_tried() -> None:
    gate = Gate(None)
    for _ in range(3):
        assert gate.allows(NEAR)
        gate.asked(NEAR, gate.rate(NEAR))
    assert not gate.allows(NEAR)
    for _ in range(3):
        gate.settled(NEAR, gate.rate(NEAR), 500, hit=True)
    assert gate.allows(NEAR)

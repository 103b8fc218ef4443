"""Shares of hits: learned by distance, by what was guessed, and by both."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.runahead.predictor import HitRates, Outlook, ahead_bucket

NEAR = Outlook("perceive>poignancy", 0)
FAR = NEAR._replace(ahead=5)


def learn(rates: HitRates, outlook: Outlook, hits: Iterable[bool]) -> None:
    """Find out what came of some calls."""
    for hit in hits:
        rates.learn(outlook, hit)


def test_distances_fall_into_buckets() -> None:
    assert [ahead_bucket(steps) for steps in (0, 1, 2, 3, 4, 7, 8, 64)] == [0, 1, 2, 2, 3, 3, 4, 7]


def test_it_learns_what_hits_and_what_does_not() -> None:
    rates, never = HitRates(), Outlook("plan>talk", 0)
    learn(rates, NEAR, [True] * 20)
    learn(rates, never, [False] * 20)
    assert rates.rate(NEAR) > 0.9
    assert rates.rate(never) < 0.1


def test_it_follows_the_day() -> None:
    rates = HitRates()
    learn(rates, NEAR, [True] * 1000)
    learn(rates, NEAR, [False] * 200)
    assert rates.rate(NEAR) < 0.3


@given(
    st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=60),
    st.integers(0, 7),
)
def test_what_was_never_met_is_no_likelier_than_what_is_nearer(
    history: list[tuple[int, bool]], ahead: int
) -> None:
    rates = HitRates()
    learn_all = [(NEAR._replace(ahead=met), hit) for met, hit in history if met <= ahead]
    for outlook, hit in learn_all:
        rates.learn(outlook, hit)
    unmet = rates.rate(NEAR._replace(ahead=ahead + 1))
    assert 0 <= unmet <= 1
    for met, _ in history:
        if met <= ahead:
            only = [hit for outlook, hit in learn_all if outlook.ahead == met]
            assert unmet <= (sum(only) + 1.2) / (len(only) + 2) + 1e-9


def test_a_miss_is_blamed_on_one_guess() -> None:
    rates = HitRates()
    learn(rates, NEAR, [True] * 20)
    learn(rates, NEAR._replace(guessed=frozenset({"harmless"})), [True] * 40)
    both = NEAR._replace(guessed=frozenset({"harmless", "fatal"}))
    assert rates.blames(both) == "fatal"
    learn(rates, both, [False] * 20)
    assert rates.rate(NEAR._replace(guessed=frozenset({"harmless"}))) > 0.9
    assert rates.rate(NEAR._replace(guessed=frozenset({"fatal"}))) < 0.1
    assert rates.rate(NEAR) > 0.9, "nor is the distance to blame"


def test_a_combination_is_judged_by_itself_once_it_is_known() -> None:
    rates = HitRates()
    known = NEAR._replace(guessed=frozenset({"insight", "triple"}))
    learn(rates, NEAR._replace(guessed=frozenset({"insight"})), [False] * 20)
    assert rates.rate(known) < 0.2
    learn(rates, known, [True] * 20)
    assert rates.rate(known) > 0.9
    assert rates.rate(NEAR._replace(guessed=frozenset({"insight"}))) < 0.2


def test_a_guess_never_makes_what_is_unknown_likelier() -> None:
    rates = HitRates()
    learn(rates, NEAR, [True, False, True])
    assert rates.rate(NEAR._replace(guessed=frozenset({"emoji"}))) < rates.rate(NEAR)

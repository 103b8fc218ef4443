"""Calls that were not worth asking: what they would have brought is learned all the same."""

from __future__ import annotations

from ga_ooo.runahead.predictor import HitRates, Outlook, ShadowCalls

OUTLOOK = Outlook("plan>talk", 0, frozenset({"poignancy"}))


def test_what_a_move_asks_has_hit() -> None:
    rates = HitRates()
    untaken: ShadowCalls[str] = ShadowCalls(rates)
    before = rates.rate(OUTLOOK)
    untaken.add("Ada", "how are you?", 5, OUTLOOK)
    untaken.asked("Ben", "how are you?")
    assert rates.rate(OUTLOOK) == before, "that was somebody else"
    untaken.asked("Ada", "how are you?")
    untaken.passed("Ben", 5)
    assert rates.rate(OUTLOOK) == before, "what will miss is not known yet either"
    untaken.passed("Ada", 5)
    after = rates.rate(OUTLOOK)
    assert after > before
    untaken.passed("Ada", 6)
    assert rates.rate(OUTLOOK) == after, "it counts once"


def test_what_no_move_asks_has_missed_when_its_step_has_passed() -> None:
    rates = HitRates()
    untaken: ShadowCalls[str] = ShadowCalls(rates)
    before = rates.rate(OUTLOOK)
    untaken.add("Ada", "how are you?", 5, OUTLOOK)
    untaken.passed("Ada", 4)
    untaken.passed("Ben", 9)
    assert rates.rate(OUTLOOK) == before
    untaken.passed("Ada", 5)
    assert rates.rate(OUTLOOK) < before


def test_rehearsed_twice_alike_it_counts_once_at_its_last_step() -> None:
    once, twice = HitRates(), HitRates()
    for rates, times in ((once, 1), (twice, 2)):
        untaken: ShadowCalls[str] = ShadowCalls(rates)
        for step in range(times):
            untaken.add("Ada", "how are you?", 5 + step, OUTLOOK)
        untaken.passed("Ada", 6)
    assert once.rate(OUTLOOK) == twice.rate(OUTLOOK)


def test_what_a_run_leaves_is_forgotten() -> None:
    rates = HitRates()
    untaken: ShadowCalls[str] = ShadowCalls(rates)
    before = rates.rate(OUTLOOK)
    untaken.add("Ada", "how are you?", 5, OUTLOOK)
    untaken.clear()
    untaken.passed("Ada", 5)
    assert rates.rate(OUTLOOK) == before

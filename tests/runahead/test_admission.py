"""Admission follows hit rates, the time saved and the budget."""

from __future__ import annotations

import random
import statistics
from collections import deque
from collections.abc import Iterable

import pytest

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.runahead.admission import Admission, Estimate
from ga_ooo.runahead.predictor import CallContext

NEAR = CallContext("perceive>poignancy", 0)
FAR = NEAR._replace(distance=5)
TALK = CallContext("plan>talk", 0)


def resolve(
    admission: Admission, context: CallContext, hits: Iterable[bool], tokens: int = 500
) -> None:
    """Send prefetches, and learn their outcomes."""
    for hit in hits:
        estimate = admission.sent(context)
        admission.answered(tokens)
        admission.resolved(estimate, tokens, hit)


def real_calls(
    admission: Admission, context: CallContext, prompt: int, output: int, calls: int = 1
) -> None:
    """Moves make calls."""
    for _ in range(calls):
        answer = ModelAnswer("", prompt_tokens=prompt, output_tokens=output)
        admission.real_call(context.site, answer)


def test_nothing_is_sent_before_the_first_real_call() -> None:
    """The budget is a share of the tokens of real calls, and there are none yet."""
    admission = Admission(0.15)
    assert not admission.admits(NEAR)
    real_calls(admission, NEAR, 400, 10, calls=20)
    assert admission.admits(NEAR)
    assert Admission(None).admits(FAR)


def test_a_budget_of_zero_sends_nothing() -> None:
    admission = Admission(0.0)
    real_calls(admission, NEAR, 400, 10, calls=1000)
    resolve(admission, NEAR, [True] * 100)
    assert not admission.admits(NEAR)


def test_the_budget_holds_in_runs_of_any_length() -> None:
    """With up to 30 open prefetches, whose true hit rate is not known at first."""
    shares = [
        wasted_share(rate, calls, seed)
        for rate in (0.1, 0.6, 0.8, 0.9)
        for calls in (10, 30, 100, 300)
        for seed in range(15)
    ]
    assert sum(share <= 0.15 for share in shares) >= 0.8 * len(shares)
    assert sum(share <= 0.18 for share in shares) >= 0.9 * len(shares)
    assert statistics.mean(shares) < 0.1


def wasted_share(rate: float, calls: int, seed: int) -> float:
    """The share that a run wastes whose rehearsed calls hit at a rate."""
    admission, draw, opened = Admission(0.15), random.Random(seed), deque[Estimate]()
    for _ in range(calls):
        real_calls(admission, TALK, 400, 10)
        while len(opened) < 30 and admission.admits(NEAR):
            opened.append(admission.sent(NEAR))
        for _ in range(min(len(opened), 3)):
            hit = draw.random() < rate
            admission.answered(410)
            admission.resolved(opened.popleft(), 410, hit)
            real_calls(admission, NEAR, 400, 10, calls=hit)
    return admission.wasted_tokens / admission.real_tokens


def test_calls_that_hit_are_admitted_and_calls_that_miss_are_not() -> None:
    admission = Admission(None)
    resolve(admission, NEAR, [True] * 40)
    resolve(admission, TALK, [False] * 40)
    assert admission.admits(NEAR)
    assert not admission.admits(TALK)


def test_a_spent_budget_refuses_and_real_calls_refill_it() -> None:
    admission = Admission(0.15)
    resolve(admission, TALK, [False] * 100)
    assert admission.wasted_tokens == 50_000
    assert not admission.admits(NEAR), "the prior rate is no longer enough"
    real_calls(admission, NEAR, prompt=490, output=10, calls=4000)
    assert admission.admits(NEAR)


def test_a_spent_budget_refuses_even_calls_that_nearly_always_hit() -> None:
    admission = Admission(0.15)
    resolve(admission, NEAR, [True] * 40)
    assert admission.wasted_tokens == 0
    resolve(admission, TALK, [False] * 100)
    assert not admission.admits(NEAR)


def test_the_last_part_of_the_budget_is_for_calls_that_nearly_always_hit() -> None:
    admission = Admission(0.15)
    resolve(admission, NEAR, [True] * 60)
    resolve(admission, TALK, [True, False] * 20)
    real_calls(admission, NEAR, prompt=80_000, output=0)
    assert admission.admits(NEAR)
    assert not admission.admits(TALK)


def test_without_a_budget_waste_refuses_nothing() -> None:
    admission = Admission(None)
    resolve(admission, TALK, [False] * 1000)
    assert admission.admits(NEAR)


def test_a_call_that_saves_more_time_per_token_needs_a_lower_hit_rate() -> None:
    admission, brief, long = Admission(0.15), NEAR, CallContext("plan>schedule", 0)
    for context in (brief, long):
        resolve(admission, context, [True] + [False] * 9, tokens=1)
    assert not admission.admits(brief)
    assert not admission.admits(long)
    real_calls(admission, brief, prompt=400, output=2, calls=400)
    real_calls(admission, long, prompt=400, output=200, calls=50)
    assert not admission.admits(brief)
    assert admission.admits(long)


def test_prefetches_in_flight_count_until_their_outcome_is_known() -> None:
    admission = Admission(0.15)
    real_calls(admission, TALK, 490, 10, calls=20)
    estimates = [admission.sent(NEAR) for _ in range(200)]
    assert not admission.admits(TALK)
    for estimate in estimates:
        admission.abandoned(estimate, 0)
    assert admission.admits(TALK)
    assert (admission.prefetched, admission.hits, admission.wasted_tokens) == (200, 0, 0)


def test_few_calls_of_an_untried_kind_are_in_flight() -> None:
    """However high the hit rate is, since hits are known before misses."""
    admission = Admission(None)
    for _ in range(100):
        admission.rates.learn(NEAR, hit=True)
    estimates = []
    for _ in range(3):
        assert admission.admits(NEAR)
        estimates.append(admission.sent(NEAR))
    assert not admission.admits(NEAR)
    other_kind = NEAR._replace(unconfirmed=frozenset({"emoji"}))
    assert admission.admits(other_kind)
    for estimate in estimates:
        admission.resolved(estimate, 500, hit=True)
    for _ in range(6):
        assert admission.admits(NEAR)
        admission.sent(NEAR)
    assert not admission.admits(NEAR)


@pytest.mark.parametrize("late", [False, True])
def test_tokens_add_up(late: bool) -> None:
    admission = Admission(0.15)
    resolve(admission, NEAR, [True, False], tokens=100)
    assert (admission.hits, admission.used_tokens, admission.wasted_tokens) == (1, 100, 100)
    if late:
        admission.late_hit(100)
        assert (admission.hits, admission.used_tokens, admission.wasted_tokens) == (2, 200, 0)
    assert (admission.prefetched, admission.prefetched_tokens) == (2, 200)

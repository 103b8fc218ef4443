"""Admission follows hit rates, the time saved and the budget; the window follows the servers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.options import RunOptions
from ga_ooo.options.declare import all_declarations
from ga_ooo.runahead.admission import START_TOKENS, Admission, CongestionWindow
from ga_ooo.runahead.predictor import CallContext

NEAR = CallContext("perceive>poignancy", 0)
FAR = NEAR._replace(distance=5)
TALK = CallContext("plan>talk", 0)
SITE = "plan>talk"


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


def test_the_budget_is_what_the_help_says() -> None:
    """A share of the tokens of the run, besides the start allowance."""
    [option] = [each for each in all_declarations(RunOptions) if each.name == "runahead_budget"]
    assert f"{START_TOKENS:,} tokens" in option.help
    admission = Admission(0.15)
    assert admission.allowed_tokens == START_TOKENS
    real_calls(admission, NEAR, 1000, 0, calls=100)
    assert admission.allowed_tokens == START_TOKENS + 15_000
    assert Admission(None).allowed_tokens is None


def test_an_unknown_call_is_tried() -> None:
    assert Admission(0.15).admits(NEAR)
    assert Admission(None).admits(FAR)


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
    real_calls(admission, NEAR, prompt=1_990_000, output=10_000)
    assert admission.admits(NEAR)


def test_a_spent_budget_admits_calls_that_nearly_always_hit() -> None:
    admission = Admission(0.15)
    resolve(admission, NEAR, [True] * 40)
    resolve(admission, TALK, [False] * 100)
    assert admission.admits(NEAR)


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
    real_calls(admission, brief, prompt=400, output=2, calls=50)
    real_calls(admission, long, prompt=400, output=200, calls=50)
    assert not admission.admits(brief)
    assert admission.admits(long)


def test_prefetches_in_flight_count_until_their_outcome_is_known() -> None:
    admission = Admission(0.15)
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


def size(window: CongestionWindow) -> int:
    """How many prefetches the window lets in flight at once."""
    in_flight, window.in_flight = window.in_flight, 0
    while window.has_room:
        window.in_flight += 1
    found, window.in_flight = window.in_flight, in_flight
    return found


def measure(
    window: CongestionWindow, seconds_per_token: float, calls: int, site: str = SITE
) -> None:
    """So many calls with 97 output tokens are answered."""
    for _ in range(calls):
        window.measured(site, 100 * seconds_per_token, 97)


def test_a_new_window_has_room_up_to_its_size() -> None:
    window = CongestionWindow()
    assert window.has_room
    window.in_flight = size(window)
    assert not window.has_room


def test_the_window_grows_to_a_limit_while_nothing_slows_down() -> None:
    window = CongestionWindow()
    before = size(window)
    measure(window, 0.02, 100)
    grown = size(window)
    assert grown > before
    measure(window, 0.02, 5000)
    assert grown < size(window) <= 1000


def test_the_window_nearly_closes_on_a_full_server_and_opens_again() -> None:
    window = CongestionWindow()
    measure(window, 0.02, 100)
    measure(window, 0.2, 50)
    assert 1 <= size(window) <= 2
    measure(window, 0.02, 200)
    assert size(window) > 50


def test_long_answers_are_no_congestion() -> None:
    window = CongestionWindow()
    measure(window, 0.02, 10)
    before = size(window)
    for _ in range(50):
        window.measured(SITE, 1000 * 0.02, 997)
    assert size(window) > before


def test_calls_are_compared_with_calls_of_the_same_site() -> None:
    window = CongestionWindow()
    measure(window, 0.02, 10)
    before = size(window)
    measure(window, 0.2, 50, site="another model")
    assert size(window) > before


def test_a_model_without_latency_leaves_the_window_as_it_is() -> None:
    window = CongestionWindow()
    before = size(window)
    measure(window, 0.0, 50)
    measure(window, 1.0, 50)
    assert size(window) == before

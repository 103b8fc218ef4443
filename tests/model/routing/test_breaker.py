"""The circuit breaker alone: its states, and what moves it from one to another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.model.routing.breaker import BreakerState, CircuitBreaker

THRESHOLD = 3


def opened() -> CircuitBreaker:
    breaker = CircuitBreaker(THRESHOLD)
    assert breaker.open("health check")
    return breaker


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = CircuitBreaker(THRESHOLD)
    assert not breaker.failed("reset")
    assert not breaker.failed("reset")
    assert breaker.is_closed
    assert breaker.failed("timeout")
    assert breaker.state is BreakerState.OPEN
    assert breaker.reason == "3 failures in a row, last: timeout"


def test_a_success_or_a_refusal_interrupts_the_row() -> None:
    breaker = CircuitBreaker(THRESHOLD)
    for response in (breaker.succeeded, breaker.responded):
        breaker.failed("reset")
        breaker.failed("reset")
        response()
        assert not breaker.failed("reset")
        response()
    assert breaker.is_closed


def test_failures_of_an_open_breaker_do_not_open_it_again() -> None:
    breaker = opened()
    assert not any(breaker.failed("reset") for _ in range(2 * THRESHOLD))
    assert not breaker.open("again")
    assert breaker.reason == "health check"
    assert breaker.openings_in_a_row == 1


def test_a_probe_closes_it_or_opens_it_again() -> None:
    breaker = opened()
    breaker.begin_probe()
    assert str(breaker.state) == "half-open"
    breaker.probe_failed("still down")
    assert str(breaker.state) == "open"
    assert breaker.reason == "still down"
    breaker.begin_probe()
    breaker.close()
    assert str(breaker.state) == "closed"
    assert not breaker.reason


def test_openings_in_a_row_count_until_a_call_succeeds() -> None:
    breaker = CircuitBreaker(THRESHOLD)
    for expected in (1, 2, 3):
        breaker.open("health check")
        assert breaker.openings_in_a_row == expected
        breaker.succeeded()  # a call that was sent before
        assert breaker.openings_in_a_row == expected
        breaker.close()
    breaker.succeeded()
    assert breaker.openings_in_a_row == 0


@given(st.lists(st.sampled_from(["failed", "succeeded", "responded", "open", "probe", "close"])))
def test_a_reason_exists_exactly_while_it_is_not_closed(events: list[str]) -> None:
    breaker = CircuitBreaker(THRESHOLD)
    for event in events:
        if event == "failed":
            breaker.failed("reset")
        elif event == "open":
            breaker.open("health check")
        elif event == "probe" and not breaker.is_closed:
            breaker.begin_probe()
            breaker.probe_failed("down")
        elif event == "close":
            breaker.close()
        elif event == "succeeded":
            breaker.succeeded()
        else:
            breaker.responded()
        assert breaker.is_closed == (breaker.reason == "")
        assert breaker.is_closed == (breaker.state is BreakerState.CLOSED)

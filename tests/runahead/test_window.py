"""The window: rehearsed calls in flight are as many as do not slow the real ones down."""

from __future__ import annotations

from ga_ooo.runahead.admission import CongestionWindow

SITE = "plan>talk"


def size(window: CongestionWindow) -> int:
    """How many calls it lets in flight at once."""
    in_flight, window.in_flight = window.in_flight, 0
    while window.open:
        window.in_flight += 1
    found, window.in_flight = window.in_flight, in_flight
    return found


def measure(
    window: CongestionWindow, seconds_per_token: float, calls: int, site: str = SITE
) -> None:
    """So many calls of 97 tokens are answered."""
    for _ in range(calls):
        window.measured(site, 100 * seconds_per_token, 97)


def test_it_is_open_at_first() -> None:
    window = CongestionWindow()
    assert window.open
    window.in_flight = size(window)
    assert not window.open


def test_it_grows_while_nothing_slows_down_but_not_for_ever() -> None:
    window = CongestionWindow()
    before = size(window)
    measure(window, 0.02, 100)
    grown = size(window)
    assert grown > before
    measure(window, 0.02, 5000)
    assert grown < size(window) <= 1000


def test_it_all_but_closes_on_a_full_server_and_opens_again() -> None:
    window = CongestionWindow()
    measure(window, 0.02, 100)
    measure(window, 0.2, 50)
    assert 1 <= size(window) <= 2
    measure(window, 0.02, 200)
    assert size(window) > 50


def test_long_answers_are_not_slowness() -> None:
    window = CongestionWindow()
    measure(window, 0.02, 10)
    before = size(window)
    for _ in range(50):
        window.measured(SITE, 1000 * 0.02, 997)
    assert size(window) > before


def test_calls_are_compared_with_their_like() -> None:
    window = CongestionWindow()
    measure(window, 0.02, 10)
    before = size(window)
    measure(window, 0.2, 50, site="another model")
    assert size(window) > before


def test_a_model_that_takes_no_time_says_nothing() -> None:
    window = CongestionWindow()
    before = size(window)
    measure(window, 0.0, 50)
    measure(window, 1.0, 50)
    assert size(window) == before

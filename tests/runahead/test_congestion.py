"""The congestion window follows the servers."""

from __future__ import annotations

from ga_ooo.runahead.congestion import CongestionWindow

SITE = "plan>talk"


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

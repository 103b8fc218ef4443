"""The estimate of the time left: from calls and the shape of a day, not from steps."""

from __future__ import annotations

import datetime

import pytest

from ga_ooo.live.counting.time_left import CALLS_BY_HOUR, Forecast, Reading
from ga_ooo.live.figures import TimeLeft

MIDNIGHT = datetime.datetime(2023, 2, 13)
PERSONAS = 25
MINUTES = 24 * 60


def day(per_call: float, level: float, minutes: int, until: int = MINUTES) -> list[TimeLeft | None]:
    """The estimates in each minute of a day that asks ``level`` times the calls of a usual day."""
    forecast = Forecast()
    end = MIDNIGHT + datetime.timedelta(minutes=until)
    seconds, calls, found = 0.0, 0.0, []
    for minute in range(minutes):
        time = MIDNIGHT + datetime.timedelta(minutes=minute)
        found.append(forecast.left(Reading(seconds, int(calls), [time] * PERSONAS, end)))
        asked = CALLS_BY_HOUR[time.hour] / 60 * PERSONAS * level
        calls += asked
        seconds += asked * per_call
    return found


def rest(per_call: float, level: float, minute: int) -> float:
    """The true seconds from this minute of such a day on."""
    return sum(
        CALLS_BY_HOUR[at // 60] / 60 * PERSONAS * level * per_call for at in range(minute, MINUTES)
    )


@pytest.mark.parametrize("level", [0.5, 1.0, 2.0])
def test_the_estimate_of_a_usual_day_is_right_and_its_range_is_honest(level: float) -> None:
    found = day(0.2, level, MINUTES - 30)
    inside = 0
    for minute in range(6 * 60, MINUTES - 30, 30):
        left, true = found[minute], rest(0.2, level, minute)
        assert left is not None and left.low < left.middle < left.high
        inside += left.low <= true <= left.high
    assert inside >= 0.8 * len(range(6 * 60, MINUTES - 30, 30))
    noon = found[12 * 60]
    assert noon is not None
    assert 0.7 < noon.middle / rest(0.2, level, 12 * 60) < 1.5


def test_the_night_does_not_promise_an_early_end() -> None:
    """At four in the morning a sixth of the steps is done, and hardly any of the calls."""
    left = day(0.2, 1.0, 4 * 60 + 1)[-1]
    assert left is not None
    # Steps would say five times the seconds so far.
    so_far = 30 * PERSONAS * 0.2
    assert left.middle > 15 * so_far


def test_the_range_becomes_narrower() -> None:
    found = day(0.2, 1.0, MINUTES - 60)
    early, late = found[60], found[20 * 60]
    assert early is not None and late is not None
    assert early.high / early.low > 1.5 * late.high / late.low


def test_quiet_hours_cost_what_quiet_hours_cost() -> None:
    """Steps without calls take time too: the seconds of the night are those of this night."""
    forecast, seconds = Forecast(), 0.0
    end = MIDNIGHT + datetime.timedelta(hours=4)
    left = None
    for minute in range(0, 3 * 60 + 1, 5):
        time = MIDNIGHT + datetime.timedelta(minutes=minute)
        left = forecast.left(Reading(seconds, 750 if minute else 0, [time] * PERSONAS, end))
        seconds += 1.0
    assert left is not None
    assert left.middle == pytest.approx(12, rel=0.3)


def test_no_estimate_before_something_is_known() -> None:
    forecast, end = Forecast(), MIDNIGHT + datetime.timedelta(days=1)
    assert forecast.left(Reading(0.0, 0, [MIDNIGHT] * 3, end)) is None
    assert forecast.left(Reading(9.0, 4, [MIDNIGHT] * 3, end)) is None
    assert forecast.left(Reading(9.0, 40, [MIDNIGHT] * 3, end)) is not None

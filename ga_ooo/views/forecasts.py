"""What a run will cost and how long it will take, estimated from the record of a run.

The unit is a call that writes text, as in the live view's time left
(:mod:`ga_ooo.live.counting.time_left`). docs/costs.md describes the estimate and its errors.
"""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ga_ooo.errors import UsageError
from ga_ooo.live.counting.time_left import CALLS_BY_HOUR
from ga_ooo.options import PriceOptions
from ga_ooo.record import RecordReader
from ga_ooo.record.reader import Range

_EMBEDDING: Final = "embedding"
_HOUR: Final = 3600.0

_PRIOR_CALLS: Final = 60.0
"""So many calls of each persona count for the usual day, beside those of the record."""

_PRIOR_HOURS: Final = 2.0
"""So many hours of personas count for the shape of the usual day, beside those of the record."""

_LEAST_CALLS: Final = 20

_LEVEL_SPREAD: Final = 0.8
_HOUR_SPREAD: Final = 0.7
_PEOPLE_SPREAD: Final = 0.25
_COMMON_SPREAD: Final = {"cost": 0.1, "seconds": 0.25}
"""Standard deviations of the logarithm: of the level of a run about which nothing is known, of one
hour, of each factor of e in the number of personas, and of all that does not average out."""

_EIGHTY_PERCENT: Final = 1.28


@dataclass(frozen=True)
class Plan:
    """The run that is forecast. It begins as the run of the record began.

    Attributes:
        steps: from the beginning.
        people: number of personas; None for that of the record.
        servers: number of model servers; None for no limit.
        slots: calls that one server answers at once without becoming slower.
        latency: seconds of a call, of an output token and of an input token on these servers; None
            for the latencies of the record.
    """

    steps: int
    people: int | None = None
    servers: int | None = None
    slots: int = 64
    latency: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Estimate:
    """An estimate; in about eight of ten runs the value is between ``low`` and ``high``."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """What a run will take.

    Attributes:
        calls: calls that write text.
        tokens_in, tokens_out: of all calls, those of rehearsals included.
        seconds: of the run's clock.
        cost: in the currency of the prices; None without prices.
        done: share of the run that the record already has.
    """

    calls: Estimate
    tokens_in: Estimate
    tokens_out: Estimate
    seconds: Estimate
    cost: Estimate | None
    done: float


@dataclass
class _Observed:
    """What the record says of its first steps."""

    people: int
    steps: int
    calls: Counter[int] = field(default_factory=Counter)
    person_hours: dict[int, float] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    call_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def total(self) -> int:
        return sum(self.calls.values())


def forecast(
    reader: RecordReader, plan: Plan, prices: PriceOptions, until: int | None = None
) -> Forecast:
    """Forecast a run.

    Args:
        until: use only the steps of the record before this one; None for all.

    Raises:
        UsageError: the record has too few calls, or is damaged.
    """
    seen = _observe(reader, prices, until)
    if seen.total < _LEAST_CALLS:
        raise UsageError(
            f"the record has {seen.total} calls that write text, too few for a forecast",
            "make a run of some busy minutes first, such as 360 steps from the morning on",
        )
    people = plan.people or seen.people
    hours = _hours_of(reader, 0, plan.steps, people)
    extends = people == seen.people and plan.steps >= seen.steps and plan.latency is None
    if extends:
        hours = _hours_of(reader, seen.steps, plan.steps, people)
    ahead = sum(_rate(seen, hour) * amount for hour, amount in hours.items())
    base = 1.0 if extends else 0.0
    calls = base * seen.total + ahead
    per_call = 1 / seen.total
    factor = {what: _factor(seen, hours, people, what, ahead / calls) for what in _COMMON_SPREAD}

    def estimate(so_far: float, what: str = "cost") -> Estimate:
        rest = so_far * per_call * ahead
        return Estimate(
            base * so_far + rest / factor[what],
            base * so_far + rest,
            base * so_far + rest * factor[what],
        )

    seconds = _seconds(seen, plan, people, ahead, base)
    times = Estimate(
        base * seen.seconds + (seconds - base * seen.seconds) / factor["seconds"],
        seconds,
        base * seen.seconds + (seconds - base * seen.seconds) * factor["seconds"],
    )
    return Forecast(
        estimate(seen.total),
        estimate(seen.tokens_in),
        estimate(seen.tokens_out),
        times,
        _cost(estimate(seen.cost), times, plan, prices),
        base * seen.steps / plan.steps,
    )


def _cost(tokens: Estimate, times: Estimate, plan: Plan, prices: PriceOptions) -> Estimate | None:
    if not prices.are_given:
        return None
    # Of several kinds of servers, the most expensive one.
    hour = max(prices.server_hours.values(), default=0.0)
    hourly = (plan.servers or 1) * hour / _HOUR
    return Estimate(
        tokens.low + hourly * times.low,
        tokens.middle + hourly * times.middle,
        tokens.high + hourly * times.high,
    )


def _seconds(seen: _Observed, plan: Plan, people: int, ahead: float, base: float) -> float:
    """Time of the run: the longer one of the personas' own chains of calls and of the servers."""
    share = ahead / people / (seen.total / seen.people)
    slower = 1.0
    if plan.latency is not None:
        call, token_out, token_in = plan.latency
        asked = call + (token_out * seen.tokens_out + token_in * seen.tokens_in) / seen.total
        slower = asked / max(1e-9, seen.call_seconds / seen.total)
    chains = seen.seconds * share * slower
    if plan.servers is not None:
        work = seen.call_seconds / seen.total * ahead * slower
        chains = max(chains, work / (plan.servers * plan.slots))
    return base * seen.seconds + chains


def _factor(
    seen: _Observed, hours: dict[int, float], people: int, what: str, share_ahead: float
) -> float:
    """The quotient of the middle and the ends of a range of 80 %."""
    if not share_ahead:
        return 1.0
    prior, usual = _PRIOR_CALLS * seen.people, _usual(seen.person_hours)
    total = sum(hours.values())
    new = sum(amount for hour, amount in hours.items() if hour not in seen.person_hours)
    level = _LEVEL_SPREAD**2 * prior / (prior + usual)
    each = _HOUR_SPREAD**2 / max(1.0, total / people) * (0.1 + 0.9 * new / total)
    scale = (_PEOPLE_SPREAD * math.log(people / seen.people)) ** 2
    spread = math.sqrt(level + each + scale + _COMMON_SPREAD[what] ** 2)
    return math.exp(_EIGHTY_PERCENT * spread)


def _rate(seen: _Observed, hour: int) -> float:
    """Calls of one persona in this hour of the day."""
    prior = _PRIOR_CALLS * seen.people
    level = (prior + seen.total) / (prior + _usual(seen.person_hours))
    usual = level * CALLS_BY_HOUR[hour]
    return (_PRIOR_HOURS * usual + seen.calls[hour]) / (
        _PRIOR_HOURS + seen.person_hours.get(hour, 0.0)
    )


def _usual(person_hours: dict[int, float]) -> float:
    return sum(CALLS_BY_HOUR[hour] * amount for hour, amount in person_hours.items())


def _observe(reader: RecordReader, prices: PriceOptions, until: int | None) -> _Observed:
    first, people = reader.facts.first_step, len(reader.names)
    end = min(reader.next_step(), until or reader.next_step())
    seen = _Observed(people, end - first)
    seen.person_hours = _hours_of(reader, 0, seen.steps, people)
    of = Range(None, first, end)
    for call in reader.calls(of):
        if call.kind != _EMBEDDING:
            seen.calls[reader.game_time(call.step).hour] += 1
        if call.source == "model":
            _add(seen, prices, call.model, call.tokens_in, call.tokens_out)
            seen.call_seconds += call.answered_at - call.asked_at
    for early in reader.early_calls(of):
        _add(seen, prices, early.model, early.tokens_in, early.tokens_out)
        seen.call_seconds += early.answered_at - early.asked_at
    seen.seconds = max((row.retired_at for row in reader.steps(of)), default=0.0)
    return seen


def _add(seen: _Observed, prices: PriceOptions, model: str, tokens_in: int, out: int) -> None:
    seen.tokens_in += tokens_in
    seen.tokens_out += out
    price = prices.price_of(model)
    if price is not None:
        seen.cost += (price.input * tokens_in + price.output * out) / 1e6


def _hours_of(reader: RecordReader, begin: int, end: int, people: int) -> dict[int, float]:
    """Hours of personas in each hour of the day, between two steps counted from the first one."""
    hours: dict[int, float] = {}
    for hour, amount in _stretches(reader, begin, end):
        hours[hour] = hours.get(hour, 0.0) + amount * people
    return hours


def _stretches(reader: RecordReader, begin: int, end: int) -> Iterator[tuple[int, float]]:
    facts = reader.facts
    each = datetime.timedelta(seconds=facts.step_seconds)
    time, until = facts.start_time + each * begin, facts.start_time + each * end
    while time < until:
        next_hour = time.replace(minute=0, second=0, microsecond=0) + datetime.timedelta(hours=1)
        stop = min(next_hour, until)
        yield time.hour, (stop - time).total_seconds() / _HOUR
        time = stop

"""The figures of a report: what the run took, what its calls cost, how it compares with others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ga_ooo.options import PriceOptions
from ga_ooo.record.rows import Call, EarlyCall

_MILLION = 1_000_000


@dataclass
class KindFigures:
    """The calls of one kind.

    Attributes:
        calls: of moves.
        early: those of ``calls`` that a rehearsal had asked.
        waited: seconds that moves waited for answers.
        asked: answers that the model gave, to moves and rehearsals.
        wasted: those of ``asked`` that no move has used.
        seconds: time of the model for ``asked``.
        tokens_in, tokens_out, cost: of ``asked``.
    """

    calls: int = 0
    early: int = 0
    waited: float = 0.0
    asked: int = 0
    wasted: int = 0
    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0


def by_kind(
    calls: Iterable[Call], early: Iterable[EarlyCall], prices: PriceOptions
) -> dict[str, KindFigures]:
    """The figures of each kind of call, those that took the most time first."""
    found: defaultdict[str, KindFigures] = defaultdict(KindFigures)
    used = set()
    for call in calls:
        own = found[call.kind]
        own.calls += 1
        own.early += call.source == "early"
        own.waited += call.answered_at - call.asked_at
        if call.early is not None:
            used.add(call.early)
        if call.source == "model":
            _pay(own, call, prices)
    for row in early:
        own = found[row.kind]
        own.wasted += row.call not in used
        _pay(own, row, prices)
    return dict(sorted(found.items(), key=lambda item: -item[1].seconds))


def _pay(own: KindFigures, call: Call | EarlyCall, prices: PriceOptions) -> None:
    own.asked += 1
    own.seconds += call.answered_at - call.asked_at
    own.tokens_in += call.tokens_in
    own.tokens_out += call.tokens_out
    price = prices.price_of(call.model)
    if price is not None:
        own.cost += (price.input * call.tokens_in + price.output * call.tokens_out) / _MILLION


def in_flight(calls: Iterable[Call], early: Iterable[EarlyCall], end: float, bins: int) -> Any:
    """The mean number of calls that the model worked on, in each of some equal parts of the run."""
    each = max(end / bins, 1e-9)
    busy = [0.0] * bins
    spans = [(c.asked_at, c.answered_at) for c in calls if c.source == "model"]
    spans += [(c.asked_at, c.answered_at) for c in early]
    for began, ended in spans:
        first, last = (min(bins - 1, max(0, int(time / each))) for time in (began, ended))
        for number in range(first, last + 1):
            low, high = max(began, number * each), min(ended, (number + 1) * each)
            busy[number] += max(0.0, high - low)
    return [round(seconds / each, 3) for seconds in busy]


def sampled(values: Sequence[tuple[float, int]], most: int) -> list[tuple[float, int]]:
    """Some of the values, evenly spread, with the first and the last."""
    if len(values) <= most:
        return list(values)
    return [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]

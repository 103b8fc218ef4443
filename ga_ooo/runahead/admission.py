"""Admission control: which rehearsed calls are sent, and how many may be in flight.

A rehearsed call that is sent is a *prefetch*. It *hits* if a real move makes the same call;
otherwise its tokens are wasted. :class:`Admission` weighs the hit rate and the time saved against
the tokens at stake, under a budget. :class:`CongestionWindow` bounds the prefetches in flight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.runahead.predictor import CallContext, HitRates

FIXED_TOKENS: Final = 3.0
"""Time of a call besides its output, in the time of an output token."""

START_TOKENS: Final = 20_000
"""The start allowance: tokens that may be wasted besides the share, or nothing would be sent
first."""

_LEAST_RATE: Final = 0.2
_MOST_RATE: Final = 0.85
"""Hit rates that are required while nothing of the budget is spent, and when all of it is. So the
budget is no hard limit: calls that are this likely to hit are sent beyond it."""

_UNLIMITED_RATE: Final = 0.05
"""Hit rate that is required without a budget."""

_SIZE_WEIGHT: Final = 0.01
"""Weight of the latest call in mean sizes."""

_VALUE_RANGE: Final = 4.0
"""The value of a call lies between this part and this multiple of the mean call's."""

_FIRST_TRIALS: Final = 3
"""Calls of one kind in flight before the outcome of any is known; each outcome allows one more.
Otherwise all personas would try the same call at midnight, before anything can be learned."""


class Estimate(NamedTuple):
    """What was expected of a prefetch when it was sent: its context and its hit rate."""

    context: CallContext
    rate: float


@dataclass(slots=True)
class _Trials:
    """Prefetches of one kind: outcomes known, outcomes open."""

    resolved: int = 0
    open: int = 0


@dataclass(slots=True)
class _Size:
    """Mean time (in output tokens) and mean tokens of calls."""

    time: float
    tokens: float

    def count(self, time: float, tokens: float) -> None:
        self.time += _SIZE_WEIGHT * (time - self.time)
        self.tokens += _SIZE_WEIGHT * (tokens - self.tokens)


class CallStatistics(NamedTuple):
    """What admission has learned besides hit rates, in the form in which it is saved.

    Attributes:
        resolved: site, whether the calls rested on predictions, number of known outcomes.
        sizes: site, mean time in output tokens, mean tokens.
        mean: mean time and mean tokens of all calls.
    """

    resolved: Sequence[tuple[str, bool, int]]
    sizes: Sequence[tuple[str, float, float]]
    mean: tuple[float, float]


class Admission:
    """Admits rehearsed calls that are worth their tokens.

    Args:
        budget: wasted tokens, as a share of the tokens of real calls, besides the start allowance;
            None for no limit.

    Attributes:
        rates: hit rates.
        real_tokens: tokens (in and out) of the calls of real moves.
        wasted_tokens: tokens of prefetches that missed.
        prefetched: number of prefetches.
        hits: number of prefetches that a real move used.
        misses: number of prefetches that no move of their step used.
        prefetched_tokens: tokens of the prefetches that were answered.
        used_tokens: tokens of the prefetches that a real move used.
    """

    def __init__(self, budget: float | None) -> None:
        self.rates = HitRates()
        self.real_tokens = 0
        self.wasted_tokens = 0
        self.prefetched = 0
        self.hits = 0
        self.misses = 0
        self.prefetched_tokens = 0
        self.used_tokens = 0
        self._budget = budget
        self._at_risk = 0.0
        self._trials: dict[tuple[str, bool], _Trials] = {}
        self._sizes: dict[str, _Size] = {}
        self._mean = _Size(10.0, 500.0)

    @property
    def allowed_tokens(self) -> float | None:
        """Tokens that the budget allows to waste so far; None for no limit."""
        if self._budget is None:
            return None
        return self._budget * self.real_tokens + START_TOKENS

    def admits(self, context: CallContext) -> bool:
        """Whether a rehearsed call of this context is worth its tokens now."""
        trials = self._trials_of(context)
        if trials.open >= _FIRST_TRIALS + trials.resolved:
            return False
        rate = self.rates.rate(context)
        allowed = self.allowed_tokens
        if allowed is None:
            return rate >= _UNLIMITED_RATE
        spent = self._spent(allowed)
        if spent >= 1.0 and rate < _MOST_RATE:
            return False
        threshold = _LEAST_RATE + (_MOST_RATE - _LEAST_RATE) * spent**2
        return rate * self._value(context.site) / threshold >= (1 - rate) / (1 - threshold)

    def sent(self, context: CallContext) -> Estimate:
        """Count a prefetch that is sent."""
        estimate = Estimate(context, self.rates.rate(context))
        self.prefetched += 1
        self._at_risk += 1 - estimate.rate
        self._trials_of(context).open += 1
        return estimate

    def answered(self, tokens: int) -> None:
        """Count the answer of a prefetch."""
        self.prefetched_tokens += tokens

    def resolved(self, estimate: Estimate, tokens: int, hit: bool) -> None:
        """Count and learn the outcome of a prefetch."""
        self._close(estimate)
        self._trials_of(estimate.context).resolved += 1
        self.rates.learn(estimate.context, hit)
        if hit:
            self._use(tokens)
        else:
            self.misses += 1
            self.wasted_tokens += tokens

    def abandoned(self, estimate: Estimate, tokens: int) -> None:
        """Count a prefetch that failed, or whose outcome the end of the run leaves open."""
        self._close(estimate)
        self.wasted_tokens += tokens

    def late_hit(self, tokens: int) -> None:
        """Correct a miss: a real move of a later step uses the prefetch."""
        self._use(tokens)
        self.misses -= 1
        self.wasted_tokens -= tokens

    def real_call(self, site: str, answer: ModelAnswer) -> None:
        """Count the call of a real move."""
        tokens = answer.tokens
        self.real_tokens += tokens
        time = answer.output_tokens + FIXED_TOKENS
        self._mean.count(time, tokens)
        size = self._sizes.get(site)
        if size is None:
            self._sizes[site] = _Size(time, tokens)
        else:
            size.count(time, tokens)

    def statistics(self) -> CallStatistics:
        """What was learned besides hit rates, to be saved."""
        return CallStatistics(
            resolved=[(site, rests, t.resolved) for (site, rests), t in self._trials.items()],
            sizes=[(site, size.time, size.tokens) for site, size in self._sizes.items()],
            mean=(self._mean.time, self._mean.tokens),
        )

    def load(self, statistics: CallStatistics) -> None:
        """Start from saved statistics."""
        for site, rests_on_predictions, resolved in statistics.resolved:
            self._trials[site, rests_on_predictions] = _Trials(resolved)
        self._sizes.update({site: _Size(*means) for site, *means in statistics.sizes})
        self._mean = _Size(*statistics.mean)

    def _close(self, estimate: Estimate) -> None:
        self._at_risk = max(0.0, self._at_risk - (1 - estimate.rate))
        self._trials_of(estimate.context).open -= 1

    def _trials_of(self, context: CallContext) -> _Trials:
        return self._trials.setdefault((context.site, bool(context.unconfirmed)), _Trials())

    def _use(self, tokens: int) -> None:
        self.hits += 1
        self.used_tokens += tokens

    def _value(self, site: str) -> float:
        """Time that a call of a site saves per token, relative to the mean call."""
        size = self._sizes.get(site)
        if size is None or not size.tokens:
            return 1.0
        value = size.time / size.tokens * self._mean.tokens / self._mean.time
        return min(_VALUE_RANGE, max(1 / _VALUE_RANGE, value))

    def _spent(self, allowed: float) -> float:
        """Share of the budget that is spent, in [0, 1]."""
        spent = self.wasted_tokens + self._at_risk * self._mean.tokens
        return min(1.0, spent / allowed)


_START_SIZE: Final = 64.0
_LEAST_SIZE: Final = 2.0
_MOST_SIZE: Final = 512.0
_GROWTH: Final = 0.5
_SHRINK: Final = 0.8

_CONGESTED: Final = 2.0
"""Slowdown from which a server counts as full; a batch of some dozen calls slows it less."""

_SLOWDOWN_WEIGHT: Final = 0.1
_FASTER_WEIGHT: Final = 0.3
_SLOWER_WEIGHT: Final = 0.01
"""Weights of the latest call: in the mean slowdown, and in the best pace of its site if the call
was faster or slower than that."""


class CongestionWindow:
    """Bounds the prefetches in flight, so that they do not slow down real calls.

    How many calls a server takes at once is not known. So it is measured, as TCP Vegas measures a
    network: the window grows while calls take about as long as the best calls of their site, and
    shrinks when they take clearly longer. On a server that is full of real calls it nearly closes.

    Attributes:
        in_flight: prefetches in flight now.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._size = _START_SIZE
        self._best_paces: dict[str, float] = {}
        self._slowdown = 1.0

    @property
    def has_room(self) -> bool:
        """Whether one more prefetch may be sent."""
        return self.in_flight < self._size

    def measured(self, site: str, seconds: float, output_tokens: int) -> None:
        """A call of ``site`` was answered after so many seconds of loop time."""
        pace = seconds / (output_tokens + FIXED_TOKENS)
        best = self._best_paces.setdefault(site, pace)
        if best <= 0.0:
            return
        self._slowdown += _SLOWDOWN_WEIGHT * (pace / best - self._slowdown)
        weight = _FASTER_WEIGHT if pace < best else _SLOWER_WEIGHT
        self._best_paces[site] = best + weight * (pace - best)
        if self._slowdown > _CONGESTED:
            self._size = max(_LEAST_SIZE, self._size * _SHRINK)
        else:
            self._size = min(_MOST_SIZE, self._size + _GROWTH)

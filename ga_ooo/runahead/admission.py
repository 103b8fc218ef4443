"""Admission control: which rehearsed calls are sent.

A rehearsed call that is sent is a *prefetch*. It *hits* if a real move makes the same call;
otherwise its tokens are wasted. :class:`Admission` weighs the hit rate and the time saved against
the tokens at stake, under a budget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.runahead.predictor import CallContext, HitRates

FIXED_TOKENS: Final = 3.0
"""Time of a call besides its output, in the time of an output token."""

_LEAST_RATE: Final = 0.2
_MOST_RATE: Final = 0.85
"""Hit rates that are required while nothing of the budget is spent, and when nearly all of it
is."""

_STEEPNESS: Final = 4
"""Power of the spent share by which the required hit rate rises. The rate stays low until most of
the budget is spent, or a part of the budget would never be used."""

_DEVIATIONS: Final = 1.0
"""The waste of open prefetches may be so many standard deviations above its mean without exceeding
the budget. In a short run few prefetches decide, and their mean alone would promise too much."""

_UNLIMITED_RATE: Final = 0.05
"""Hit rate that is required without a budget."""

_SIZE_WEIGHT: Final = 0.01
"""Least weight of the latest call in mean sizes; the first calls have the weight of a plain
mean."""

_PRIOR_CALLS: Final = 10
"""Sizes that were not measured in this run, but assumed or loaded, count as so many calls."""

_VALUE_RANGE: Final = 4.0
"""The value of a call lies between this part and this multiple of the mean call's."""

_FIRST_TRIALS: Final = 3
"""Calls of one kind in flight before the outcome of any is known; each outcome allows one more.
Otherwise all personas would try the same call at midnight, before anything can be learned."""


class Estimate(NamedTuple):
    """What was expected of a prefetch when it was sent: its context, hit rate and tokens."""

    context: CallContext
    rate: float
    tokens: float


class _OpenPrefetches:
    """Expected tokens of the prefetches whose outcome is not known yet.

    Attributes:
        wasted: expected tokens of those that miss.
        used: expected tokens of those that hit. They become tokens of real calls.
        variance: of the wasted tokens.
    """

    def __init__(self) -> None:
        self._count = 0
        self.wasted = self.used = self.variance = 0.0

    def add(self, rate: float, tokens: float, sign: int = 1) -> None:
        """Add a prefetch; with ``sign`` -1, take one away."""
        self._count += sign
        if not self._count:
            self.wasted = self.used = self.variance = 0.0  # no rounding errors are left
            return
        self.wasted += sign * (1 - rate) * tokens
        self.used += sign * rate * tokens
        self.variance += sign * rate * (1 - rate) * tokens**2


@dataclass(slots=True)
class _Trials:
    """Prefetches of one kind: outcomes known, outcomes open."""

    resolved: int = 0
    open: int = 0


@dataclass(slots=True)
class _Size:
    """Mean time (in output tokens) and mean tokens of so many calls."""

    time: float
    tokens: float
    calls: int = _PRIOR_CALLS

    def count(self, time: float, tokens: float) -> None:
        self.calls += 1
        weight = max(_SIZE_WEIGHT, 1 / self.calls)
        self.time += weight * (time - self.time)
        self.tokens += weight * (tokens - self.tokens)


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
        budget: wasted tokens, as a share of the tokens of real calls; None for no limit.

    Attributes:
        budget: see above.
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
        self.budget = budget
        self._open = _OpenPrefetches()
        self._trials: dict[tuple[str, bool], _Trials] = {}
        self._sizes: dict[str, _Size] = {}
        self._mean = _Size(10.0, 500.0)

    def admits(self, context: CallContext) -> bool:
        """Whether a rehearsed call of this context is worth its tokens now."""
        trials = self._trials_of(context)
        if trials.open >= _FIRST_TRIALS + trials.resolved:
            return False
        rate = self.rates.rate(context)
        if self.budget is None:
            return rate >= _UNLIMITED_RATE
        spent, most = self._spent(self.budget, rate, self._tokens(context.site))
        if most > 1.0:
            return False
        threshold = _LEAST_RATE + (_MOST_RATE - _LEAST_RATE) * spent**_STEEPNESS
        return rate * self._value(context.site) / threshold >= (1 - rate) / (1 - threshold)

    def sent(self, context: CallContext) -> Estimate:
        """Count a prefetch that is sent."""
        estimate = Estimate(context, self.rates.rate(context), self._tokens(context.site))
        self.prefetched += 1
        self._open.add(estimate.rate, estimate.tokens)
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
            self._sizes[site] = _Size(time, tokens, calls=1)
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
        for site, time, tokens in statistics.sizes:
            self._sizes[site] = _Size(time, tokens)
        self._mean = _Size(*statistics.mean)

    def _close(self, estimate: Estimate) -> None:
        self._open.add(estimate.rate, estimate.tokens, -1)
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

    def _tokens(self, site: str) -> float:
        """Expected tokens of a call of a site."""
        size = self._sizes.get(site)
        return self._mean.tokens if size is None else size.tokens

    def _spent(self, budget: float, rate: float, tokens: float) -> tuple[float, float]:
        """Shares of the budget that are spent if one more prefetch is sent: expected, and at most.

        A hit adds its tokens to those of real calls, of which the budget is a share. So the waste
        and the budget are those that are expected when all open calls are answered.

        Args:
            budget: wasted tokens, as a share of the tokens of real calls.
            rate: hit rate of the further prefetch.
            tokens: its expected tokens.
        """
        real = self.real_tokens + self._open.used + rate * tokens
        allowed = budget * real
        if allowed <= 0.0:
            return 1.0, math.inf
        wasted = self.wasted_tokens + self._open.wasted + (1 - rate) * tokens
        variance = self._open.variance + rate * (1 - rate) * tokens**2
        margin = _DEVIATIONS * (1 + budget) * math.sqrt(max(0.0, variance))
        return min(1.0, wasted / allowed), (wasted + margin) / allowed

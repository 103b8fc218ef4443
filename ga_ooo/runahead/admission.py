"""Which rehearsed calls are worth their tokens: measured hit rates under a budget.

A rehearsed call *hits* if a real move asks the same; otherwise its tokens are wasted. Those calls
pass whose chances (see :mod:`ga_ooo.runahead.predictor`) and use are worth the tokens at stake; the
more of the budget is spent, the more they must be worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ga_ooo.model.requests import ModelAnswer
from ga_ooo.runahead.predictor import HitRates, Outlook

_START_WINDOW: Final = 64.0
_LEAST_WINDOW: Final = 2.0
_MOST_WINDOW: Final = 512.0
_GROWTH: Final = 0.5
_SHRINK: Final = 0.8

_SLOW: Final = 2.0
"""Times the usual best pace from which a server counts as full: a batch of some dozen is not."""

FIXED_TOKENS: Final = 3.0
"""What a call takes beside its output, in output tokens."""

_RECENT_PACE: Final = 0.1
_DOWN: Final = 0.3
_UP: Final = 0.01
"""Weights of the last call: in the slowness of late, and in the best pace of its like when it was
faster or slower than that."""


class CongestionWindow:
    """Bounds the rehearsed calls in flight.

    Attributes:
        in_flight: rehearsed calls in flight now.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._size = _START_WINDOW
        self._best: dict[str, float] = {}
        self._slowness = 1.0

    @property
    def open(self) -> bool:
        """Whether one more may be put in flight."""
        return self.in_flight < self._size

    def measured(self, site: str, seconds: float, output_tokens: int) -> None:
        """A call from ``site`` was answered after so many seconds."""
        pace = seconds / (output_tokens + FIXED_TOKENS)
        best = self._best.setdefault(site, pace)
        if best <= 0.0:
            return
        self._slowness += _RECENT_PACE * (pace / best - self._slowness)
        self._best[site] = best + (_DOWN if pace < best else _UP) * (pace - best)
        if self._slowness > _SLOW:
            self._size = max(_LEAST_WINDOW, self._size * _SHRINK)
        else:
            self._size = min(_MOST_WINDOW, self._size + _GROWTH)


_START_TOKENS: Final = 20_000
"""Tokens that may be wasted before any share can be told."""

_LEAST_RATE: Final = 0.2
_MOST_RATE: Final = 0.85
"""Rate that is asked for while nothing of the budget is spent, and when all of it is."""

_FREE: Final = 0.05
"""Rate that is asked for if there is no budget."""

_RECENT_SIZE: Final = 0.01
"""Weight of the last call in means."""

_MOST_WORTH: Final = 4.0
"""What a call saves for its tokens is looked at up to so many times the usual, and down to such
a part of it."""

_TRIED: Final = 3
"""Calls of one kind that may be in flight before any has settled. Each that settles makes room for
one more: at midnight everybody would try the same at once, before anything can be learned."""


@dataclass(slots=True)
class _Trial:
    """Calls of one kind that were let pass."""

    settled: int = 0
    pending: int = 0


@dataclass(slots=True)
class _Size:
    """Mean time (in output tokens) and tokens of calls."""

    time: float
    tokens: float

    def count(self, time: float, tokens: float) -> None:
        self.time += _RECENT_SIZE * (time - self.time)
        self.tokens += _RECENT_SIZE * (tokens - self.tokens)


class Experience(NamedTuple):
    """What a gate knows of calls besides their shares of hits.

    Attributes:
        settled: site, whether anything was guessed, and how many of those are known to have hit
            or not.
        sizes: site, mean time in output tokens, mean tokens.
        mean: the same of all calls.
    """

    settled: Sequence[tuple[str, bool, int]]
    sizes: Sequence[tuple[str, float, float]]
    mean: tuple[float, float]


class Admission:
    """Lets rehearsed calls pass or not.

    Args:
        budget: wasted tokens over the tokens of all real calls that is aimed at; None for no
            limit.

    Attributes:
        rates: shares of hits.
        real_tokens: tokens (in and out) of the calls that moves made.
        wasted_tokens: tokens of rehearsed calls whose step has passed without a use for them.
        prefetched: rehearsed calls so far.
        hits: those of them that a move asked for.
        prefetched_tokens: tokens of the rehearsed calls that were answered.
        used_tokens: tokens of those of them that a move asked for.
    """

    def __init__(self, budget: float | None) -> None:
        self.rates = HitRates()
        self.real_tokens = 0
        self.wasted_tokens = 0
        self.prefetched = 0
        self.hits = 0
        self.prefetched_tokens = 0
        self.used_tokens = 0
        self._budget = budget
        self._at_risk = 0.0
        self._trials: dict[tuple[str, bool], _Trial] = {}
        self._sizes: dict[str, _Size] = {}
        self._mean = _Size(10.0, 500.0)

    def allows(self, outlook: Outlook) -> bool:
        """Whether a call with this outlook is worth asking early."""
        trial = self._trial(outlook)
        if trial.pending >= _TRIED + trial.settled:
            return False
        rate = self.rates.rate(outlook)
        if self._budget is None:
            return rate >= _FREE
        spent = self._spent(self._budget)
        if spent >= 1.0 and rate < _MOST_RATE:
            return False
        threshold = _LEAST_RATE + (_MOST_RATE - _LEAST_RATE) * spent**2
        return rate * self._worth(outlook.site) / threshold >= (1 - rate) / (1 - threshold)

    def asked(self, outlook: Outlook, rate: float) -> None:
        """A call of this outlook and rate was put in flight."""
        self.prefetched += 1
        self._at_risk += 1 - rate
        self._trial(outlook).pending += 1

    def answered(self, tokens: int) -> None:
        """A rehearsed call was answered."""
        self.prefetched_tokens += tokens

    def settled(self, outlook: Outlook, rate_then: float, tokens: int, hit: bool) -> None:
        """It turned out to be a hit, or its step has passed without."""
        self._no_longer_pending(outlook, rate_then)
        self._trial(outlook).settled += 1
        self.rates.learn(outlook, hit)
        if hit:
            self._use(tokens)
        else:
            self.wasted_tokens += tokens

    def lost(self, outlook: Outlook, rate_then: float, tokens: int) -> None:
        """It failed, or the run ended before its step: no use, and nothing to learn from."""
        self._no_longer_pending(outlook, rate_then)
        self.wasted_tokens += tokens

    def found_late(self, tokens: int) -> None:
        """What had been counted as a miss is asked for after all, at a later step."""
        self._use(tokens)
        self.wasted_tokens -= tokens

    def real(self, site: str, answer: ModelAnswer) -> None:
        """A move's call was answered."""
        tokens = answer.tokens
        self.real_tokens += tokens
        time = answer.output_tokens + FIXED_TOKENS
        self._mean.count(time, tokens)
        size = self._sizes.get(site)
        if size is None:
            self._sizes[site] = _Size(time, tokens)
        else:
            size.count(time, tokens)

    def experience(self) -> Experience:
        """What was learned but for the shares of hits, to be noted down."""
        return Experience(
            settled=[(site, guessed, t.settled) for (site, guessed), t in self._trials.items()],
            sizes=[(site, size.time, size.tokens) for site, size in self._sizes.items()],
            mean=(self._mean.time, self._mean.tokens),
        )

    def begin_with(self, experience: Experience) -> None:
        """Begin with what was noted down."""
        for site, guessed, settled in experience.settled:
            self._trials[site, guessed] = _Trial(settled)
        self._sizes.update({site: _Size(*means) for site, *means in experience.sizes})
        self._mean = _Size(*experience.mean)

    def _no_longer_pending(self, outlook: Outlook, rate_then: float) -> None:
        self._at_risk = max(0.0, self._at_risk - (1 - rate_then))
        self._trial(outlook).pending -= 1

    def _trial(self, outlook: Outlook) -> _Trial:
        return self._trials.setdefault((outlook.site, bool(outlook.guessed)), _Trial())

    def _use(self, tokens: int) -> None:
        self.hits += 1
        self.used_tokens += tokens

    def _worth(self, site: str) -> float:
        """Time that a call of a site saves for its tokens, over that of the mean call."""
        size = self._sizes.get(site)
        if size is None or not size.tokens:
            return 1.0
        worth = size.time / size.tokens * self._mean.tokens / self._mean.time
        return min(_MOST_WORTH, max(1 / _MOST_WORTH, worth))

    def _spent(self, budget: float) -> float:
        """Share of the budget that is spent, in [0, 1]."""
        spent = self.wasted_tokens + self._at_risk * self._mean.tokens
        return min(1.0, spent / (budget * self.real_tokens + _START_TOKENS))

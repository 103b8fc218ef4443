"""Which rehearsed calls are worth their tokens: measured hit rates under a budget.

A rehearsed call *hits* if a real move asks the same; otherwise its tokens are wasted. How likely
that is depends on what asks and how many steps ahead, and on the guessed answers that the
rehearsal rests on; the gate counts hits and misses of both and lets those calls pass whose
estimate is above a threshold. The threshold follows the share of wasted tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

_PRIOR_RATE: Final = 0.6
_PRIOR_CALLS: Final = 2.0
"""Before anything is known, as if it had hit so often."""

_MEMORY: Final = 100.0
"""Calls after which counts are halved, so that they follow the town's day."""

_START_TOKENS: Final = 20_000
"""Tokens that may be wasted before any share can be told."""

_LEAST: Final = 0.2
_MOST: Final = 0.85
"""Threshold while nothing of the budget is spent, and when all of it is."""

_SECOND_CHANCE: Final = 100
"""One of so many refused calls passes while less than half of the budget is spent, or a rate that
was unlucky would never be known better."""


_TRIED: Final = 3
"""Calls of one kind in flight at most while so few of them have settled: at midnight everybody
would try the same at once, before anything can be learned from it."""


class Outlook(NamedTuple):
    """What is known about a call when it is rehearsed.

    Attributes:
        site: which functions of the host ask.
        ahead: bucket of the number of steps between the persona's commit step and the rehearsal.
        guessed: sites of the guessed answers that the rehearsal rests on and that have not
            proved right.
    """

    site: str
    ahead: int
    guessed: frozenset[str] = frozenset()


def ahead_bucket(steps: int) -> int:
    """Bucket of a distance: 0, 1, 2 to 3, 4 to 7 and so on."""
    return steps.bit_length()


@dataclass(slots=True)
class _Record:
    hits: float
    calls: float = _PRIOR_CALLS
    settled: int = 0
    pending: int = 0

    @property
    def rate(self) -> float:
        return self.hits / self.calls

    def count(self, hit: bool) -> None:
        if self.calls > _MEMORY:
            self.hits /= 2
            self.calls /= 2
        self.hits += hit
        self.calls += 1
        self.settled += 1

    @property
    def untried(self) -> bool:
        """Whether so little is known of it that what is in flight must settle first."""
        return self.settled < _TRIED <= self.pending


_Key: TypeAlias = tuple[str, int | str]
"""A site with a distance, or with the site of a guess."""


class Gate:
    """Lets rehearsed calls pass or not.

    Args:
        budget: wasted tokens over the tokens of all real calls that is aimed at; None for no
            limit.

    Attributes:
        real_tokens: tokens (in and out) of the calls that moves made.
        wasted_tokens: tokens of rehearsed calls whose step has passed without a use for them.
        rehearsed: rehearsed calls so far.
        hits: those of them that a move asked for.
        rehearsed_tokens: tokens of the rehearsed calls that were answered.
        used_tokens: tokens of those of them that a move asked for.
    """

    def __init__(self, budget: float | None) -> None:
        self.real_tokens = 0
        self.wasted_tokens = 0
        self.rehearsed = 0
        self.hits = 0
        self.rehearsed_tokens = 0
        self.used_tokens = 0
        self._budget = budget
        self._records: dict[_Key, _Record] = {}
        self._at_risk = 0.0
        self._mean_tokens = 500.0
        self._refused = 0

    def allows(self, outlook: Outlook) -> bool:
        """Whether a call with this outlook is worth asking early."""
        if any(self._record(key).untried for key in _keys(outlook)):
            return False
        spent = self._spent()
        if self.rate(outlook) >= _LEAST + (_MOST - _LEAST) * spent**2:
            return True
        self._refused += 1
        return self._refused % _SECOND_CHANCE == 0 and spent < 0.5

    def blames(self, outlook: Outlook) -> str:
        """The guess that speaks most against a call."""
        return min(sorted(outlook.guessed), key=lambda guess: self._rate((outlook.site, guess)))

    def rate(self, outlook: Outlook) -> float:
        """Estimated share of hits among calls with this outlook."""
        # Further ahead it can only be less likely.
        rate = min(self._rate((outlook.site, ahead)) for ahead in range(outlook.ahead + 1))
        if outlook.guessed:
            rate *= min(self._rate((outlook.site, guess)) for guess in outlook.guessed)
        return rate

    def asked(self, outlook: Outlook, rate: float) -> None:
        """A call of this outlook and rate was put in flight."""
        self.rehearsed += 1
        self._at_risk += 1 - rate
        for key in _keys(outlook):
            self._record(key).pending += 1

    def answered(self, tokens: int) -> None:
        """A rehearsed call was answered."""
        self.rehearsed_tokens += tokens

    def settled(self, outlook: Outlook, rate_then: float, tokens: int, hit: bool) -> None:
        """It turned out to be a hit, or its step has passed without."""
        self._no_longer_pending(outlook, rate_then)
        self._learn(outlook, hit)
        self._mean_tokens += 0.01 * (tokens - self._mean_tokens)
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

    def real(self, tokens: int) -> None:
        """A move's call was answered."""
        self.real_tokens += tokens

    def _no_longer_pending(self, outlook: Outlook, rate_then: float) -> None:
        self._at_risk = max(0.0, self._at_risk - (1 - rate_then))
        for key in _keys(outlook):
            self._record(key).pending -= 1

    def _use(self, tokens: int) -> None:
        self.hits += 1
        self.used_tokens += tokens

    def _rate(self, key: _Key) -> float:
        record = self._records.get(key)
        return record.rate if record is not None else _PRIOR_RATE

    def _learn(self, outlook: Outlook, hit: bool) -> None:
        keys = _keys(outlook)
        if not hit and outlook.guessed:
            # The least likely of the guesses is to blame, and nothing else.
            keys = [(outlook.site, self.blames(outlook))]
        for key in keys:
            self._record(key).count(hit)

    def _record(self, key: _Key) -> _Record:
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record(_PRIOR_RATE * _PRIOR_CALLS)
        return record

    def _spent(self) -> float:
        """Share of the budget that is spent, in [0, 1]."""
        if self._budget is None:
            return 0.0
        spent = self.wasted_tokens + self._at_risk * self._mean_tokens
        return min(1.0, spent / (self._budget * self.real_tokens + _START_TOKENS))


def _keys(outlook: Outlook) -> list[_Key]:
    """What is counted of a call: its distance, and each of the guesses that it rests on."""
    return [
        (outlook.site, outlook.ahead),
        *((outlook.site, guess) for guess in sorted(outlook.guessed)),
    ]

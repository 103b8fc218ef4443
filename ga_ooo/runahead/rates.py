"""How likely a rehearsed call is to be asked by a real move, as far as it was counted.

That depends on what asks, how many steps ahead, and on the guessed answers that the rehearsal
rests on. Hits are counted by site and distance, by site and guess, and by all of it together;
the first two say what to expect of a combination that has not been met often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

_PRIOR_RATE: Final = 0.6
_PRIOR_CALLS: Final = 2.0
"""Before anything is known, as if it had hit so often."""

_MEMORY: Final = 100.0
"""Calls after which counts are halved, so that they follow the town's day."""


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


class Row(NamedTuple):
    """A count of hits.

    Attributes:
        site: of the calls.
        ahead: bucket of their distance; None: whatever it was.
        guessed: what they rested on; None: whatever it was.
        hits: how many hit.
        calls: how many there were.
    """

    site: str
    ahead: int | None
    guessed: list[str] | None
    hits: float
    calls: float


@dataclass(slots=True)
class _Record:
    hits: float = 0.0
    calls: float = 0.0

    def count(self, hit: bool) -> None:
        if self.calls > _MEMORY:
            self.hits /= 2
            self.calls /= 2
        self.hits += hit
        self.calls += 1

    def rate(self, prior: float) -> float:
        return (self.hits + _PRIOR_CALLS * prior) / (self.calls + _PRIOR_CALLS)


_TOLD: Final = 3.0
"""Calls from which on it is worth noting down what came of a combination."""

_NONE: Final = _Record()
_Key: TypeAlias = tuple[str, int] | tuple[str, str] | Outlook
"""A site with a distance, or with the site of a guess, or all that is known."""


class Rates:
    """Shares of hits, learned call by call."""

    def __init__(self) -> None:
        self._records: dict[_Key, _Record] = {}

    def rate(self, outlook: Outlook) -> float:
        """Estimated share of hits among calls with this outlook."""
        return self._records.get(outlook, _NONE).rate(self._expected(outlook))

    def learn(self, outlook: Outlook, hit: bool) -> None:
        """A call of this outlook was asked by a real move, or its step has passed without."""
        self._count(outlook, hit)
        if hit or not outlook.guessed:
            self._count((outlook.site, outlook.ahead), hit)
        if hit:
            for guess in outlook.guessed:
                self._count((outlook.site, guess), hit)
        elif outlook.guessed:
            # The least likely of the guesses is to blame, and nothing else.
            self._count((outlook.site, self.blames(outlook)), hit)

    def blames(self, outlook: Outlook) -> str:
        """The guess that speaks most against a call."""
        return min(sorted(outlook.guessed), key=lambda guess: self._rate((outlook.site, guess)))

    def rows(self) -> Iterator[Row]:
        """What was learned, to be noted down."""
        for key, record in self._records.items():
            if not isinstance(key, Outlook):
                site, other = key
                ahead, guess = (other, None) if isinstance(other, int) else (None, [other])
                yield Row(site, ahead, guess, record.hits, record.calls)
            elif record.calls >= _TOLD:
                yield Row(key.site, key.ahead, sorted(key.guessed), record.hits, record.calls)

    def learn_rows(self, rows: Iterable[Row]) -> None:
        """Begin with what was noted down."""
        for site, ahead, guessed, hits, calls in rows:
            key: _Key
            if guessed is None:
                assert ahead is not None
                key = (site, ahead)
            else:
                key = (
                    (site, guessed[0])
                    if ahead is None
                    else Outlook(site, ahead, frozenset(guessed))
                )
            self._records[key] = _Record(hits, calls)

    def _expected(self, outlook: Outlook) -> float:
        """What its distance and each of its guesses let expect."""
        # Further ahead it can only be less likely.
        seen = [
            self._rate((outlook.site, ahead))
            for ahead in range(outlook.ahead + 1)
            if (outlook.site, ahead) in self._records
        ]
        rate = min(seen, default=_PRIOR_RATE)
        if outlook.guessed:
            rate *= min(self._rate((outlook.site, guess)) for guess in outlook.guessed)
        return rate

    def _rate(self, key: _Key) -> float:
        return self._records.get(key, _NONE).rate(_PRIOR_RATE)

    def _count(self, key: _Key, hit: bool) -> None:
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = _Record()
        record.count(hit)

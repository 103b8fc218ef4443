"""Guessed answers, so that a rehearsal need not wait for a call to see what is asked next.

As a CPU predicts the value of a load that misses its cache: by earlier ones at the same place.
Many answers change nothing in the next prompts (how poignant was that event? what emoji is it?);
where they do, the gate learns that calls after such a guess are not worth asking.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from ga_ooo.engine.ids import Step
from ga_ooo.model.requests import ModelAnswer, ModelCall

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


class HitRates:
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


Slot = TypeVar("Slot")
"""What identifies a call."""


class ShadowCalls(Generic[Slot]):
    """Remembers untaken calls until their step has passed; only then hits count as well, or what
    is known of a step under way would all be good.

    Args:
        rates: learns from them.
    """

    def __init__(self, rates: HitRates) -> None:
        self._rates = rates
        self._steps: dict[str, dict[Slot, dict[Outlook, Step]]] = {}
        self._hits: dict[str, list[Outlook]] = {}

    def add(self, persona: str, slot: Slot, step: Step, outlook: Outlook) -> None:
        """A rehearsal of a persona's step would have asked."""
        self._steps.setdefault(persona, {}).setdefault(slot, {})[outlook] = step

    def asked(self, persona: str, slot: Slot) -> None:
        """A real move of the persona asks."""
        hits = self._steps.get(persona, {}).pop(slot, ())
        if hits:
            self._hits.setdefault(persona, []).extend(hits)

    def passed(self, persona: str, step: Step) -> None:
        """The persona has committed a step: what was untaken of it was not asked for."""
        for outlook in self._hits.pop(persona, ()):
            self._rates.learn(outlook, hit=True)
        slots = self._steps.get(persona)
        if not slots:
            return
        for slot, outlooks in list(slots.items()):
            for outlook in [outlook for outlook, then in outlooks.items() if then <= step]:
                del outlooks[outlook]
                self._rates.learn(outlook, hit=False)
            if not outlooks:
                del slots[slot]

    def clear(self) -> None:
        """Forget them: whether they would have hit will not be known."""
        self._steps.clear()
        self._hits.clear()


_KEPT_REQUESTS: Final = 4096
_KEPT_ANSWERS: Final = 9
_ENOUGH: Final = 3
"""Answers of one persona from which on others' are not looked at."""

_COMMON: Final = 0.3
"""A word is part of the form of answers if so large a share of them has it."""

_WORDS: Final = re.compile(r"\w+")


class _Answers:
    """The latest answers at one place."""

    __slots__ = ("_answers", "_usual")

    def __init__(self) -> None:
        self._answers: deque[ModelAnswer] = deque(maxlen=_KEPT_ANSWERS)
        self._usual: ModelAnswer | None = None

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, answer: ModelAnswer) -> None:
        """One more; the oldest may go."""
        self._answers.append(answer)
        self._usual = None

    def usual(self) -> ModelAnswer | None:
        """The likeliest one. Rehearsals guess far more often than anything is answered."""
        if self._usual is None and self._answers:
            self._usual = _most_usual(self._answers)
        return self._usual


class AnswerPredictor:
    """Remembers answers by what was asked, and by who asked and where in the host's code."""

    def __init__(self) -> None:
        self._by_request: OrderedDict[str, ModelAnswer] = OrderedDict()
        self._by_place: defaultdict[tuple[str, str], _Answers] = defaultdict(_Answers)

    def learn(self, call: ModelCall, answer: ModelAnswer) -> None:
        """A move's call was answered."""
        if call.key is None:
            return
        for persona in ("", call.key.persona):
            self._by_place[persona, call.site].add(answer)
        if not answer.embedding:
            self._by_request[call.request.fingerprint] = answer
            if len(self._by_request) > _KEPT_REQUESTS:
                self._by_request.popitem(last=False)

    def guess(self, call: ModelCall) -> ModelAnswer | None:
        """The likeliest answer; None if nothing like it was ever asked."""
        assert call.key is not None
        same = self._by_request.get(call.request.fingerprint)
        if same is not None:
            return same
        own = self._by_place[call.key.persona, call.site]
        answers = own if len(own) >= _ENOUGH else self._by_place["", call.site]
        return answers.usual()


def _most_usual(answers: Sequence[ModelAnswer]) -> ModelAnswer:
    """The last answer of the most frequent form (the words that many of them share, so that a
    conversation goes on in a guess as it mostly does)."""
    if answers[-1].embedding:
        return answers[-1]
    words = [frozenset(_WORDS.findall(answer.text)) for answer in answers]
    frequent = Counter(word for found in words for word in found)
    form = {word for word, count in frequent.items() if count >= _COMMON * len(answers)}
    forms = Counter(found & form for found in words)
    usual, _ = forms.most_common(1)[0]
    return next(
        answer
        for answer, found in zip(reversed(answers), reversed(words), strict=True)
        if found & form == usual
    )

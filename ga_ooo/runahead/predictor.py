"""Predictors: the answer to a call, and whether a real move will make the call.

A processor predicts the value of a load that misses its cache, and the direction of a branch, from
earlier outcomes at the same place. Here the place is a *site*, the functions of the host that make
the call.

:class:`AnswerPredictor` predicts answers, so that a rehearsal need not wait for an answer to reach
the next call. :class:`HitRates` predicts whether a rehearsed call *hits*, that is, whether a real
move makes the same call. :class:`ShadowCalls` teaches the hit rates by calls that were never sent.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from ga_ooo.engine.ids import Step
from ga_ooo.model.requests import ModelAnswer, ModelCall

_KEPT_REQUESTS: Final = 4096
_KEPT_ANSWERS: Final = 9
_ENOUGH: Final = 3
"""With so many answers of one persona, the answers of other personas are not used."""

_COMMON: Final = 0.3
"""A word belongs to the form of the answers if so large a share of them contains the word."""

_WORDS: Final = re.compile(r"\w+")


class _Answers:
    """The latest answers at one site."""

    __slots__ = ("_answers", "_usual")

    def __init__(self) -> None:
        self._answers: deque[ModelAnswer] = deque(maxlen=_KEPT_ANSWERS)
        self._usual: ModelAnswer | None = None

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, answer: ModelAnswer) -> None:
        """Add an answer; the oldest one may be dropped."""
        self._answers.append(answer)
        self._usual = None

    def usual(self) -> ModelAnswer | None:
        """The most likely next answer; computed once, as predictions outnumber answers by far."""
        if self._usual is None and self._answers:
            self._usual = _most_usual(self._answers)
        return self._usual


class AnswerPredictor:
    """Predicts the answer to the same request as before; else the usual answer at the site."""

    def __init__(self) -> None:
        self._by_request: OrderedDict[str, ModelAnswer] = OrderedDict()
        self._by_site: defaultdict[tuple[str, str], _Answers] = defaultdict(_Answers)

    def learn(self, call: ModelCall, answer: ModelAnswer) -> None:
        """Learn from a real move's call. Calls outside of moves teach nothing."""
        if call.key is None:
            return
        for persona in ("", call.key.persona):
            self._by_site[persona, call.site].add(answer)
        if not answer.embedding:
            self._by_request[call.request.fingerprint] = answer
            if len(self._by_request) > _KEPT_REQUESTS:
                self._by_request.popitem(last=False)

    def predict(self, call: ModelCall) -> ModelAnswer | None:
        """The most likely answer; None if nothing was ever answered at the site."""
        assert call.key is not None
        same = self._by_request.get(call.request.fingerprint)
        if same is not None:
            return same
        own = self._by_site[call.key.persona, call.site]
        answers = own if len(own) >= _ENOUGH else self._by_site["", call.site]
        return answers.usual()


def _most_usual(answers: Sequence[ModelAnswer]) -> ModelAnswer:
    """The last answer of the most frequent form. The form of an answer is the set of its words
    that many of the answers share; so a conversation continues in a prediction if most do."""
    if answers[-1].embedding:
        return answers[-1]
    words = [frozenset(_WORDS.findall(answer.text)) for answer in answers]
    frequent = Counter(word for found in words for word in found)
    common = {word for word, count in frequent.items() if count >= _COMMON * len(answers)}
    forms = Counter(found & common for found in words)
    usual, _ = forms.most_common(1)[0]
    return next(
        answer
        for answer, found in zip(reversed(answers), reversed(words), strict=True)
        if found & common == usual
    )


_PRIOR_RATE: Final = 0.6
_PRIOR_CALLS: Final = 2.0
"""Before anything is known, a rate is computed as if so many calls had hit at the prior rate."""

_HALVING: Final = 100.0
"""After so many calls the counts are halved, so that rates follow the town's day."""

_NOTABLE: Final = 3.0
"""The count of a full context is saved from so many calls on."""


class CallContext(NamedTuple):
    """What is known about a call when a rehearsal makes it.

    Attributes:
        site: the functions of the host that make the call.
        distance: steps from the persona's commit step to the rehearsed step, as a bucket.
        unconfirmed: sites of the predicted answers that the rehearsal rests on and that no true
            answer has confirmed.
    """

    site: str
    distance: int
    unconfirmed: frozenset[str] = frozenset()


def distance_bucket(steps: int) -> int:
    """The bucket of a distance in steps: 0, 1, 2 to 3, 4 to 7 and so on."""
    return steps.bit_length()


class HitCount(NamedTuple):
    """Hits among calls, in the form in which they are saved.

    Attributes:
        site: of the calls.
        distance: bucket of their distance; None if calls of all distances are counted.
        unconfirmed: sites of their predictions; None if calls with any predictions are counted.
        hits: how many hit.
        calls: how many there were.
    """

    site: str
    distance: int | None
    unconfirmed: list[str] | None
    hits: float
    calls: float


@dataclass(slots=True)
class _Counter:
    hits: float = 0.0
    calls: float = 0.0

    def count(self, hit: bool) -> None:
        if self.calls > _HALVING:
            self.hits /= 2
            self.calls /= 2
        self.hits += hit
        self.calls += 1

    def rate(self, prior: float) -> float:
        return (self.hits + _PRIOR_CALLS * prior) / (self.calls + _PRIOR_CALLS)


_EMPTY: Final = _Counter()
_Key: TypeAlias = tuple[str, int] | tuple[str, str] | CallContext
"""A call's site with its distance, its site with the site of a prediction, or its context."""


class HitRates:
    """Hit rates, learned call by call.

    Hits are counted by site and distance, by site and prediction, and by full context. The first
    two counts give the prior of a context that is new.
    """

    def __init__(self) -> None:
        self._counters: dict[_Key, _Counter] = {}

    def rate(self, context: CallContext) -> float:
        """The estimated hit rate, in [0, 1]."""
        return self._counters.get(context, _EMPTY).rate(self._prior(context))

    def learn(self, context: CallContext, hit: bool) -> None:
        """Learn that a call of this context hit or missed."""
        self._count(context, hit)
        if hit or not context.unconfirmed:
            self._count((context.site, context.distance), hit)
        if hit:
            for site in context.unconfirmed:
                self._count((context.site, site), hit)
        elif context.unconfirmed:
            # One misprediction explains the miss: count it against the weakest one only.
            self._count((context.site, self.weakest_prediction(context)), hit)

    def weakest_prediction(self, context: CallContext) -> str:
        """The site of the prediction with the lowest hit rate of calls that rest on it."""
        return min(sorted(context.unconfirmed), key=lambda site: self._rate((context.site, site)))

    def counts(self) -> Iterator[HitCount]:
        """All that was learned, to be saved."""
        for key, counter in self._counters.items():
            hits, calls = counter.hits, counter.calls
            if not isinstance(key, CallContext):
                site, other = key
                distance, predicted = (other, None) if isinstance(other, int) else (None, [other])
                yield HitCount(site, distance, predicted, hits, calls)
            elif calls >= _NOTABLE:
                yield HitCount(key.site, key.distance, sorted(key.unconfirmed), hits, calls)

    def load(self, counts: Iterable[HitCount]) -> None:
        """Start from saved counts."""
        for site, distance, unconfirmed, hits, calls in counts:
            key: _Key
            if unconfirmed is None:
                assert distance is not None
                key = (site, distance)
            elif distance is None:
                key = (site, unconfirmed[0])
            else:
                key = CallContext(site, distance, frozenset(unconfirmed))
            self._counters[key] = _Counter(hits, calls)

    def _prior(self, context: CallContext) -> float:
        """The rate that the distance and each prediction alone let expect."""
        # A larger distance never makes a hit more likely.
        nearer = [
            self._rate((context.site, distance))
            for distance in range(context.distance + 1)
            if (context.site, distance) in self._counters
        ]
        rate = min(nearer, default=_PRIOR_RATE)
        if context.unconfirmed:
            rate *= min(self._rate((context.site, site)) for site in context.unconfirmed)
        return rate

    def _rate(self, key: _Key) -> float:
        return self._counters.get(key, _EMPTY).rate(_PRIOR_RATE)

    def _count(self, key: _Key, hit: bool) -> None:
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = _Counter()
        counter.count(hit)


Key = TypeVar("Key")
"""What identifies a call."""


class ShadowCalls(Generic[Key]):
    """Teaches hit rates by rehearsed calls that were not admitted.

    A real move makes such a call or does not, whether or not anything was spent on it. Outcomes
    count when the persona commits the step, hits too: if hits counted at once, then all outcomes
    of a step in progress would be hits.

    Args:
        rates: learn from the shadow calls.
    """

    def __init__(self, rates: HitRates) -> None:
        self._rates = rates
        self._steps: dict[str, dict[Key, dict[CallContext, Step]]] = {}
        self._hits: dict[str, list[CallContext]] = {}

    def add(self, persona: str, key: Key, step: Step, context: CallContext) -> None:
        """A rehearsal of the persona's ``step`` made this call."""
        self._steps.setdefault(persona, {}).setdefault(key, {})[context] = step

    def called(self, persona: str, key: Key) -> None:
        """A real move of the persona makes this call."""
        hits = self._steps.get(persona, {}).pop(key, ())
        if hits:
            self._hits.setdefault(persona, []).extend(hits)

    def committed(self, persona: str, step: Step) -> None:
        """The persona has committed ``step``: calls rehearsed for it that were not made missed."""
        for context in self._hits.pop(persona, ()):
            self._rates.learn(context, hit=True)
        calls = self._steps.get(persona)
        if not calls:
            return
        for key, contexts in list(calls.items()):
            for context in [context for context, then in contexts.items() if then <= step]:
                del contexts[context]
                self._rates.learn(context, hit=False)
            if not contexts:
                del calls[key]

    def clear(self) -> None:
        """Forget all shadow calls; their outcomes will not be known."""
        self._steps.clear()
        self._hits.clear()

"""Guessed answers, so that a rehearsal need not wait for a call to see what is asked next.

As a CPU predicts the value of a load that misses its cache: by earlier ones at the same place.
Many answers change nothing in the next prompts (how poignant was that event? what emoji is it?);
where they do, the gate learns that calls after such a guess are not worth asking.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Sequence
from typing import Final

from ga_ooo.model.requests import ModelAnswer, ModelCall

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


class Guesses:
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

"""Guessed answers, so that a rehearsal need not wait for a call to see what is asked next.

As a CPU predicts the value of a load that misses its cache: by earlier ones at the same place.
Many answers change nothing in the next prompts (how poignant was that event? what emoji is it?);
where they do, the gate learns that calls after such a guess are not worth asking.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from typing import Final

from ga_ooo.llm.requests import ModelAnswer, ModelCall

_KEPT_REQUESTS: Final = 4096
_KEPT_ANSWERS: Final = 9
_ENOUGH: Final = 3
"""Answers of one persona from which on others' are not looked at."""

_COMMON: Final = 0.3
"""A word is part of the form of answers if so large a share of them has it."""

_WORDS: Final = re.compile(r"\w+")


class Guesses:
    """Remembers answers by what was asked, and by who asked and where in the host's code."""

    def __init__(self) -> None:
        self._by_request: OrderedDict[str, ModelAnswer] = OrderedDict()
        self._by_place: dict[tuple[str, str], deque[ModelAnswer]] = {}

    def learn(self, call: ModelCall, answer: ModelAnswer) -> None:
        """A move's call was answered."""
        if call.key is None:
            return
        for persona in ("", call.key.persona):
            place = (persona, call.site)
            self._by_place.setdefault(place, deque(maxlen=_KEPT_ANSWERS)).append(answer)
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
        own = self._by_place.get((call.key.persona, call.site), ())
        everybodys = self._by_place.get(("", call.site), ())
        answers = own if len(own) >= _ENOUGH else everybodys
        return _most_usual(answers) if answers else None


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

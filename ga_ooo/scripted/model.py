"""The scripted model: answers every prompt of the host as a function of its text alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest
from ga_ooo.scripted.embedding import embed
from ga_ooo.scripted.prompts import RULES
from ga_ooo.scripted.prompts.fallback import answer_unknown
from ga_ooo.scripted.rules import Prompt, Rule, find_rule, render

MODEL_NAME = "scripted"
_CHARACTERS_PER_TOKEN = 4


class ScriptedModel:
    """Plausible, valid answers to the host's prompts, offline and at once.

    The answer depends on the prompt, ``max_tokens``, ``stop`` and ``dimensions``, on nothing
    else: not on seed, time or earlier calls. So runs with it can be compared byte by byte.
    """

    def __init__(self, embedding_width: int = 64, *, extra_rules: Sequence[Rule] = ()) -> None:
        """
        Args:
            embedding_width: components of an embedding where a request names no
                ``dimensions``.
            extra_rules: rules of a fork, tried before the host's.
        """
        self.embedding_width = embedding_width
        self._rules = (*extra_rules, *RULES)

    def answer_text(self, request: ModelRequest) -> ModelAnswer:
        """Answer a request of any kind."""
        text = request.text
        if request.kind is CallKind.EMBEDDING:
            width = request.parameters.get("dimensions", self.embedding_width)
            vector = embed(text, width)
            return ModelAnswer(embedding=vector, prompt_tokens=count_tokens(text), model=MODEL_NAME)
        prompt = Prompt(text)
        rule = find_rule(self._rules, text)
        whole = render(prompt, rule.answer(prompt) if rule else answer_unknown(prompt))
        answer, reason = _cut(whole, request.parameters)
        return ModelAnswer(
            text=answer,
            finish_reason=reason,
            prompt_tokens=count_tokens(text),
            output_tokens=count_tokens(answer),
            model=MODEL_NAME,
        )


def count_tokens(text: str) -> int:
    """Tokens of a text, at four characters each."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def recognise(text: str) -> str:
    """The kind of the host's prompts that a text is, or ``unknown``."""
    rule = find_rule(RULES, text)
    return rule.name if rule else "unknown"


def _cut(text: str, parameters: Any) -> tuple[str, str]:
    """Apply ``stop`` and ``max_tokens`` as the real API does."""
    stops = parameters.get("stop") or ()
    for stop in (stops,) if isinstance(stops, str) else stops:
        position = text.find(stop)
        if position >= 0:
            text = text[:position]
    limit = parameters.get("max_tokens", parameters.get("max_completion_tokens"))
    if limit is not None and count_tokens(text) > limit:
        return text[: limit * _CHARACTERS_PER_TOKEN], "length"
    return text, "stop"

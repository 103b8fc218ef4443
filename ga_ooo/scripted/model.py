"""The scripted model: answers every prompt of the host as a function of its text alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ga_ooo.host.prompts.kinds import UNKNOWN, Family, Kind, recognise
from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.host.prompts.templates import Templates
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelRequest
from ga_ooo.scripted.answering import Rule, written
from ga_ooo.scripted.answers import ANSWERS
from ga_ooo.scripted.embedding import embed
from ga_ooo.scripted.mimicry import answer_unknown
from ga_ooo.scripted.mimicry.structured import structured
from ga_ooo.scripted.minitown import answer_minitown
from ga_ooo.scripted.unknown import UnknownPrompts

MODEL_NAME = "scripted"
_CHARACTERS_PER_TOKEN = 4

_PROSE: Final = frozenset({"conversation summary"})
"""Kinds that the original answers with a text, recognised by a phrase that forks use too."""


class ScriptedModel:
    """Plausible, valid answers to the host's prompts, offline and without delay.

    An answer depends only on the prompt, ``response_format``, ``max_tokens``, ``stop`` and
    ``dimensions``: not on the seed, the time or earlier calls. So runs with this model can be
    compared byte by byte.

    Args:
        embedding_width: components of an embedding where a request names no ``dimensions``.
        extra_rules: rules of a fork, tried before the kinds that the package knows.
        templates: of the host, for prompts of these kinds in other words or languages.
        unknown_prompts: counts the prompts that the model does not know.
    """

    def __init__(
        self,
        embedding_width: int = 64,
        *,
        extra_rules: Sequence[Rule] = (),
        templates: Templates | None = None,
        unknown_prompts: UnknownPrompts | None = None,
    ) -> None:
        self.embedding_width = embedding_width
        self.unknown_prompts = unknown_prompts or UnknownPrompts()
        self._extra_rules = tuple(extra_rules)
        self._templates = templates or Templates()

    def answer_text(self, request: ModelRequest, attempt: int = 0) -> ModelAnswer:
        """Answer a request of any kind.

        Args:
            request: the request.
            attempt: how often host code failed on the move that asks. A prompt that the model
                does not know gets another answer then.
        """
        text = request.text
        if request.kind is CallKind.EMBEDDING:
            width = request.parameters.get("dimensions", self.embedding_width)
            vector = embed(text, width)
            return ModelAnswer(embedding=vector, prompt_tokens=count_tokens(text), model=MODEL_NAME)
        whole = self._whole_answer(text, attempt)
        schema = _schema(request.parameters)
        if schema is not None:
            whole = structured(whole, schema, text, str(attempt))
        answer, reason = _cut(whole, request.parameters)
        return ModelAnswer(
            text=answer,
            finish_reason=reason,
            prompt_tokens=count_tokens(text),
            output_tokens=count_tokens(answer),
            model=MODEL_NAME,
        )

    def _whole_answer(self, text: str, attempt: int) -> str:
        """The answer to a prompt before ``stop`` and ``max_tokens`` cut it."""
        prompt = Prompt(text)
        for rule in self._extra_rules:
            if rule.matches(text):
                return written(prompt, rule.answer(prompt))
        template = self._templates.find(text)
        if template is not None:
            self.unknown_prompts.known()
            if template.original:
                return written(prompt, ANSWERS[template.kind](prompt))
            return written(prompt, answer_unknown(prompt, template.kind, attempt))
        kind = recognise(text)
        if kind is UNKNOWN or _asks_for_another_form(prompt, kind):
            answer = written(prompt, answer_unknown(prompt, attempt=attempt))
            self.unknown_prompts.unknown(text, answer)
            return answer
        self.unknown_prompts.known()
        if kind.family is Family.MINITOWN:
            return answer_minitown(kind.name, text) or written(prompt, answer_unknown(prompt))
        return written(prompt, ANSWERS[kind.name](prompt))


def _asks_for_another_form(prompt: Prompt, kind: Kind) -> bool:
    """Whether a prompt shares words with a known kind, but asks for a number in place of its text.

    A fork may show a conversation and its summary to ask about them.
    """
    return kind.name in _PROSE and (prompt.example or "").strip().isdecimal()


def count_tokens(text: str) -> int:
    """Tokens of a text, at four characters each."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


def _schema(parameters: Any) -> Mapping[str, Any] | None:
    """The JSON schema that the answer has to follow, if the request names one."""
    form = parameters.get("response_format")
    if not isinstance(form, Mapping) or form.get("type") != "json_schema":
        return None
    schema = form["json_schema"].get("schema")
    return schema if isinstance(schema, Mapping) else None


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

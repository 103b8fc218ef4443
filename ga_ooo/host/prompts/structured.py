"""Structured outputs: if the host needs a form, the model is asked for that form.

Small models often fail the host's validators. The host then asks again, up to five times, and uses
a canned answer in the end. vLLM's ``structured_outputs`` makes a wrong form impossible.

A constrained answer that ends in prose may end as the host's own completions end: by the stop
texts of the request, or by a line end. Without them a model that was prompted by lines could not
stop, and would fill the rest with broken words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from ga_ooo.host.prompts import forms, minitown_forms
from ga_ooo.host.prompts.kinds import Family, recognise
from ga_ooo.host.prompts.minitown import MinitownPrompt
from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.model.grammar import Choice, Pattern, one_of, optional
from ga_ooo.model.requests import (
    CallKind,
    ClientLayer,
    ModelAnswer,
    ModelCall,
    ModelRequest,
    Reported,
)
from ga_ooo.model.structured import END_TOKENS, PARAMETER

_PROSE_TOKENS: Final = 256
"""Tokens of prose without a limit where the host sets no ``max_tokens``."""

_MOST_TOKENS: Final = 2048
"""Limit to which ``max_tokens`` is raised: more than any answer in words needs, and little enough
for a context of 4,096 tokens."""


def constrain(request: ModelRequest) -> ModelRequest:
    """The request with the form that its answer must have, if that is known.

    ``max_tokens`` is raised, if need be, to what the longest such answer takes at one token a
    byte: an answer that is cut has no form. Prose without a limit keeps the host's own
    ``max_tokens``, and what its fixed part takes is added.
    """
    answers = allowed_answers(request)
    if answers is None or PARAMETER in request.parameters:
        return request
    parameters = dict(request.parameters)
    cap = "max_completion_tokens" if "max_completion_tokens" in parameters else "max_tokens"
    parameters[cap] = _enough_tokens(answers, parameters.get(cap))
    parameters[PARAMETER] = answers.constraint
    return replace(request, parameters=parameters)


def _enough_tokens(answers: Pattern | Choice, given: Any) -> int:
    """``max_tokens`` for an answer.

    Args:
        given: the host's own, if it is a number.
    """
    enough = answers.longest + END_TOKENS
    if isinstance(answers, Pattern) and answers.tail is not None:
        return (given if isinstance(given, int) else _PROSE_TOKENS) + enough
    enough = min(enough, _MOST_TOKENS)
    return max(given, enough) if isinstance(given, int) else enough


def allowed_answers(request: ModelRequest) -> Pattern | Choice | None:
    """The answers that the host accepts; None if it accepts any, or the prompt is unknown."""
    if request.kind is CallKind.EMBEDDING:
        return None
    kind = recognise(request.text)
    answers: Pattern | Choice | None
    if kind.family is Family.MINITOWN:
        answers = minitown_forms.allowed_answers(kind.name, MinitownPrompt(request.text))
    else:
        answers = forms.allowed_answers(kind.name, Prompt(request.text))
    if isinstance(answers, Pattern) and answers.tail == "":
        return answers + optional(one_of(_ends(request.parameters.get("stop"))))
    return answers


def _ends(stop: Any) -> list[str]:
    """Texts that prose may end with: the host's stop texts, and line ends."""
    stops = (stop,) if isinstance(stop, str) else tuple(stop or ())
    return list(dict.fromkeys((*stops, "\n", "\n\n")))


class WholeAnswers(ClientLayer):
    """A model client whose constrained answers are whole: no prose ends within a word.

    Prose that has used up its room is cut at a word. So is prose that ``max_tokens`` has cut, and
    what has to follow it is added; an answer of several lines loses the line that was cut.
    """

    async def answer_with_report(self, call: ModelCall) -> Reported:
        """Answer one call, and report how the client came by the answer."""
        answer, report = await self._ask(call)
        if PARAMETER in call.request.parameters:
            pattern = allowed_answers(call.request)
            if isinstance(pattern, Pattern):
                answer = whole_answer(pattern, answer)
        return answer, report


def whole_answer(pattern: Pattern, answer: ModelAnswer) -> ModelAnswer:
    """An answer of a form without parts of words; as it is where it is no answer of the form."""
    if answer.finish_reason != "length":
        return replace(answer, text=pattern.trimmed(answer.text))
    completed = pattern.completed(answer.text)
    if completed is None:
        return answer
    return replace(answer, text=completed, finish_reason="stop")

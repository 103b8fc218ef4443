"""Structured outputs: a prompt whose answers have a form is asked with that form.

Small models fail the host's validators often; the host then asks again, up to five times, and
falls back to a canned answer. vLLM's ``structured_outputs`` makes a wrong form impossible.
"""

from __future__ import annotations

from dataclasses import replace

from ga_ooo.host.prompts import forms, minitown_forms
from ga_ooo.host.prompts.kinds import Family, recognise
from ga_ooo.host.prompts.minitown import MinitownPrompt
from ga_ooo.host.prompts.prompt import Prompt
from ga_ooo.model.grammar import Choice, Pattern
from ga_ooo.model.requests import CallKind, ModelRequest
from ga_ooo.model.structured import END_TOKENS, PARAMETER


def constrain(request: ModelRequest) -> ModelRequest:
    """The request with the form that its answer must have, where that is known.

    ``max_tokens`` is raised, if need be, to what the longest such answer takes at one token a
    byte: a cut answer would have no form.
    """
    answers = allowed_answers(request)
    if answers is None or PARAMETER in request.parameters:
        return request
    parameters = dict(request.parameters)
    cap = "max_completion_tokens" if "max_completion_tokens" in parameters else "max_tokens"
    given = parameters.get(cap)
    enough = answers.longest + END_TOKENS
    parameters[cap] = max(given, enough) if isinstance(given, int) else enough
    parameters[PARAMETER] = answers.constraint
    return replace(request, parameters=parameters)


def allowed_answers(request: ModelRequest) -> Pattern | Choice | None:
    """The answers that the host takes to a request; None where it takes any, or is unknown."""
    if request.kind is CallKind.EMBEDDING:
        return None
    kind = recognise(request.text)
    if kind.family is Family.MINITOWN:
        return minitown_forms.allowed_answers(kind.name, MinitownPrompt(request.text))
    return forms.allowed_answers(kind.name, Prompt(request.text))

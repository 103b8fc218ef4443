"""Structured outputs: a prompt whose answers have a form is asked with that form.

Small models fail the host's validators often; the host then asks again, up to five times, and
falls back to a canned answer. vLLM's ``structured_outputs`` makes a wrong form impossible.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ga_ooo.errors import ModelError
from ga_ooo.llm.endpoint import GENERATION, Endpoint
from ga_ooo.llm.errors import TransientModelError
from ga_ooo.llm.requests import CallKind, ModelCall, ModelRequest
from ga_ooo.llm.scripted import minitown as scripted_minitown
from ga_ooo.llm.scripted.model import recognise
from ga_ooo.llm.scripted.rules import Prompt
from ga_ooo.llm.shaping import host, minitown
from ga_ooo.llm.shaping.grammar import Choice, Pattern, emoji, number, optional, phrase

PARAMETER: Final = "structured_outputs"
"""Name of vLLM's parameter; it goes over the wire as it stands in the request, and into its
fingerprint, since it changes the answer."""

_END_TOKENS: Final = 2
_ATTEMPTS: Final = 3


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
    enough = answers.longest + _END_TOKENS
    parameters[cap] = max(given, enough) if isinstance(given, int) else enough
    parameters[PARAMETER] = answers.constraint
    return replace(request, parameters=parameters)


def allowed_answers(request: ModelRequest) -> Pattern | Choice | None:
    """The answers that the host takes to a request; None where it takes any, or is unknown."""
    if request.kind is CallKind.EMBEDDING:
        return None
    text = request.text
    kind = scripted_minitown.kind_of(text)
    if kind is not None:
        return minitown.allowed_answers(kind, text)
    return host.allowed_answers(recognise(text), Prompt(text))


_TRIAL: Final = (
    '{"'
    + phrase(3)
    + '": '
    + number(1, 10)
    + ', "'
    + emoji()
    + '"'
    + optional("\n" + phrase(2))
    + "}"
)
"""Has every construct that is used, and no model would answer so by itself."""


async def refusal(endpoint: Endpoint) -> str | None:
    """Why an endpoint cannot constrain answers; None if it can.

    Args:
        endpoint: in service, and asked for generated text.

    Raises:
        ModelError: it does not answer any more.
    """
    for kind in sorted(endpoint.config.kinds & GENERATION):
        request = ModelRequest(
            kind,
            "",
            messages=(("user", "Say hello."),) if kind is CallKind.CHAT else (),
            prompt="" if kind is CallKind.CHAT else "Hello",
            parameters={"max_tokens": _TRIAL.longest + _END_TOKENS, PARAMETER: _TRIAL.constraint},
        )
        try:
            text = await _ask(endpoint, ModelCall(request))
        except TransientModelError:
            raise
        except ModelError as error:
            return error.problem
        if not re.fullmatch(_TRIAL.regex, text):
            return f"{endpoint.url} does not keep to {PARAMETER}"
    return None


async def _ask(endpoint: Endpoint, call: ModelCall) -> str:
    """The answer's text, with a few attempts.

    Raises:
        ModelError: no attempt was answered.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return (await endpoint.client.answer(call)).text
        except TransientModelError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")

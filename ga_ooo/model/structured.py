"""Whether a server keeps to structured outputs: found out by one small trial request."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.errors import ModelError
from ga_ooo.model.errors import TransientModelError
from ga_ooo.model.grammar import emoji, number, optional, phrase
from ga_ooo.model.requests import CallKind, ModelCall, ModelRequest
from ga_ooo.model.routing.endpoint import GENERATION, Endpoint

PARAMETER: Final = "structured_outputs"
"""Name of vLLM's parameter; it goes over the wire as it stands in the request, and into its
fingerprint, since it changes the answer."""

END_TOKENS: Final = 2
"""Tokens that an answer takes beside its text."""

_ATTEMPTS: Final = 3


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
            parameters={"max_tokens": _TRIAL.longest + END_TOKENS, PARAMETER: _TRIAL.constraint},
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

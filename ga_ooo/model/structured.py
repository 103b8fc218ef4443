"""Finds out with one small request whether a server obeys structured outputs."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.errors import ModelError
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import TransientModelError
from ga_ooo.model.grammar import emoji, number, optional, prose
from ga_ooo.model.requests import GENERATION, CallKind, ModelCall, ModelClient, ModelRequest

PARAMETER: Final = "structured_outputs"
"""Name of vLLM's parameter. It is sent as it is in the request and is part of the request's
fingerprint, because it changes the answer."""

END_TOKENS: Final = 2
"""Tokens of an answer in addition to its text."""

_ATTEMPTS: Final = 3

_TRIAL: Final = (
    '{"'
    + prose(9)
    + '": '
    + number(1, 10)
    + ', "'
    + emoji()
    + '"'
    + optional("\n" + prose(9))
    + "}"
)
"""Contains every construct that is used, and no model would give this answer on its own."""


async def refusal(client: ModelClient, config: EndpointConfig) -> str | None:
    """The reason why a server cannot constrain answers; None if it can.

    Args:
        client: asks the server.
        config: the server's address and the kinds of calls that it gets.

    Raises:
        ModelError: the server does not answer any more.
    """
    for kind in sorted(config.kinds & GENERATION):
        request = ModelRequest(
            kind,
            "",
            messages=(("user", "Say hello."),) if kind is CallKind.CHAT else (),
            prompt="" if kind is CallKind.CHAT else "Hello",
            parameters={"max_tokens": _TRIAL.longest + END_TOKENS, PARAMETER: _TRIAL.constraint},
        )
        try:
            text = await _ask(client, ModelCall(request))
        except TransientModelError:
            raise
        except ModelError as error:
            return error.problem
        if not re.fullmatch(_TRIAL.regex, text):
            return f"{config.url} does not obey {PARAMETER}"
    return None


async def _ask(client: ModelClient, call: ModelCall) -> str:
    """The answer's text, after a few attempts.

    Raises:
        ModelError: no attempt was answered.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return (await client.answer(call)).text
        except TransientModelError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")

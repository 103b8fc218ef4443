"""Structured outputs: the parameter of a request, and a small request that tries it."""

from __future__ import annotations

import re
from typing import Final

from ga_ooo.model.grammar import emoji, number, optional, prose
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelRequest

PARAMETER: Final = "structured_outputs"
"""Name of vLLM's parameter. It is in the request and is part of the request's fingerprint, because
it changes the answer. For other servers the client translates it."""

END_TOKENS: Final = 2
"""Tokens of an answer in addition to its text."""

_TRIAL_TOKENS: Final = 24
"""A constrained answer is known by its beginning, and slow servers are not kept waiting."""
_TRIAL_BEGINNING: Final = '{"'
_TRIAL: Final = (
    _TRIAL_BEGINNING
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


def trial(kind: CallKind) -> ModelCall:
    """A small request of a kind, whose answer must have a form."""
    is_chat = kind is CallKind.CHAT
    request = ModelRequest(
        kind,
        "",
        messages=(("user", "Say hello."),) if is_chat else (),
        prompt="" if is_chat else "Hello",
        parameters={"max_tokens": _TRIAL_TOKENS, PARAMETER: _TRIAL.constraint},
    )
    return ModelCall(request)


def obeys(answer: ModelAnswer) -> bool:
    """Whether the answer to :func:`trial` has its form, as far as it goes."""
    if answer.finish_reason == "length":
        return answer.text.startswith(_TRIAL_BEGINNING)
    return re.fullmatch(_TRIAL.regex, answer.text) is not None

"""Finds out whether a server gives equal answers to equal requests, alone and in a crowd.

Servers compute several requests together, and rounding depends on how many they are. So an answer
may change with the load. The journal makes a run exact all the same; a comparison without a journal
needs a server that repeats its answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.requests import (
    GENERATION,
    CallKind,
    ModelAnswer,
    ModelCall,
    ModelClient,
    ModelRequest,
)

CROWD: Final = 16
"""Other requests that are in flight at the same time."""

_TEXT: Final = "On a quiet morning the town wakes up, and the first person in the cafe says:"
_PARAMETERS: Final = {"max_tokens": 32, "temperature": 0.8}
_SEED: Final = 7


@dataclass(frozen=True)
class Repeatability:
    """Whether one kind of call is answered equally.

    Attributes:
        kind: of the calls.
        alone: two requests, one after the other, have equal answers.
        in_a_crowd: so has a third one that is answered beside others.
    """

    kind: CallKind
    alone: bool
    in_a_crowd: bool


async def find_repeatability(client: ModelClient, config: EndpointConfig) -> list[Repeatability]:
    """Ask a server the same three times for each kind of call that it gets.

    Completions are not tried where chat is: both are generated in the same way.

    Raises:
        ModelError: the server does not answer.
    """
    kinds = set(config.kinds)
    if CallKind.CHAT in kinds:
        kinds.discard(CallKind.COMPLETION)
    return [await _of_kind(client, kind) for kind in sorted(kinds)]


async def _of_kind(client: ModelClient, kind: CallKind) -> Repeatability:
    first = _content(await client.answer(_call(kind, _TEXT)))
    second = _content(await client.answer(_call(kind, _TEXT)))
    others = [f"{number}. {_TEXT[number:]}" for number in range(CROWD)]
    texts = [*others[: CROWD // 2], _TEXT, *others[CROWD // 2 :]]
    answers = await asyncio.gather(*(client.answer(_call(kind, text)) for text in texts))
    return Repeatability(kind, first == second, first == _content(answers[CROWD // 2]))


def _call(kind: CallKind, text: str) -> ModelCall:
    if kind is CallKind.CHAT:
        request = ModelRequest(kind, "", messages=(("user", text),), parameters=_PARAMETERS)
    else:
        parameters = _PARAMETERS if kind in GENERATION else {}
        request = ModelRequest(kind, "", prompt=text, parameters=parameters)
    return ModelCall(request, seed=_SEED)


def _content(answer: ModelAnswer) -> tuple[str, tuple[float, ...]]:
    return answer.text, answer.embedding

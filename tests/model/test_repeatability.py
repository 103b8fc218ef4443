"""Whether equal requests get equal answers: asked alone and in a crowd."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest

from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.repeatability import CROWD, Repeatability, find_repeatability
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall

CONFIG = EndpointConfig("http://127.0.0.1:1/v1", frozenset(CallKind))


class Server:
    """Answers by a function of the number of requests in flight."""

    def __init__(self, noise: Callable[[int], float]) -> None:
        self._noise = noise
        self.in_flight = self.peak = 0

    async def answer(self, call: ModelCall) -> ModelAnswer:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        await asyncio.sleep(0)
        noise = self._noise(self.in_flight)
        self.in_flight -= 1
        if call.request.kind is CallKind.EMBEDDING:
            return ModelAnswer(embedding=(1.0, noise))
        return ModelAnswer(f"{call.request.text} {call.seed} {noise}")

    async def close(self) -> None:
        pass


COUNT = itertools.count()


@pytest.mark.parametrize(
    ("noise", "alone", "in_a_crowd"),
    [
        (lambda in_flight: 0.0, True, True),
        (lambda in_flight: float(in_flight > 4), True, False),
        (lambda in_flight: float(next(COUNT)), False, False),
    ],
)
async def test_alone_and_in_a_crowd(
    noise: Callable[[int], float], alone: bool, in_a_crowd: bool
) -> None:
    server = Server(noise)
    found = await find_repeatability(server, CONFIG)
    assert found == [
        Repeatability(kind, alone, in_a_crowd) for kind in (CallKind.CHAT, CallKind.EMBEDDING)
    ]
    assert server.peak == CROWD + 1

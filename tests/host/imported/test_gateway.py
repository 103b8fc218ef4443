"""Calls of rehearsed moves, which repeat the calls of earlier rehearsals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast

import pytest

from ga_ooo.engine.loop.fibers import Move, move_without_fiber
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall, ModelClient, ModelRequest


class Rehearsing:
    """A gateway that shapes requests, and a rehearsal that notes its calls."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.shaped: list[ModelRequest] = []
        self.gateway = Gateway(cast(ModelClient, None), 0, loop, self._shape)

    def rehearse(self, *prompts: str, step: int = 3, cap: int = 9) -> list[ModelCall]:
        """The calls of a rehearsed move that asks these prompts."""
        move, calls = Move(0, 0, "Ada", step), list[ModelCall]()

        def answer(call: ModelCall) -> ModelAnswer:
            calls.append(call)
            return ModelAnswer("well")

        move.rehearsal = answer
        with move_without_fiber(move):
            for prompt in prompts:
                # Host code makes a new text each time.
                text = "".join(list(prompt))
                parameters = {"max_tokens": cap}
                request = ModelRequest(CallKind.COMPLETION, "m", prompt=text, parameters=parameters)
                self.gateway.ask(request)
        assert sum(move.occurrences.values()) == move.ordinal == len(prompts)
        return calls

    def _shape(self, request: ModelRequest) -> ModelRequest:
        self.shaped.append(request)
        return request


@pytest.fixture
def rehearsing() -> Iterator[Rehearsing]:
    """A gateway whose loop is closed at the end."""
    loop = asyncio.new_event_loop()
    yield Rehearsing(loop)
    loop.close()


def test_a_repeated_call_is_made_once(rehearsing: Rehearsing) -> None:
    first = rehearsing.rehearse("one", "two", "one")
    again = rehearsing.rehearse("one", "two", "one")
    assert again == first
    assert [call.occurrence for call in again] == [0, 0, 1]
    assert [call.key.ordinal for call in again if call.key is not None] == [0, 1, 2]
    assert len(rehearsing.shaped) == 3


def test_the_fingerprint_of_a_repeated_request_is_computed_once() -> None:
    first, again = (ModelRequest(CallKind.COMPLETION, "m", prompt="one") for _ in range(2))
    again.share_fingerprint(first)
    assert vars(again)["fingerprint"] is first.fingerprint


def test_only_an_equal_call_is_repeated(rehearsing: Rehearsing) -> None:
    rehearsing.rehearse("one", "two")
    calls = rehearsing.rehearse("one", "three")
    assert len(rehearsing.shaped) == 3
    assert [call.request.prompt for call in calls] == ["one", "three"]
    (call,) = rehearsing.rehearse("one", cap=8)
    assert call.request.parameters == {"max_tokens": 8}
    assert len(rehearsing.shaped) == 4
    (call,) = rehearsing.rehearse("one", step=4)
    assert call.priority == 4
    assert len(rehearsing.shaped) == 5
    assert [call.occurrence for call in rehearsing.rehearse("three", "three")] == [0, 1]

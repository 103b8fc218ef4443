"""A prefetch cache above a slow model, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from math import inf
from typing import Any

from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.errors import ModelError
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.runahead.predictor import CallContext
from ga_ooo.runahead.prefetch import Prefetch, PrefetchCache
from ga_ooo.runahead.questions import Prefetching

SECONDS = 10.0
CONTEXT = CallContext("plan>talk", 1)


class SlowModel:
    """A model that never gives the same answer twice; the next ``failures`` calls fail."""

    def __init__(self) -> None:
        self.asked: list[ModelCall] = []
        self.failures = 0
        self.closed = False

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""
        self.asked.append(call)
        number = len(self.asked)
        await asyncio.sleep(SECONDS)
        if self.failures:
            self.failures -= 1
            raise ModelError("the model had a mishap", "ask again")
        return ModelAnswer(f"answer {number}", prompt_tokens=90, output_tokens=10)

    async def close(self) -> None:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""
        self.closed = True


class Trial:
    """A prefetch cache above a slow model, on a loop in virtual time."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self.loop = loop
        self.model = SlowModel()
        self.prefetching = Prefetching(self.model, inf)
        self.cache: PrefetchCache = self.prefetching.cache
        self.cache.active = True

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run the coroutine to its end."""
        return self.loop.run_until_complete(coroutine)

    def prefetch(self, call: ModelCall, wait: float = 0.0) -> Prefetch:
        """A rehearsal makes a call; then so many seconds pass."""

        async def send() -> Prefetch:
            prefetch = self.cache.prefetch(call, CONTEXT)
            await asyncio.sleep(wait)
            return prefetch

        prefetch = self.run(send())
        assert isinstance(prefetch, Prefetch)
        return prefetch

    def answer(self, call: ModelCall) -> str:
        """A move makes a call."""
        answer: ModelAnswer = self.run(self.cache.answer(call))
        return answer.text

    @property
    def counts(self) -> tuple[int, int, int]:
        """What admission has counted: prefetches, hits, wasted tokens."""
        admission = self.prefetching.admission
        return admission.prefetched, admission.hits, admission.wasted_tokens


def call(
    prompt: str = "how are you?", step: int = 5, persona: str = "Ada", occurrence: int = 0
) -> ModelCall:
    """A call of a move or a rehearsal."""
    request = ModelRequest(CallKind.COMPLETION, "model", prompt=prompt)
    return ModelCall(request, CallKey(persona, step, 0), occurrence, priority=step)


def embedding(persona: str, step: int) -> ModelCall:
    """The same text for everybody."""
    request = ModelRequest(CallKind.EMBEDDING, "model", prompt="tea")
    return ModelCall(request, CallKey(persona, step, 0))

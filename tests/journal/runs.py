"""A run for tests of the journal: its identity, its calls, and a model without equal answers."""

from __future__ import annotations

from pathlib import Path

from ga_ooo.journal.records import Durability, JournalMode, RunIdentity
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest

IDENTITY = RunIdentity(seed=7, host="fe05a71", scenario="the_ville_n3", model="llama; t=0.7")


def open_journal(
    path: Path,
    mode: JournalMode = JournalMode.RECORD,
    durability: Durability = Durability.NORMAL,
) -> Journal:
    """A journal of this run; by default with the fast durability."""
    return Journal(path, IDENTITY, mode, durability)


def chat(prompt: str, key: CallKey | None, **parameters: object) -> ModelCall:
    """A chat of one message."""
    request = ModelRequest(CallKind.CHAT, "gpt", (("user", prompt),), parameters=parameters)
    return ModelCall(request, key)


def embed(text: str, key: CallKey | None) -> ModelCall:
    """A request for an embedding."""
    return ModelCall(ModelRequest(CallKind.EMBEDDING, "ada", prompt=text), key)


class ForgetfulModel:
    """Never gives the same answer twice, as a real model may.

    Attributes:
        asked: the calls in order.
        closed: how often it was closed.
    """

    def __init__(self, name: str = "") -> None:
        self.asked: list[ModelCall] = []
        self.closed = 0
        self._name = name

    async def answer(self, call: ModelCall) -> ModelAnswer:
        self.asked.append(call)
        number = len(self.asked)
        if call.request.kind is CallKind.EMBEDDING:
            return ModelAnswer(embedding=(number / 3, -0.0, 1.0), prompt_tokens=2, model="e5")
        return ModelAnswer(
            f"{self._name} answer {number} to {call.request.text}", (), "length", 11, 3, "llama"
        )

    async def close(self) -> None:
        self.closed += 1

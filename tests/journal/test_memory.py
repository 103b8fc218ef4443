"""The journal in memory: answers by call key, for steps that are taken again."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from ga_ooo.errors import ModelError
from ga_ooo.journal.memory import MemoryJournal
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest


class NewAnswers:
    """Never gives the same answer twice."""

    def __init__(self) -> None:
        self._numbers = count()

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""
        return ModelAnswer(text=str(next(self._numbers)))

    async def close(self) -> None:
        """See :class:`~ga_ooo.model.requests.ModelClient`."""


def call(step: int | None, prompt: str = "?") -> ModelCall:
    """The first call of Ada's move at a step; None for a call outside of moves."""
    request = ModelRequest(CallKind.COMPLETION, "m", prompt=prompt)
    return ModelCall(request, None if step is None else CallKey("Ada", step, 0))


def ask(journal: MemoryJournal, asked: ModelCall) -> str:
    """The text of the answer."""
    return asyncio.run(journal.answer(asked)).text


def test_a_replay_gets_the_same_answers() -> None:
    journal = MemoryJournal(NewAnswers())
    assert [ask(journal, call(step)) for step in (3, 4)] == ["0", "1"]
    with journal.replaying():
        assert [ask(journal, call(step)) for step in (4, 3)] == ["1", "0"]
        # Such calls belong to no step.
        assert ask(journal, call(None)) == "2"
    assert ask(journal, call(3)) == "3"


@pytest.mark.parametrize("asked", [call(4), call(3, "!")], ids=["unknown", "another prompt"])
def test_a_replay_that_asks_something_else_is_refused(asked: ModelCall) -> None:
    journal = MemoryJournal(NewAnswers())
    ask(journal, call(3))
    with journal.replaying(), pytest.raises(ModelError, match="differs on the second try"):
        ask(journal, asked)


def test_answers_before_a_checkpoint_are_dropped() -> None:
    journal = MemoryJournal(NewAnswers())
    for step in (3, 4):
        ask(journal, call(step))
    journal.forget_before(4)
    with journal.replaying():
        assert ask(journal, call(4)) == "1"
        with pytest.raises(ModelError):
            ask(journal, call(3))

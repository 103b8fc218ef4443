"""What a worker asks about the calls of its rehearsals, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from greenlet import greenlet

from ga_ooo.cluster.frames import Answered, FromWorker, Known, Replied
from ga_ooo.cluster.worker_side.asking import RemoteQuestions
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.runahead.predictor import CallContext
from ga_ooo.runahead.questions import Reply

NAME = "Ann"
CONTEXT = CallContext("plan", 3)
BETTER = ModelAnswer(text="better")


def a_call(step: int) -> ModelCall:
    """A call that a rehearsal of a step makes."""
    request = ModelRequest(CallKind.COMPLETION, "model", prompt="What now?")
    return ModelCall(request, CallKey(NAME, step, 0, 0), 0, 1, priority=step, site="plan")


def sent(questions: RemoteQuestions) -> FromWorker:
    """What the worker says next."""
    frame = FromWorker(1, 1)
    questions.take(frame)
    return frame


def put(questions: RemoteQuestions, call: ModelCall, *reply: Any) -> Reply:
    """Put a call as a rehearsal does. The main process replies so, if it is asked."""
    fiber = greenlet(lambda: questions.put(call, lambda: CONTEXT))
    result: Any = fiber.switch()
    if not fiber.dead:
        (question,) = sent(questions).questions
        questions.replied(Replied(question.number, *reply))
        result = fiber.switch()
    assert isinstance(result, Reply)
    return result


def in_a_loop(test: Callable[[RemoteQuestions], None]) -> None:
    """Prefetches belong to a loop."""

    async def run() -> None:
        test(RemoteQuestions({NAME: 0}))

    asyncio.run(run())


def test_a_refused_call_is_asked_about_until_its_step_is_committed() -> None:
    def test(questions: RemoteQuestions) -> None:
        call = a_call(step=10)
        put(questions, call, Known.NOT_SENT)
        for step in (7, 8, 9):
            questions.forget_calls(NAME, step)
            assert not questions.would_find(call, CONTEXT)
            (check,) = sent(questions).checks
        questions.findable(check.question)
        assert questions.would_find(call, CONTEXT)
        questions.forget_calls(NAME, 10)
        assert not questions.would_find(call, CONTEXT)
        assert not sent(questions).checks

    in_a_loop(test)


def test_a_call_in_flight_gets_the_newest_prediction() -> None:
    def test(questions: RemoteQuestions) -> None:
        call = a_call(step=10)
        assert put(questions, call, Known.IN_FLIGHT, ModelAnswer(text="first")).prediction
        assert put(questions, call, Known.IN_FLIGHT, BETTER).prediction == BETTER

    in_a_loop(test)


def test_an_answer_serves_all_rehearsals_until_a_move_has_used_it() -> None:
    def test(questions: RemoteQuestions) -> None:
        call = a_call(step=10)
        first = put(questions, call, Known.IN_FLIGHT).prefetch
        questions.answered(Answered(1, BETTER))
        assert first is not None and first.answer is not None
        again = put(questions, call).prefetch
        assert again is first
        questions.used_calls(NAME, {call.request.fingerprint: 1})
        assert put(questions, call, Known.NOT_SENT).prefetch is None

    in_a_loop(test)

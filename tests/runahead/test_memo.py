"""The memo: each answer that was asked for early is used once, by the move that asks the same."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.errors import ModelError
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.runahead.calls import Prefetching
from ga_ooo.runahead.predictor import Outlook
from ga_ooo.runahead.prefetch import REHEARSED_PRIORITY, Prefetch, PrefetchCache

SECONDS = 10.0
OUTLOOK = Outlook("plan>talk", 1)


class Slow:
    """A model that takes its time and never says the same twice; it fails where it is told to."""

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
    """A memo over a slow model, on a loop in virtual time."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        self.loop = loop
        self.model = Slow()
        self.early = Prefetching(self.model, inf)
        self.memo: PrefetchCache = self.early.cache
        self.memo.active = True

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run to its end."""
        return self.loop.run_until_complete(coroutine)

    def ask_early(self, call: ModelCall, wait: float = 0.0) -> Prefetch:
        """A rehearsal asks; so many seconds pass."""

        async def ask() -> Prefetch:
            early = self.memo.ask_early(call, OUTLOOK)
            await asyncio.sleep(wait)
            return early

        early = self.run(ask())
        assert isinstance(early, Prefetch)
        return early

    def answer(self, call: ModelCall) -> str:
        """A move asks."""
        answer: ModelAnswer = self.run(self.memo.answer(call))
        return answer.text

    @property
    def settled(self) -> tuple[int, int, int]:
        """What the gate was told: asked early, hits, wasted tokens."""
        gate = self.early.admission
        return gate.prefetched, gate.hits, gate.wasted_tokens


@pytest.fixture
def trial() -> Iterator[Trial]:
    with trial_loop() as loop:
        yield Trial(loop)


@contextmanager
def trial_loop() -> Iterator[VirtualTimeLoop]:
    """A loop that must be left empty."""
    loop = VirtualTimeLoop()
    try:
        yield loop
        assert not asyncio.all_tasks(loop)
    finally:
        loop.close()


def call(
    prompt: str = "how are you?", step: int = 5, persona: str = "Ada", occurrence: int = 0
) -> ModelCall:
    """One call of a move or a rehearsal."""
    request = ModelRequest(CallKind.COMPLETION, "model", prompt=prompt)
    return ModelCall(request, CallKey(persona, step, 0), occurrence, priority=step)


def embedding(persona: str, step: int) -> ModelCall:
    """The same text for everybody."""
    request = ModelRequest(CallKind.EMBEDDING, "model", prompt="tea")
    return ModelCall(request, CallKey(persona, step, 0))


def test_a_move_finds_the_answer(trial: Trial) -> None:
    trial.ask_early(call(), wait=SECONDS + 1)
    before = trial.loop.time()
    assert trial.answer(call()) == "answer 1"
    assert trial.loop.time() == before
    assert len(trial.model.asked) == 1
    assert trial.settled == (1, 1, 0)


def test_a_move_joins_a_call_in_flight(trial: Trial) -> None:
    trial.ask_early(call(), wait=SECONDS / 2)
    assert trial.answer(call()) == "answer 1"
    assert trial.loop.time() == SECONDS
    assert len(trial.model.asked) == 1
    assert trial.settled == (1, 1, 0)


def test_the_answer_says_how_long_it_was_under_way(trial: Trial) -> None:
    trial.ask_early(call(), wait=SECONDS * 3)
    answer = trial.run(trial.memo.answer(call()))
    assert answer.seconds == SECONDS


def test_what_differs_is_asked(trial: Trial) -> None:
    trial.ask_early(call(), wait=SECONDS)
    for other in (call("and you?"), call(persona="Bea"), call(occurrence=1)):
        assert trial.answer(other) != "answer 1"
    assert trial.answer(call(step=9)) == "answer 1", "the step is no part of the question"


def test_each_answer_is_used_by_one_move(trial: Trial) -> None:
    trial.ask_early(call(), wait=SECONDS)
    assert trial.answer(call(step=5)) == "answer 1"
    assert trial.answer(call(step=6)) == "answer 2"
    assert trial.memo.find(call(step=7)) is None


def test_a_move_that_starts_over_gets_its_answer_again(trial: Trial) -> None:
    trial.ask_early(call(), wait=SECONDS)
    assert [trial.answer(call()), trial.answer(call())] == ["answer 1", "answer 1"]
    # Unless host code raised: with the same answers it would again.
    key = CallKey("Ada", 5, 0, attempt=1)
    assert trial.answer(replace(call(), key=key)) == "answer 2"
    assert trial.settled == (1, 1, 0)


def test_a_rehearsal_joins_a_moves_call(trial: Trial) -> None:
    async def both() -> Prefetch | None:
        asking = asyncio.ensure_future(trial.memo.answer(call()))
        await asyncio.sleep(1)
        found = trial.memo.find(call())
        await asking
        return found

    found = trial.run(both())
    assert found is not None and found.answer is not None
    assert found.answer.text == "answer 1"
    assert trial.settled == (0, 0, 0)


def test_the_vector_of_a_text_is_anybodys(trial: Trial) -> None:
    trial.ask_early(embedding("Ada", 5), wait=SECONDS)
    for persona, step in (("Ada", 5), ("Bea", 5), ("Bea", 9), ("Ada", 12)):
        assert trial.answer(embedding(persona, step)) == "answer 1"
    assert trial.settled == (1, 1, 0)


def test_an_embedding_that_fails_for_several_at_once(trial: Trial) -> None:
    trial.model.failures = 1

    async def three() -> list[ModelAnswer]:
        trial.memo.ask_early(embedding("Ada", 1), OUTLOOK)
        await asyncio.sleep(1)
        return await asyncio.gather(
            *(trial.memo.answer(embedding(persona, 1)) for persona in ("Bea", "Cleo"))
        )

    assert len(trial.run(three())) == 2
    for step in (1, 1000, 2000):
        for persona in ("Ada", "Bea", "Cleo"):
            trial.memo.passed(persona, step)


def test_rehearsed_calls_are_served_after_real_ones(trial: Trial) -> None:
    trial.ask_early(call(step=5), wait=SECONDS)
    assert trial.model.asked[0].priority == REHEARSED_PRIORITY + 5
    assert trial.answer(call("new", step=9000)) == "answer 2"
    assert trial.model.asked[1].priority == 9000


def test_a_failed_rehearsal_is_asked_again_by_the_move(trial: Trial) -> None:
    trial.model.failures = 1
    early = trial.ask_early(call(), wait=SECONDS)
    assert early.done.cancelled()
    assert trial.memo.find(call()) is None
    assert trial.answer(call()) == "answer 2"
    assert trial.settled == (1, 0, 0)


def test_a_rehearsal_that_fails_while_the_move_waits_for_it(trial: Trial) -> None:
    trial.model.failures = 1
    trial.ask_early(call(), wait=1)
    assert trial.answer(call()) == "answer 2"
    assert len(trial.model.asked) == 2


def test_a_failed_move_is_told_and_may_ask_again(trial: Trial) -> None:
    trial.model.failures = 1
    with pytest.raises(ModelError):
        trial.answer(call())
    assert trial.answer(call()) == "answer 2"


def test_whoever_waits_is_told_of_success_and_of_failure(trial: Trial) -> None:
    told: list[Prefetch] = []

    async def ask(prompt: str) -> Prefetch:
        early = trial.memo.ask_early(call(prompt), OUTLOOK)
        early.on_done.append(told.append)
        await asyncio.sleep(SECONDS)
        return early

    trial.model.failures = 1
    failed, answered = trial.run(ask("a")), trial.run(ask("b"))
    assert told == [failed, answered]
    assert failed.answer is None and answered.answer is not None


def test_a_step_that_passes_without_a_use_is_a_miss(trial: Trial) -> None:
    trial.ask_early(call(), wait=SECONDS)
    trial.memo.passed("Bea", 5)
    trial.memo.passed("Ada", 4)
    assert trial.settled == (1, 0, 0)
    trial.memo.passed("Ada", 5)
    trial.memo.passed("Ada", 6)
    assert trial.settled == (1, 0, 100), "counted once"


def test_the_right_question_at_the_wrong_step_is_late_and_used(trial: Trial) -> None:
    trial.ask_early(call(step=5), wait=SECONDS)
    trial.memo.passed("Ada", 5)
    assert trial.answer(call(step=40)) == "answer 1"
    assert trial.settled == (1, 1, 0)


def test_what_nobody_asks_for_is_forgotten_in_the_end(trial: Trial) -> None:
    trial.ask_early(call(step=5), wait=SECONDS)
    trial.memo.passed("Ada", 700)
    assert trial.memo.find(call(step=701)) is not None
    trial.memo.passed("Ada", 800)
    assert trial.memo.find(call(step=801)) is None


def test_closing_leaves_no_call_pending(trial: Trial) -> None:
    answered = trial.ask_early(call("a"), wait=SECONDS)
    pending = trial.ask_early(call("b"), wait=1)
    trial.run(trial.memo.drop_all())
    assert not asyncio.all_tasks(trial.loop)
    assert answered.answer is not None
    assert pending.done.cancelled()
    assert not trial.memo.active
    assert trial.memo.find(call("a")) is None
    assert trial.settled == (2, 0, 100), "what was paid for and not used is wasted"


def test_runs_in_parts_do_not_use_the_budget_up(trial: Trial) -> None:
    """What is cancelled at the end of a run weighs on no later one."""
    early = Prefetching(trial.model, 0.0)
    for part in range(100):
        early.cache.active = True

        async def ask(memo: PrefetchCache, prompt: str) -> None:
            memo.ask_early(call(prompt), OUTLOOK)
            await asyncio.sleep(1)
            await memo.drop_all()

        trial.run(ask(early.cache, f"part {part}"))
    assert early.admission.allows(OUTLOOK)


def test_without_rehearsals_it_passes_calls_on(trial: Trial) -> None:
    trial.memo.active = False
    assert [trial.answer(call()), trial.answer(call())] == ["answer 1", "answer 2"]
    outside = ModelCall(call().request)
    trial.memo.active = True
    assert [trial.answer(outside), trial.answer(outside)] == ["answer 3", "answer 4"]
    trial.run(trial.memo.close())
    assert trial.model.closed


def test_what_was_not_worth_asking_is_learned_from(trial: Trial) -> None:
    rates = trial.early.admission.rates
    before = rates.rate(OUTLOOK)
    trial.memo.leave(call(), OUTLOOK)
    trial.answer(call())
    trial.memo.passed("Ada", 5)
    hit = rates.rate(OUTLOOK)
    assert hit > before
    trial.memo.leave(call("and you?", step=6), OUTLOOK)
    trial.memo.passed("Ada", 6)
    assert rates.rate(OUTLOOK) < hit
    assert trial.settled == (0, 0, 0), "it has cost nothing"

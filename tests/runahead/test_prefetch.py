"""The prefetch cache: the move that makes the same call uses the answer, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.errors import ModelError
from ga_ooo.model.requests import CallKey, ModelAnswer, ModelCall
from ga_ooo.runahead.prefetch import PREFETCH_PRIORITY, Prefetch, PrefetchCache
from ga_ooo.runahead.questions import Prefetching
from tests.runahead.slow_model import CONTEXT, SECONDS, Trial, call, embedding


@pytest.fixture
def trial() -> Iterator[Trial]:
    loop = VirtualTimeLoop()
    try:
        yield Trial(loop)
        assert not asyncio.all_tasks(loop), "no call is left"
    finally:
        loop.close()


def test_a_move_uses_the_answer(trial: Trial) -> None:
    trial.prefetch(call(), wait=SECONDS + 1)
    before = trial.loop.time()
    assert trial.answer(call()) == "answer 1"
    assert trial.loop.time() == before
    assert len(trial.model.asked) == 1
    assert trial.counts == (1, 1, 0)


def test_a_move_joins_a_call_in_flight(trial: Trial) -> None:
    trial.prefetch(call(), wait=SECONDS / 2)
    assert trial.answer(call()) == "answer 1"
    assert trial.loop.time() == SECONDS
    assert len(trial.model.asked) == 1
    assert trial.counts == (1, 1, 0)


def test_the_answer_has_the_seconds_that_the_call_took(trial: Trial) -> None:
    trial.prefetch(call(), wait=SECONDS * 3)
    answer = trial.run(trial.cache.answer(call()))
    assert answer.seconds == SECONDS


def test_another_call_is_sent(trial: Trial) -> None:
    trial.prefetch(call(), wait=SECONDS)
    for other in (call("and you?"), call(persona="Bea"), call(occurrence=1)):
        assert trial.answer(other) != "answer 1"
    assert trial.answer(call(step=9)) == "answer 1", "the step is no part of the key"


def test_each_answer_is_used_by_one_move(trial: Trial) -> None:
    trial.prefetch(call(), wait=SECONDS)
    assert trial.answer(call(step=5)) == "answer 1"
    assert trial.answer(call(step=6)) == "answer 2"
    assert trial.cache.find(call(step=7)) is None


def test_a_move_that_starts_over_gets_its_answer_again(trial: Trial) -> None:
    trial.prefetch(call(), wait=SECONDS)
    assert [trial.answer(call()), trial.answer(call())] == ["answer 1", "answer 1"]
    # Unless host code raised: with the same answers it would raise again.
    key = CallKey("Ada", 5, 0, attempt=1)
    assert trial.answer(replace(call(), key=key)) == "answer 2"
    assert trial.counts == (1, 1, 0)


def test_a_rehearsal_joins_a_moves_call(trial: Trial) -> None:
    async def both() -> Prefetch | None:
        asking = asyncio.ensure_future(trial.cache.answer(call()))
        await asyncio.sleep(1)
        found = trial.cache.find(call())
        await asking
        return found

    found = trial.run(both())
    assert found is not None and found.answer is not None
    assert found.answer.text == "answer 1"
    assert trial.counts == (0, 0, 0)


def test_the_vector_of_a_text_serves_all_personas(trial: Trial) -> None:
    trial.prefetch(embedding("Ada", 5), wait=SECONDS)
    for persona, step in (("Ada", 5), ("Bea", 5), ("Bea", 9), ("Ada", 12)):
        assert trial.answer(embedding(persona, step)) == "answer 1"
    assert trial.counts == (1, 1, 0)


def test_a_rehearsal_uses_a_recorded_embedding(trial: Trial) -> None:
    recorded = ModelAnswer("", embedding=(0.5, 0.25))
    asked = embedding("Ada", 5)
    trial.prefetching.find_recorded = {asked.request.fingerprint: recorded}.get

    async def find() -> tuple[Prefetch | None, Prefetch | None]:
        return trial.prefetching.find(asked), trial.prefetching.find(call())

    found, other = trial.run(find())
    assert found is not None and found.answer is not None
    assert found.answer.embedding == recorded.embedding
    assert other is None, "the answers of other calls depend on the move"
    assert trial.model.asked == []
    assert trial.counts == (0, 0, 0)


def test_an_embedding_that_fails_for_several_personas(trial: Trial) -> None:
    trial.model.failures = 1

    async def three() -> list[ModelAnswer]:
        trial.cache.prefetch(embedding("Ada", 1), CONTEXT)
        await asyncio.sleep(1)
        return await asyncio.gather(
            *(trial.cache.answer(embedding(persona, 1)) for persona in ("Bea", "Cleo"))
        )

    assert len(trial.run(three())) == 2
    for step in (1, 1000, 2000):
        for persona in ("Ada", "Bea", "Cleo"):
            trial.cache.committed(persona, step)


def test_prefetches_are_served_after_real_calls(trial: Trial) -> None:
    trial.prefetch(call(step=5), wait=SECONDS)
    assert trial.model.asked[0].priority == PREFETCH_PRIORITY + 5
    assert trial.answer(call("new", step=9000)) == "answer 2"
    assert trial.model.asked[1].priority == 9000


def test_a_move_repeats_a_failed_prefetch(trial: Trial) -> None:
    trial.model.failures = 1
    prefetch = trial.prefetch(call(), wait=SECONDS)
    assert prefetch.done.cancelled()
    assert trial.cache.find(call()) is None
    assert trial.answer(call()) == "answer 2"
    assert trial.counts == (1, 0, 0)


def test_a_prefetch_that_fails_while_a_move_waits_for_it(trial: Trial) -> None:
    trial.model.failures = 1
    trial.prefetch(call(), wait=1)
    assert trial.answer(call()) == "answer 2"
    assert len(trial.model.asked) == 2


def test_a_failed_call_raises_in_the_move_and_may_be_repeated(trial: Trial) -> None:
    trial.model.failures = 1
    with pytest.raises(ModelError):
        trial.answer(call())
    assert trial.answer(call()) == "answer 2"


def test_listeners_are_called_after_success_and_after_failure(trial: Trial) -> None:
    done: list[Prefetch] = []

    async def send(prompt: str) -> Prefetch:
        prefetch = trial.cache.prefetch(call(prompt), CONTEXT)
        prefetch.on_done.append(done.append)
        await asyncio.sleep(SECONDS)
        return prefetch

    trial.model.failures = 1
    failed, answered = trial.run(send("a")), trial.run(send("b"))
    assert done == [failed, answered]
    assert failed.answer is None and answered.answer is not None


def test_an_unused_prefetch_misses_when_its_step_is_committed(trial: Trial) -> None:
    trial.prefetch(call(), wait=SECONDS)
    trial.cache.committed("Bea", 5)
    trial.cache.committed("Ada", 4)
    assert trial.counts == (1, 0, 0)
    trial.cache.committed("Ada", 5)
    trial.cache.committed("Ada", 6)
    assert trial.counts == (1, 0, 100), "counted once"


def test_the_right_call_at_the_wrong_step_is_a_late_hit(trial: Trial) -> None:
    trial.prefetch(call(step=5), wait=SECONDS)
    trial.cache.committed("Ada", 5)
    assert trial.answer(call(step=40)) == "answer 1"
    assert trial.counts == (1, 1, 0)


def test_an_answer_that_no_move_uses_is_evicted_in_the_end(trial: Trial) -> None:
    trial.prefetch(call(step=5), wait=SECONDS)
    trial.cache.committed("Ada", 700)
    assert trial.cache.find(call(step=701)) is not None
    trial.cache.committed("Ada", 800)
    assert trial.cache.find(call(step=801)) is None


def test_dropping_everything_cancels_the_calls_in_flight(trial: Trial) -> None:
    answered = trial.prefetch(call("a"), wait=SECONDS)
    pending = trial.prefetch(call("b"), wait=1)
    trial.run(trial.cache.drop_all())
    assert not asyncio.all_tasks(trial.loop)
    assert answered.answer is not None
    assert pending.done.cancelled()
    assert not trial.cache.active
    assert trial.cache.find(call("a")) is None
    assert trial.counts == (2, 0, 100), "tokens that were not used are wasted"


def test_cancelled_prefetches_do_not_use_up_the_budget(trial: Trial) -> None:
    """Prefetches that the end of a run cancels do not count in a later run."""
    prefetching = Prefetching(trial.model, 0.15)
    prefetching.admission.real_call("plan>other", ModelAnswer(prompt_tokens=50_000))
    for part in range(100):
        prefetching.cache.active = True

        async def send(cache: PrefetchCache, prompt: str) -> None:
            cache.prefetch(call(prompt), CONTEXT)
            await asyncio.sleep(1)
            await cache.drop_all()

        trial.run(send(prefetching.cache, f"part {part}"))
    assert prefetching.admission.admits(CONTEXT)


def test_without_rehearsals_the_cache_passes_calls_on(trial: Trial) -> None:
    trial.cache.active = False
    assert [trial.answer(call()), trial.answer(call())] == ["answer 1", "answer 2"]
    outside = ModelCall(call().request)
    trial.cache.active = True
    assert [trial.answer(outside), trial.answer(outside)] == ["answer 3", "answer 4"]
    trial.run(trial.cache.close())
    assert trial.model.closed


def test_hit_rates_learn_from_calls_that_were_not_admitted(trial: Trial) -> None:
    rates = trial.prefetching.admission.rates
    before = rates.rate(CONTEXT)
    trial.cache.shadow(call(), CONTEXT)
    trial.answer(call())
    trial.cache.committed("Ada", 5)
    hit = rates.rate(CONTEXT)
    assert hit > before
    trial.cache.shadow(call("and you?", step=6), CONTEXT)
    trial.cache.committed("Ada", 6)
    assert rates.rate(CONTEXT) < hit
    assert trial.counts == (0, 0, 0), "no tokens were spent"

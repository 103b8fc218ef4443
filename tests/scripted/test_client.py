"""The client waits for the modelled time on any event loop, and counts its calls."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Coroutine
from typing import Any

import pytest

from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.scripted import Latency, ScriptedClient, ScriptedModel


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop whose time jumps to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]  # private to asyncio
            heapq.heapify(self._scheduled)  # type: ignore[attr-defined]  # private to asyncio
            self._now = max(self._now, self._scheduled[0].when())  # type: ignore[attr-defined]  # private to asyncio
        super()._run_once()  # type: ignore[misc]  # private to asyncio


def run(main: Coroutine[Any, Any, None]) -> float:
    """Run on such a loop; returns its time at the end."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(main)
        return runner.get_loop().time()


def call(text: str = "Hi", *, priority: int = 0, kind: CallKind = CallKind.COMPLETION) -> ModelCall:
    return ModelCall(ModelRequest(kind, "m", prompt=text), priority=priority)


def answer(prompt_tokens: int = 100, output_tokens: int = 10) -> ModelAnswer:
    return ModelAnswer(prompt_tokens=prompt_tokens, output_tokens=output_tokens)


def test_seconds_are_base_and_tokens() -> None:
    latency = Latency(base=0.05, per_output_token=0.02, per_input_token=0.0001)
    assert latency.seconds(call(), answer()) == pytest.approx(0.26)
    assert latency.seconds(call(kind=CallKind.EMBEDDING), answer()) == pytest.approx(0.06)


def test_a_seed_changes_the_time_of_each_call() -> None:
    exact = Latency(base=1.0)
    calls = [ModelCall(call().request, key=CallKey("Ida", step, 0)) for step in range(200)]
    for seed in (0, 1):
        seeded = Latency(base=1.0, seed=seed)
        factors = [seeded.seconds(one, answer()) for one in calls]
        assert factors == [seeded.seconds(one, answer()) for one in calls]
        assert min(factors) >= 0.25
        assert max(factors) <= 4.0
        assert min(factors) < 0.5 < 2.0 < max(factors)
    assert exact.seconds(calls[0], answer()) == 1.0
    assert Latency(base=1.0, seed=0).seconds(calls[0], answer()) != seeded.seconds(
        calls[0], answer()
    )


def test_calls_without_a_key_differ_by_their_request() -> None:
    latency = Latency(base=1.0, seed=3)
    again = ModelCall(call().request, occurrence=1)
    times = {latency.seconds(one, answer()) for one in (call(), call("Ho"), again)}
    assert len(times) == 3


async def test_no_latency_answers_without_a_pause() -> None:
    client = ScriptedClient(ScriptedModel())
    with pytest.raises(StopIteration) as stop:
        client.answer(call()).send(None)
    assert stop.value.value.text
    assert client.counters.calls == 1
    await client.close()
    await client.close()


def test_time_passes_at_once_for_all_without_slots() -> None:
    client = ScriptedClient(ScriptedModel(), Latency(base=2.0))

    async def main() -> None:
        await asyncio.gather(*(client.answer(call()) for _ in range(10)))

    assert run(main()) == 2.0
    assert client.counters.peak == 10
    assert client.counters.in_flight == 0
    assert client.counters.in_flight_seconds == 20.0


def test_slots_serve_by_priority_then_arrival() -> None:
    client = ScriptedClient(ScriptedModel(), Latency(base=1.0, slots=1))
    order: list[str] = []

    async def ask(name: str, priority: int) -> None:
        await client.answer(call(priority=priority))
        order.append(name)

    async def main() -> None:
        await asyncio.gather(ask("first", 9), ask("late", 5), ask("soon", 1), ask("later", 5))

    assert run(main()) == 4.0
    assert order == ["first", "soon", "late", "later"]
    assert client.counters.in_flight_seconds == 10.0
    assert client.counters.serving == 0


@pytest.mark.parametrize("cancelled", [0, 1])
def test_a_cancelled_call_gives_its_slot_back(cancelled: int) -> None:
    client = ScriptedClient(ScriptedModel(), Latency(base=1.0, slots=1))

    async def main() -> None:
        tasks = [asyncio.create_task(client.answer(call())) for _ in range(3)]
        await asyncio.sleep(0.5)
        tasks[cancelled].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert tasks[cancelled].cancelled()

    assert run(main()) == (1.5 + 1.0 if cancelled == 0 else 2.0)
    assert client.counters.serving == 0
    assert client.counters.in_flight == 0


def test_a_call_cancelled_with_its_slot_gives_the_slot_to_the_next_call() -> None:
    client = ScriptedClient(ScriptedModel(), Latency(base=1.0, slots=1))

    async def main() -> None:
        first, second, third = (asyncio.create_task(client.answer(call())) for _ in range(3))
        await first
        second.cancel()  # its turn was given as the first ended, but it has not run since
        await third

    assert run(main()) == 2.0
    assert client.counters.serving == 0

"""The router from start to close: bad endpoints, cancellation, and all failures together."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.errors import ModelError, UsageError
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.errors import (
    FailureKind,
    KeyRefusedError,
    ModelUnavailableError,
    RetriesExhaustedError,
    UnknownModelError,
)
from ga_ooo.model.requests import ModelCall
from ga_ooo.model.routing.router import Router
from ga_ooo.options import RetryPolicy
from tests.model.simulated import (
    WATCHED,
    SimulatedServer,
    asked,
    assert_books_balance,
    broken,
    now,
    run_virtual,
    town,
)
from tests.model.upstream import chat, embedding


def test_start_with_no_endpoint_that_answers() -> None:
    async def run() -> None:
        t = town(2)
        for server in t.servers:
            server.up = False
        with pytest.raises(ModelUnavailableError, match=r"gpu0|simulated connection") as caught:
            await t.router.start()
        assert "vllm serve" in caught.value.remedy
        assert now() == 0, "at once"
        await t.router.close()

    run_virtual(run())


def test_start_with_one_endpoint_that_answers() -> None:
    async def run() -> None:
        t = town(3, health=WATCHED)
        t.servers[0].up = t.servers[2].up = False
        await t.router.start()
        await asyncio.gather(*(t.router.answer(chat(str(i))) for i in range(9)))
        assert asked(t) == [0, 9, 0]
        t.servers[2].up = True
        await asyncio.sleep(2)
        await asyncio.gather(*(t.router.answer(chat(str(i))) for i in range(8)))
        assert asked(t) == [0, 13, 4]
        await t.router.close()

    run_virtual(run())


@pytest.mark.parametrize(
    "refusal",
    [
        UnknownModelError("http://gpu1/v1", "m", ["n"]),
        KeyRefusedError("POST http://gpu1/v1/completions", 401, "no", "K", is_set=True),
    ],
)
def test_start_with_one_endpoint_that_cannot_be_used(refusal: ModelError) -> None:
    async def run() -> None:
        t = town(2)

        async def probe() -> None:
            raise refusal

        t.servers[1].probe = probe  # type: ignore[assignment,method-assign]  # one bad server
        with pytest.raises(type(refusal), match="gpu1"):
            await t.router.start()
        await t.router.close()

    run_virtual(run())


def test_start_with_two_embedding_models() -> None:
    async def run() -> None:
        t = town(2)
        t.servers[1].width = 7
        with pytest.raises(ModelError, match=r"gpu0/v1: 4.*gpu1/v1: 7"):
            await t.router.start()
        await t.router.close()

    run_virtual(run())


def test_the_same_url_twice_or_none_is_refused() -> None:
    with pytest.raises(UsageError, match="once"):
        Router([], lambda config: SimulatedServer(config.url))
    with pytest.raises(UsageError, match="gpu"):
        Router(
            [EndpointConfig("http://gpu"), EndpointConfig("http://gpu/v1/")],
            lambda config: SimulatedServer(config.url),
        )


def test_close_fails_calls_that_wait() -> None:
    async def run() -> None:
        t = town(limit=1)
        calls = [asyncio.create_task(t.router.answer(chat(text))) for text in "ab"]
        await asyncio.sleep(0.5)
        await t.router.close()
        await t.router.close()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert getattr(results[0], "text", None) == "re: a"
        assert isinstance(results[1], ModelUnavailableError)
        with pytest.raises(ModelUnavailableError):
            await t.router.answer(chat("c"))
        assert_books_balance(t)

    run_virtual(run())


# Cancellation, and all failures together


def test_report_has_the_endpoint_and_the_number_of_attempts() -> None:
    async def run() -> None:
        t = town(2)
        t.servers[0].failures = [broken()]
        _, report = await t.router.answer_with_report(chat("a"))
        assert (report.endpoint, report.attempts) == ("http://gpu1/v1", 2)
        await t.router.close()

    run_virtual(run())


def test_cancelled_calls_leave_no_trace() -> None:
    async def run() -> None:
        t = town(limit=2)
        calls = [asyncio.create_task(t.router.answer(chat(str(i)))) for i in range(6)]
        await asyncio.sleep(0.5)
        for index in (0, 3, 4):
            calls[index].cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [isinstance(r, asyncio.CancelledError) for r in results] == [
            index in (0, 3, 4) for index in range(6)
        ]
        assert t.servers[0].texts == ["0", "1", "2", "5"]
        found = t.router.statistics()
        assert (found.cancelled, found.answered) == (3, 3)
        assert_books_balance(t)
        await t.router.close()

    run_virtual(run())


def test_a_call_cancelled_as_it_got_its_slot_returns_the_slot() -> None:
    async def run() -> None:
        t = town(limit=1)

        async def cancel_the_next() -> None:
            await t.router.answer(chat("a"))
            # The slot is assigned, but the call that got it has not run yet.
            second.cancel()

        first = asyncio.create_task(cancel_the_next())
        second = asyncio.create_task(t.router.answer(chat("b")))
        await asyncio.gather(first, second, return_exceptions=True)
        assert second.cancelled()
        assert t.servers[0].texts == ["a"]
        assert (await t.router.answer(chat("c"))).text == "re: c"
        assert_books_balance(t)
        await t.router.close()

    run_virtual(run())


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    servers=st.integers(1, 4),
    limit=st.integers(1, 4),
    failing=st.floats(0, 0.6),
    cancelling=st.booleans(),
)
def test_every_call_ends_exactly_once(
    seed: int, servers: int, limit: int, failing: float, cancelling: bool
) -> None:
    """With random failures, outages, drains and cancellations, the counters always add up."""
    chance = random.Random(seed)
    kinds = (FailureKind.SERVER, FailureKind.CONNECTION, FailureKind.BUSY, FailureKind.EMPTY)

    async def run() -> None:
        t = town(
            servers,
            limit=limit,
            health=WATCHED,
            retry=RetryPolicy(call_deadline_s=120, answer_attempts=4),
            give_up_after_s=300,
        )
        await t.router.start()

        async def behave(call: ModelCall) -> None:
            await asyncio.sleep(chance.random())
            if chance.random() < failing:
                raise broken(chance.choice(kinds), chance.choice([None, None, 3.0]))

        async def trouble() -> None:
            for _ in range(20):
                await asyncio.sleep(chance.uniform(0, 20))
                server = chance.choice(t.servers)
                server.up = chance.random() < 0.7
                if chance.random() < 0.1:
                    t.router.drain(server.url)
                else:
                    t.router.undrain(server.url)

        async def one(i: int) -> str:
            await asyncio.sleep(chance.uniform(0, 100))
            make = chat if chance.random() < 0.5 else embedding
            call = make(str(i), priority=i // 5)
            task = asyncio.create_task(t.router.answer(call))
            if cancelling and chance.random() < 0.2:
                await asyncio.sleep(chance.uniform(0, 3))
                task.cancel()
            try:
                answer = await task
            except asyncio.CancelledError:
                return "cancelled"
            except (ModelUnavailableError, RetriesExhaustedError):
                return "failed"
            assert answer.text == f"re: {i}" or answer.embedding
            return "answered"

        for server in t.servers:
            server.behave = behave
        troubled = asyncio.create_task(trouble())
        ends = Counter(await asyncio.gather(*(one(i) for i in range(60))))
        await troubled
        found = t.router.statistics()
        assert found.answered == ends["answered"]
        assert found.failed == ends["failed"]
        assert found.cancelled == ends["cancelled"]
        assert_books_balance(t)
        assert all(e.statistics.peak <= limit for e in t.router.endpoints)
        await t.router.close()

    run_virtual(run())


def test_time_that_servers_are_busy() -> None:
    async def check() -> None:
        t = town()
        await t.router.start()
        await asyncio.sleep(5)
        given_up = asyncio.create_task(t.router.answer(chat("given up")))
        asked = [asyncio.create_task(t.router.answer(chat(text))) for text in ("one", "two")]
        await asyncio.sleep(0.5)
        given_up.cancel()
        await asyncio.wait([given_up, *asked])
        await asyncio.sleep(5)
        await t.router.answer(chat("three"))
        assert t.router.endpoints[0].statistics.busy_seconds == pytest.approx(0.5 + 2 + 1)

    run_virtual(check())

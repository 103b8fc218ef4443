"""When a call is repeated, after which back-off, and when it is given up; in virtual time."""

from __future__ import annotations

import asyncio
import random

import pytest

from ga_ooo.model.errors import ContextLengthError, FailureKind, RetriesExhaustedError
from ga_ooo.options import RetryPolicy
from tests.model.simulated import broken, run_virtual, town
from tests.model.upstream import chat


def test_back_off_doubles() -> None:
    async def run() -> None:
        t = town()
        t.servers[0].failures = [broken() for _ in range(4)]
        answer = await t.router.answer(chat("a"))
        assert answer.text == "re: a"
        # Failed at once each time, then waited 0.5, 1, 2, 4.
        assert [at for at, _ in t.servers[0].calls] == pytest.approx([0, 0.5, 1.5, 3.5, 7.5])
        assert t.router.statistics().retries == 4
        await t.router.close()

    run_virtual(run())


def test_back_off_is_limited() -> None:
    async def run() -> None:
        t = town(retry=RetryPolicy(base_s=1, most_s=4))
        # Not a fault of the server, so it stays in service.
        t.servers[0].failures = [broken(FailureKind.BUSY) for _ in range(6)]
        await t.router.answer(chat("a"))
        assert [at for at, _ in t.servers[0].calls] == pytest.approx([0, 1, 3, 7, 11, 15, 19])
        await t.router.close()

    run_virtual(run())


def test_another_endpoint_is_asked_at_once() -> None:
    async def run() -> None:
        t = town(3)
        for server in t.servers:
            server.failures = [broken(), broken()]
        await t.router.answer(chat("a"))
        times = sorted(at for server in t.servers for at, _ in server.calls)
        # Two rounds over all three, each without waiting, a back-off after each, then an answer.
        assert times == pytest.approx([0, 0, 0, 0.5, 0.5, 0.5, 1.5])
        assert sorted(len(server.calls) for server in t.servers) == [2, 2, 3]
        await t.router.close()

    run_virtual(run())


def test_retry_after_is_honoured_for_all_calls_of_the_endpoint() -> None:
    async def run() -> None:
        t = town()
        t.servers[0].failures = [broken(FailureKind.BUSY, after=7.0)]
        first = asyncio.create_task(t.router.answer(chat("a")))
        await asyncio.sleep(1)
        await asyncio.gather(first, t.router.answer(chat("b")))
        assert [round(at, 3) for at, _ in t.servers[0].calls] == [0, 7, 7]
        assert not t.notified, "a request to wait is no outage"
        await t.router.close()

    run_virtual(run())


def test_a_long_wait_is_shown_once_for_all_calls_that_meet_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> None:
        t = town()
        t.servers[0].failures = [broken(FailureKind.BUSY, after=20.0) for _ in range(5)]
        await asyncio.gather(*(t.router.answer(chat(str(i))) for i in range(5)))
        assert "simulated busy; calls wait for 20 s" in caplog.messages
        assert len(caplog.messages) == 1
        t.servers[0].failures = [broken(FailureKind.BUSY, after=1.0)]
        await t.router.answer(chat("a"))
        assert len(caplog.messages) == 1, "short waits are not shown"
        await asyncio.sleep(100)
        t.servers[0].failures = [broken(FailureKind.BUSY, after=20.0)]
        await t.router.answer(chat("a"))
        assert len(caplog.messages) == 2
        await t.router.close()

    run_virtual(run())


def test_a_busy_server_is_waited_for_at_the_start() -> None:
    async def run() -> None:
        t = town()
        t.servers[0].refusals = [broken(FailureKind.BUSY, after=20.0)]
        await t.router.start()
        assert asyncio.get_running_loop().time() == 20
        assert (await t.router.answer(chat("a"))).text == "re: a"
        await t.router.close()

    run_virtual(run())


def test_retry_after_sends_the_call_elsewhere_at_once() -> None:
    async def run() -> None:
        t = town(2)
        t.servers[0].failures = [broken(FailureKind.BUSY, after=60.0)]
        t.servers[1].failures = []
        for _ in range(4):
            await t.router.answer(chat("a"))
        assert len(t.servers[0].calls) == 1
        assert len(t.servers[1].calls) == 4
        assert asyncio.get_running_loop().time() == pytest.approx(4)
        await t.router.close()

    run_virtual(run())


def test_a_server_that_always_asks_to_wait_is_given_up() -> None:
    async def run() -> None:
        t = town(retry=RetryPolicy(call_deadline_s=100))
        t.servers[0].failures = [broken(FailureKind.BUSY, after=10.0) for _ in range(1000)]
        with pytest.raises(RetriesExhaustedError) as caught:
            await t.router.answer(chat("a"))
        assert caught.value.kind is FailureKind.BUSY
        assert len(t.servers[0].calls) <= 11
        await t.router.close()

    run_virtual(run())


def test_call_deadline() -> None:
    async def run() -> None:
        t = town(2, retry=RetryPolicy(call_deadline_s=60, most_s=8))
        for server in t.servers:
            server.failures = [broken(FailureKind.BUSY) for _ in range(1000)]
        with pytest.raises(RetriesExhaustedError, match="simulated busy"):
            await t.router.answer(chat("a"))
        assert 52 <= asyncio.get_running_loop().time() < 60
        found = t.router.statistics()
        assert (found.failed, found.lost, found.in_flight) == (1, 0, 0)
        await t.router.close()

    run_virtual(run())


def test_waiting_for_a_slot_does_not_count_against_the_deadline() -> None:
    async def run() -> None:
        t = town(limit=1, retry=RetryPolicy(call_deadline_s=5))
        t.servers[0].latency_s = 4.0
        calls = [t.router.answer(chat(str(i))) for i in range(10)]
        assert len(await asyncio.gather(*calls)) == 10
        await t.router.close()

    run_virtual(run())


def test_a_final_failure_is_not_tried_again() -> None:
    async def run() -> None:
        t = town(2)
        for server in t.servers:
            server.failures = [ContextLengthError(server.url, 9, 8)]
        with pytest.raises(ContextLengthError):
            await t.router.answer(chat("a"))
        assert t.router.statistics().retries == 0
        assert sum(len(server.calls) for server in t.servers) == 1
        await t.router.close()

    run_virtual(run())


def test_empty_answers_are_asked_again_with_other_seeds_then_refused() -> None:
    async def run() -> list[int]:
        t = town(2, retry=RetryPolicy(answer_attempts=3))
        for server in t.servers:
            server.failures = [broken(FailureKind.EMPTY) for _ in range(9)]
        with pytest.raises(RetriesExhaustedError, match="reasoning") as caught:
            await t.router.answer(chat("a", seed=2**31 - 1))
        assert caught.value.kind is FailureKind.EMPTY
        asked = sorted((at, call.seed) for server in t.servers for at, call in server.calls)
        assert t.router.endpoints[0].in_service, "an empty answer is not the server's fault"
        await t.router.close()
        return sorted(seed for _, seed in asked)

    seeds = run_virtual(run())
    assert len(set(seeds)) == 3
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert run_virtual(run()) == seeds, "a repeated run asks for the same"


def test_transport_failures_do_not_change_the_seed() -> None:
    async def run() -> None:
        t = town()
        t.servers[0].failures = [broken(), broken(FailureKind.TIMEOUT)]
        await t.router.answer(chat("a", seed=5))
        assert {call.seed for _, call in t.servers[0].calls} == {5}
        await t.router.close()

    run_virtual(run())


def test_hosts_random_stream_is_left_alone() -> None:
    async def run() -> None:
        t = town(jitter=None)
        t.servers[0].failures = [broken() for _ in range(4)]
        await t.router.answer(chat("a"))
        await t.router.close()

    random.seed(42)
    before = random.getstate()
    run_virtual(run())
    assert random.getstate() == before


def test_bug_in_a_client_is_not_swallowed() -> None:
    async def run() -> None:
        t = town()

        async def stumble(call: object) -> None:
            raise ZeroDivisionError

        t.servers[0].behave = stumble
        with pytest.raises(ZeroDivisionError):
            await t.router.answer(chat("a"))
        found = t.router.statistics()
        assert (found.failed, found.lost) == (1, 0)
        assert t.router.endpoints[0].outstanding == 0
        await t.router.close()

    run_virtual(run())

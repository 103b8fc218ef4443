"""Servers that fail, leave and return, and the reaction of the router; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.model.errors import (
    ModelUnavailableError,
    RetriesExhaustedError,
)
from ga_ooo.model.requests import ModelCall
from tests.model.simulated import (
    WATCHED,
    SimulatedServer,
    asked,
    assert_books_balance,
    broken,
    in_service,
    now,
    run_virtual,
    town,
)
from tests.model.upstream import chat, embedding


def test_ejected_after_failures_in_a_row_and_back_after_a_probe() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        bad = t.servers[0]
        bad.up = False
        for i in range(40):
            await t.router.answer(chat(str(i)))
        assert not in_service(t, 0)
        assert len(bad.calls) == 5
        endpoint = t.router.endpoints[0]
        assert endpoint.statistics.failures["connection"] == 5
        assert not t.notified, "the other server answers"
        probes = bad.probes
        bad.up = True
        await asyncio.sleep(1.5)
        assert in_service(t, 0)
        assert bad.probes == probes + 1
        assert endpoint.statistics.ejections == 1
        assert_books_balance(t)
        await t.router.close()

    run_virtual(run())


def test_failures_that_are_not_in_a_row_eject_nobody() -> None:
    async def run() -> None:
        t = town(health=WATCHED)
        await t.router.start()
        for i in range(20):
            t.servers[0].failures = [broken()] * 4
            await t.router.answer(chat(str(i)))
        assert t.router.statistics().retries == 80
        assert t.router.endpoints[0].statistics.ejections == 0
        await t.router.close()

    run_virtual(run())


def test_the_back_off_of_probes_starts_again_after_an_answer() -> None:
    async def run() -> None:
        t = town(health=WATCHED)
        await t.router.start()
        for i in range(6):
            t.servers[0].failures = [broken()] * 5
            began = now()
            await t.router.answer(chat(str(i)))
            # Back-offs of 0.5, 1, 2, 4 s, the last one of 8 s while it is out, then the answer.
            assert now() - began == pytest.approx(0.5 + 1 + 2 + 4 + 8 + 1)
        assert t.router.endpoints[0].statistics.ejections == 6
        assert not t.notified
        await t.router.close()

    run_virtual(run())


def test_the_back_off_of_probes_grows_if_only_real_calls_fail() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        t.servers[0].failures = [broken() for _ in range(10_000)]
        end = now() + 300
        while now() < end:
            await asyncio.gather(*(t.router.answer(chat(str(i))) for i in range(10)))
        # Out for 1, 2, 4, 8, 16, 30, 30 ... seconds.
        ejections = t.router.endpoints[0].statistics.ejections
        assert 8 <= ejections <= 16
        assert_books_balance(t)
        await t.router.close()

    run_virtual(run())


def test_ejected_by_its_health_checks_while_idle() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        t.servers[0].failing_checks = 1
        await asyncio.sleep(6)
        assert in_service(t, 0), "one failed check may be a hiccup"
        t.servers[0].up = False
        await asyncio.sleep(5)
        assert not in_service(t, 0)
        await t.router.answer(chat("a"))
        assert asked(t) == [0, 1]
        await t.router.close()

    run_virtual(run())


def test_wrong_width_of_an_embedding_is_a_failure() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        t.servers[1].width = 5
        answers = await asyncio.gather(*(t.router.answer(embedding(str(i))) for i in range(20)))
        assert {len(answer.embedding) for answer in answers} == {4}
        assert t.router.statistics().endpoints["http://gpu1/v1"].failures["malformed"] > 0
        await t.router.close()

    run_virtual(run())


def test_the_first_embedding_sets_the_width() -> None:
    async def run() -> None:
        t = town()
        assert len((await t.router.answer(embedding("a"))).embedding) == 4
        t.servers[0].width = 5
        again = asyncio.create_task(t.router.answer(embedding("b")))
        await asyncio.sleep(2)
        t.servers[0].width = 4
        assert len((await again).embedding) == 4
        assert t.router.statistics().retries > 0
        await t.router.close()

    run_virtual(run())


# Pause


def test_calls_pause_once_and_resume() -> None:
    async def run() -> None:
        t = town(3, health=WATCHED)
        await t.router.start()

        async def power(at: float, up: bool) -> None:
            await asyncio.sleep(at)
            for server in t.servers:
                server.up = up

        switches = [asyncio.create_task(power(10, False)), asyncio.create_task(power(610, True))]

        async def persona(name: str) -> None:
            for i in range(30):
                await t.router.answer(chat(f"{name} {i}", name))

        await asyncio.gather(*(persona(f"Persona {i}") for i in range(8)))
        await asyncio.gather(*switches)
        assert [event for _, event in t.notified] == ["paused", "resumed"]
        (paused, _), (resumed, _) = t.notified
        assert 10 <= paused < 20
        assert 610 <= resumed < 615
        found = t.router.statistics()
        assert (found.answered, found.pauses) == (240, 1)
        assert_books_balance(t)
        await t.router.close()

    run_virtual(run())


def test_one_notification_for_kinds_that_pause_together() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        for server in t.servers:
            server.up = False
        calls = [chat("a"), embedding("b"), chat("c"), embedding("d")]
        tasks = [asyncio.create_task(t.router.answer(call)) for call in calls]
        await asyncio.sleep(100)
        assert [event for _, event in t.notified] == ["paused"]
        for server in t.servers:
            server.up = True
        await asyncio.gather(*tasks)
        assert [event for _, event in t.notified] == ["paused", "resumed"]
        await t.router.close()

    run_virtual(run())


def test_gives_up_after_a_while() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED, give_up_after_s=1800)
        await t.router.start()
        for server in t.servers:
            server.up = False
        calls = [asyncio.create_task(t.router.answer(chat(str(i)))) for i in range(20)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, ModelUnavailableError) for result in results)
        assert 1800 <= now() < 1820
        began = now()
        with pytest.raises(ModelUnavailableError, match="resume the run"):
            await t.router.answer(chat("one more"))
        assert now() == began, "after that, no call waits again"
        assert_books_balance(t)
        for server in t.servers:
            server.up = True
        await asyncio.sleep(60)
        assert (await t.router.answer(chat("later"))).text == "re: later"
        assert [event for _, event in t.notified] == ["paused", "resumed"]
        await t.router.close()

    run_virtual(run())


def test_an_outage_without_waiting_calls_is_no_pause() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        for server in t.servers:
            server.up = False
        await asyncio.sleep(60)
        for server in t.servers:
            server.up = True
        await asyncio.sleep(10)
        await t.router.answer(chat("a"))
        assert not t.notified
        await t.router.close()

    run_virtual(run())


def test_a_call_that_crashes_servers_is_given_up() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()

        def poisoned(server: SimulatedServer) -> Callable[[ModelCall], Awaitable[None]]:
            async def behave(call: ModelCall) -> None:
                if call.request.text == "poison":
                    server.up = False
                    asyncio.get_running_loop().call_later(90, setattr, server, "up", True)

            return behave

        for server in t.servers:
            server.behave = poisoned(server)
        with pytest.raises(RetriesExhaustedError, match="went out of service after it"):
            await t.router.answer(chat("poison"))
        assert (await t.router.answer(chat("innocent"))).text == "re: innocent"
        assert now() < 1000
        await t.router.close()

    run_virtual(run())


def test_a_long_outage_makes_no_call_suspicious() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        for server in t.servers:
            server.up = False
        call = asyncio.create_task(t.router.answer(chat("a")))
        await asyncio.sleep(1700)
        for server in t.servers:
            server.up = True
        assert (await call).text == "re: a"
        await t.router.close()

    run_virtual(run())


def test_draining() -> None:
    async def run() -> None:
        t = town(2)
        first = asyncio.create_task(t.router.answer(chat("before")))
        await asyncio.sleep(0.1)
        t.router.drain("http://gpu0")
        assert (await first).text == "re: before", "outstanding calls continue"
        await asyncio.gather(*(t.router.answer(chat(str(i))) for i in range(5)))
        assert asked(t) == [1, 5]
        t.router.drain("http://gpu1")
        waiting = asyncio.create_task(t.router.answer(chat("waits")))
        await asyncio.sleep(5)
        assert not waiting.done()
        t.router.undrain("http://gpu0")
        await waiting
        assert asked(t) == [2, 5]
        with pytest.raises(UsageError, match="gpu1"):
            t.router.drain("http://gpu7")
        await t.router.close()

    run_virtual(run())


def test_a_health_check_that_fails_unexpectedly_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        reported: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reported.append(context["exception"]))
        t = town(2, health=WATCHED)

        async def odd() -> None:
            raise TypeError("odd")

        monkeypatch.setattr(t.servers[0], "check", odd)
        await t.router.start()
        await asyncio.sleep(60.0)
        assert [str(error) for error in reported] == ["odd"]
        await t.router.close()

    run_virtual(run())

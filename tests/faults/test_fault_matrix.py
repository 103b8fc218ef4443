"""The router behind a real TCP proxy that injects faults: no answer is lost or changed.

Every call must be answered exactly once, with the text that the server has for its prompt.
"""

from __future__ import annotations

import asyncio
import socket
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ga_ooo.model.client.model_names import ModelNames
from ga_ooo.model.client.openai_client import OpenAIClient
from ga_ooo.model.endpoints import EndpointConfig
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall
from ga_ooo.model.routing._balance import PauseHooks
from ga_ooo.model.routing.router import Router
from ga_ooo.options import ClientOptions, HealthPolicy, RetryPolicy, RouterOptions
from tests.faults.proxy import AFTER_THE_SERVER, Fault, FaultPlan, FaultProxy
from tests.model.upstream import (
    MODEL,
    Upstream,
    chat,
    completion,
    embedding,
    text_for,
    upstream,
    vector_for,
)

NAMES = ModelNames.single(MODEL, MODEL)
QUICK_HEALTH = HealthPolicy(interval_s=0.05, recheck_s=0.02, most_recheck_s=0.1)
QUICK_RETRY = RetryPolicy(base_s=0.01, most_s=0.1)


@dataclass
class Pauses:
    """Records the notifications that a user would get."""

    reasons: list[str] = field(default_factory=list)
    resumed: int = 0
    paused: asyncio.Event = field(default_factory=asyncio.Event)

    def on_pause(self, reason: str) -> None:
        self.reasons.append(reason)
        self.paused.set()

    def on_resume(self) -> None:
        self.resumed += 1


@asynccontextmanager
async def router_to(
    urls: Sequence[str],
    pauses: Pauses | None = None,
    *,
    deadline_s: float = 20.0,
    limit: int = 256,
    retry: RetryPolicy = QUICK_RETRY,
) -> AsyncIterator[Router]:
    pauses = pauses or Pauses()
    options = ClientOptions(attempt_deadline_s=deadline_s, connect_deadline_s=deadline_s)
    router = Router(
        [EndpointConfig(url, frozenset(CallKind), limit) for url in urls],
        lambda config: OpenAIClient(config, NAMES, options),
        RouterOptions(retry=retry, health=QUICK_HEALTH, give_up_after_s=60),
        pauses=PauseHooks(pauses.on_pause, pauses.on_resume),
    )
    try:
        await router.start()
        yield router
    finally:
        await router.close()


def mixed_calls(count: int) -> list[ModelCall]:
    """Chat calls of ten personas, completions and embeddings; no two are equal."""
    makers = (
        lambda i: chat(f"prompt {i}", f"Persona {i % 10}", seed=i, priority=i // 10),
        lambda i: completion(f"prompt {i}", seed=i, priority=i // 10),
        lambda i: embedding(f"text {i}", priority=i // 10),
    )
    return [makers[i % 3](i) for i in range(count)]


def is_right(call: ModelCall, answer: ModelAnswer) -> bool:
    if call.request.kind is CallKind.EMBEDDING:
        return answer.embedding == vector_for(call.request.prompt) and not answer.text
    return answer.text == text_for(call.request.text) and not answer.embedding


async def answer_all(router: Router, calls: Sequence[ModelCall], at_once: int) -> None:
    """Answer calls, ``at_once`` of them concurrently, and check every answer."""
    gate = asyncio.Semaphore(at_once)

    async def one(call: ModelCall) -> None:
        async with gate:
            assert is_right(call, await router.answer(call))

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(one(call))


def assert_books_balance(router: Router, calls: int) -> None:
    found = router.statistics()
    assert (found.calls, found.answered) == (calls, calls)
    assert (found.failed, found.cancelled, found.in_flight) == (0, 0, 0)
    assert (found.lost, found.asked_twice) == (0, 0)
    attempts = sum(endpoint.calls for endpoint in found.endpoints.values())
    failures = sum(endpoint.failures.total() for endpoint in found.endpoints.values())
    assert attempts == found.answers + failures == calls + found.retries


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.STALL])
async def test_each_fault_alone(fault: Fault) -> None:
    calls = mixed_calls(150)
    plan = FaultPlan({fault: 0.2}, seed=1, retry_after="0.05")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(upstream())
        proxies = [await stack.enter_async_context(FaultProxy(server.url, plan)) for _ in "ab"]
        router = await stack.enter_async_context(router_to([p.url for p in proxies]))
        server.bodies.clear()
        plan.active = True
        await answer_all(router, calls, at_once=40)
        plan.active = False
        assert_books_balance(router, len(calls))
        injected = plan.injected[fault]
        assert injected > 15
        assert router.statistics().retries >= injected * 0.9  # some hit a probe
        asked = [body for body in server.bodies if body.get("seed") or "input" in body]
        if fault not in AFTER_THE_SERVER:
            chats = [body["seed"] for body in asked if "messages" in body]
            assert len(chats) == len(set(chats)), "an answered call was sent again"
        print(f"{fault}: {injected} injected, {router.statistics().retries} retries, 0 lost")


async def test_all_faults_together_with_stalls() -> None:
    calls = mixed_calls(240)
    plan = FaultPlan(dict.fromkeys(Fault, 0.04), seed=2, retry_after="0.05")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(upstream())
        proxies = [await stack.enter_async_context(FaultProxy(server.url, plan)) for _ in "abc"]
        router = await stack.enter_async_context(
            router_to([p.url for p in proxies], deadline_s=2.0)
        )
        plan.active = True
        await answer_all(router, calls, at_once=30)
        plan.active = False
        assert_books_balance(router, len(calls))
        found = router.statistics()
        assert all(plan.injected[fault] for fault in Fault)
        timeouts = sum(e.failures["timeout"] for e in found.endpoints.values())
        assert timeouts >= plan.injected[Fault.STALL] * 0.9 > 0
        print(f"{plan.injected.total()} injected, {found.retries} retries, late {found.late}")


async def test_the_seed_of_the_faults_does_not_change_answers() -> None:
    calls = mixed_calls(60)
    async with upstream() as server:
        for seed in (3, 4):
            plan = FaultPlan({Fault.HTTP_500: 0.2, Fault.RESET_MIDWAY: 0.2}, seed=seed)
            async with FaultProxy(server.url, plan) as proxy, router_to([proxy.url]) as router:
                plan.active = True
                await answer_all(router, calls, at_once=10)
                plan.active = False
                assert_books_balance(router, len(calls))


async def test_two_of_three_servers_die() -> None:
    calls = mixed_calls(240)
    plan = FaultPlan({})
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(upstream(latency_s=0.02)) for _ in "abc"]
        proxies = [await stack.enter_async_context(FaultProxy(s.url, plan)) for s in servers]
        pauses = Pauses()
        router = await stack.enter_async_context(router_to([p.url for p in proxies], pauses))
        work = asyncio.create_task(answer_all(router, calls, at_once=30))
        await until(lambda: router.statistics().answered >= 60)
        for proxy in proxies[:2]:
            await proxy.kill()
        await work
        assert_books_balance(router, len(calls))
        found = router.statistics().endpoints
        assert [found[p.url].ejections > 0 for p in proxies] == [True, True, False]
        assert not pauses.reasons


async def test_all_servers_die_and_return() -> None:
    calls = mixed_calls(150)
    plan = FaultPlan({})
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(upstream(latency_s=0.02)) for _ in "abc"]
        proxies = [await stack.enter_async_context(FaultProxy(s.url, plan)) for s in servers]
        pauses = Pauses()
        router = await stack.enter_async_context(router_to([p.url for p in proxies], pauses))
        work = asyncio.create_task(answer_all(router, calls, at_once=30))
        await until(lambda: router.statistics().answered >= 40)
        for proxy in proxies:
            await proxy.kill()
        await pauses.paused.wait()
        await asyncio.sleep(0.1)  # answers that have arrived are being read
        answered = router.statistics().answered
        await asyncio.sleep(0.2)
        assert router.statistics().answered == answered
        assert pauses.resumed == 0
        for proxy in proxies:
            await proxy.restart()
        await work
        assert_books_balance(router, len(calls))
        assert (len(pauses.reasons), pauses.resumed) == (1, 1)
        assert router.statistics().pauses == 1
        assert all(p.url in pauses.reasons[0] for p in proxies)


async def test_server_process_is_killed_and_started_again() -> None:
    root = Path(__file__).parents[2]
    port = free_port()

    async def start() -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.model.upstream", str(port), cwd=root
        )
        await until_listening(port)
        return process

    calls = mixed_calls(90)
    pauses = Pauses()
    process = await start()
    try:
        async with router_to([f"http://127.0.0.1:{port}"], pauses) as router:
            work = asyncio.create_task(answer_all(router, calls, at_once=10))
            await until(lambda: router.statistics().answered >= 20)
            process.kill()
            await process.wait()
            await pauses.paused.wait()
            process = await start()
            await work
            assert_books_balance(router, len(calls))
            assert (len(pauses.reasons), pauses.resumed) == (1, 1)
    finally:
        process.kill()
        await process.wait()


async def test_five_hundred_calls_in_flight() -> None:
    loop = asyncio.get_running_loop()
    waits: list[float] = []

    async def timed(router: Router, call: ModelCall) -> None:
        began = loop.time()
        assert is_right(call, await router.answer(call))
        waits.append(loop.time() - began)

    async with AsyncExitStack() as stack:
        servers: list[Upstream] = [
            await stack.enter_async_context(upstream(latency_s=0.3)) for _ in "abc"
        ]
        router = await stack.enter_async_context(router_to([s.url for s in servers]))
        for server in servers:
            server.peak = 0
        async with asyncio.TaskGroup() as group:
            for i in range(500):
                group.create_task(timed(router, chat(f"prompt {i}", f"Persona {i % 50}")))
        assert_books_balance(router, 500)
        endpoints = router.statistics().endpoints.values()
        assert sum(endpoint.peak for endpoint in endpoints) == 500
        assert max(endpoint.peak for endpoint in endpoints) < 220, "one server got too many"
        ratio = max(waits) / statistics.median(waits)
        print(f"500 calls in flight at 3 servers: longest wait {ratio:.2f} times the median")


async def until(condition: Callable[[], bool], most_s: float = 60.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.005)


async def until_listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port

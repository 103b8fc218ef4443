"""Which endpoint gets a call, and in what order calls wait; in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from ga_ooo.errors import ModelError
from ga_ooo.model.endpoints import EndpointConfig, ServerLoad
from ga_ooo.model.errors import (
    FailureKind,
)
from ga_ooo.model.requests import GENERATION
from ga_ooo.model.routing.router import Router
from tests.model.simulated import (
    WATCHED,
    SimulatedServer,
    Town,
    asked,
    assert_books_balance,
    broken,
    now,
    run_virtual,
    town,
)
from tests.model.upstream import chat, completion, embedding


def test_fewest_outstanding_calls() -> None:
    async def run() -> None:
        t = town(3)
        await asyncio.gather(*(t.router.answer(chat(str(i))) for i in range(30)))
        assert asked(t) == [10, 10, 10]
        await t.router.close()

    run_virtual(run())


def test_calls_beyond_the_limit_wait_smaller_priority_first() -> None:
    async def run() -> None:
        t = town(2, limit=1)
        order = [(9, "i"), (9, "j"), (5, "e"), (7, "g"), (5, "f"), (1, "a"), (7, "h")]
        tasks = [
            asyncio.create_task(t.router.answer(chat(text, priority=priority)))
            for priority, text in order
        ]
        await asyncio.gather(*tasks)
        arrivals = sorted(
            (at, call.priority, call.request.text) for s in t.servers for at, call in s.calls
        )
        # i and j got free slots; the rest are ordered by priority, then by arrival.
        assert [text for _, _, text in arrivals] == list("ijaefgh")
        assert all(endpoint.statistics.peak == 1 for endpoint in t.router.endpoints)
        await t.router.close()

    run_virtual(run())


def test_a_failed_call_keeps_its_position() -> None:
    async def run() -> None:
        t = town(limit=1)
        t.servers[0].failures = [broken(FailureKind.BUSY, after=0.001)]
        await asyncio.gather(*(t.router.answer(chat(text)) for text in "abc"))
        assert t.servers[0].texts == list("aabc")
        await t.router.close()

    run_virtual(run())


def test_kinds_have_endpoints_of_their_own() -> None:
    async def run() -> None:
        chatting, embedding_server = SimulatedServer("http://a/v1"), SimulatedServer("http://b/v1")
        servers = {s.url: s for s in (chatting, embedding_server)}
        router = Router(
            [
                EndpointConfig("http://a/v1", GENERATION, limit=1),
                EndpointConfig("http://b/v1", frozenset({embedding("").request.kind}), limit=1),
            ],
            lambda config: servers[config.url],
        )
        calls = [chat("x"), chat("y"), embedding("z"), chat("w"), embedding("v")]
        await asyncio.gather(*map(router.answer, calls))
        assert chatting.texts == ["x", "y", "w"]
        assert embedding_server.texts == ["z", "v"]
        assert embedding_server.calls[0][0] == 0, "chats that wait hold up no embedding"
        await router.close()

    run_virtual(run())


def test_a_kind_without_an_endpoint_is_an_error_at_once() -> None:
    async def run() -> None:
        t = town(kinds=GENERATION)
        with pytest.raises(ModelError, match="embedding"):
            await t.router.answer(embedding("a"))
        assert_books_balance(t)
        await t.router.close()

    run_virtual(run())


# Affinity


def test_a_persona_stays_at_its_endpoint() -> None:
    async def run() -> None:
        t = town(4)
        homes: dict[str, set[str]] = {}
        for _ in range(3):
            for i in range(40):
                await t.router.answer(chat("hello", f"Persona {i}"))
        for server in t.servers:
            for _, call in server.calls:
                assert call.key is not None
                homes.setdefault(call.key.persona, set()).add(server.url)
        assert all(len(urls) == 1 for urls in homes.values())
        assert min(asked(t)) >= 3 * 4, "the hash spreads forty personas over four"
        await t.router.close()

    run_virtual(run())


def test_an_endpoint_that_leaves_moves_only_its_own_personas() -> None:
    async def run() -> None:
        t = town(4)

        async def homes() -> dict[str, str]:
            for server in t.servers:
                server.calls.clear()
            for i in range(40):
                await t.router.answer(chat("hello", f"Persona {i}"))
            return {
                call.key.persona: server.url
                for server in t.servers
                for _, call in server.calls
                if call.key
            }

        before = await homes()
        t.router.drain("http://gpu2/v1")
        without = await homes()
        moved = {persona for persona in before if before[persona] != without[persona]}
        assert moved == {p for p, url in before.items() if url == "http://gpu2/v1"}
        t.router.undrain("http://gpu2/v1")
        assert await homes() == before
        await t.router.close()

    run_virtual(run())


def test_affinity_yields_to_load() -> None:
    async def run() -> None:
        t = town(2)
        await asyncio.gather(*(t.router.answer(chat(str(i), "Klaus")) for i in range(60)))
        assert min(asked(t)) >= 20, "one persona's flood is shared"
        await t.router.close()

    run_virtual(run())


def test_affinity_yields_where_the_cache_is_full() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        await t.router.start()
        await t.router.answer(chat("a", "Klaus"))
        home = next(s for s in t.servers if s.calls)
        other = next(s for s in t.servers if not s.calls)
        home.load = ServerLoad(running=3, kv_cache_usage=0.97)
        await asyncio.sleep(6)
        await t.router.answer(chat("b", "Klaus"))
        assert other.texts == ["b"]
        await t.router.close()

    run_virtual(run())


# Load


def test_other_users_of_a_server_count() -> None:
    async def run() -> None:
        t = town(2, health=WATCHED)
        t.servers[0].load = ServerLoad(running=20, waiting=10)
        t.servers[1].load = ServerLoad()
        await t.router.start()
        await asyncio.sleep(6)
        await asyncio.gather(*(t.router.answer(chat(str(i))) for i in range(30)))
        assert asked(t) == [0, 30]
        await t.router.close()

    run_virtual(run())


async def work(t: Town, personas: int, seconds: float, *, affinity: bool) -> list[int]:
    """Personas that ask one call after the other, for so long. Calls that each server got."""
    for server in t.servers:
        server.calls.clear()
    end = now() + seconds

    async def persona(name: str) -> None:
        while now() < end:
            await t.router.answer(chat("hello", name if affinity else None))

    await asyncio.gather(*(persona(f"Persona {i}") for i in range(personas)))
    return asked(t)


@pytest.mark.parametrize("affinity", [True, False])
def test_a_slow_server_sheds_load_and_gets_it_back(affinity: bool) -> None:
    async def run() -> None:
        t = town(2)
        slow = t.servers[0]
        slow.latency_s = 10.0
        await work(t, 6, 30, affinity=affinity)
        shares = await work(t, 6, 300, affinity=affinity)
        # Sharing by count alone would give it 9 % or more.
        assert shares[0] < 0.025 * sum(shares)
        slow.latency_s = 1.0
        await work(t, 6, 300, affinity=affinity)
        shares = await work(t, 6, 60, affinity=affinity)
        assert shares[0] > 0.3 * sum(shares)
        await t.router.close()

    run_virtual(run())


def test_of_equal_endpoints_the_one_with_fewest_calls() -> None:
    async def run() -> None:
        t = town(3)
        for i in range(9):
            await t.router.answer(chat(str(i)))
        assert asked(t) == [3, 3, 3]
        await t.router.close()

    run_virtual(run())


def test_priority_holds_across_kinds() -> None:
    async def run() -> None:
        t = town(limit=1)
        calls = [
            chat("first", priority=1),
            chat("c", priority=3),
            embedding("b", priority=2),
            embedding("d", priority=4),
            completion("a", priority=1),
        ]
        await asyncio.gather(*map(t.router.answer, calls))
        assert t.servers[0].texts == ["first", "a", "b", "c", "d"]
        await t.router.close()

    run_virtual(run())

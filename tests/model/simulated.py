"""A router over simulated servers, in virtual time: hours of outages pass in milliseconds.

The servers replace the HTTP client only in tests about time; the real client is tested over real
sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ga_ooo.engine.loop.clock import VirtualTimeLoop
from ga_ooo.errors import ModelError
from ga_ooo.model.endpoints import Capabilities, EndpointConfig, ServerLoad
from ga_ooo.model.errors import FailureKind, TransientModelError
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelCall
from ga_ooo.model.routing._balance import PauseHooks
from ga_ooo.model.routing.router import Router
from ga_ooo.options import HealthPolicy, RetryPolicy, RouterOptions

T = TypeVar("T")

QUIET = HealthPolicy(interval_s=1e9)
WATCHED = HealthPolicy(interval_s=5.0, recheck_s=1.0, most_recheck_s=30.0)


def run_virtual(test: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(test)


def broken(kind: FailureKind = FailureKind.SERVER, after: float | None = None) -> ModelError:
    """A transient failure."""
    return TransientModelError(kind, f"simulated {kind}", after)


@dataclass
class SimulatedServer:
    """A server, and the client for it.

    Attributes:
        url: its URL.
        latency_s: seconds for an answer.
        up: False: refuses connections.
        failures: raised by the next calls, in order, instead of answers.
        refusals: raised by the next probes, in order.
        behave: called before each answer; may raise or wait.
        failing_checks: how many of the next health checks fail.
        load: the load that it publishes.
        width: length of its embeddings.
        calls: all calls that it got, with the time of arrival.
        probes: how often it was probed.
    """

    url: str
    latency_s: float = 1.0
    up: bool = True
    failures: list[ModelError] = field(default_factory=list)
    refusals: list[ModelError] = field(default_factory=list)
    behave: Callable[[ModelCall], Awaitable[None]] | None = None
    failing_checks: int = 0
    load: ServerLoad | None = None
    width: int = 4
    calls: list[tuple[float, ModelCall]] = field(default_factory=list)
    probes: int = 0
    late: int = 0
    capabilities: Capabilities = field(default_factory=Capabilities)
    closed: int = 0

    async def answer(self, call: ModelCall) -> ModelAnswer:
        self.calls.append((asyncio.get_running_loop().time(), call))
        self._refuse_if_down()
        if self.failures:
            raise self.failures.pop(0)
        if self.behave is not None:
            await self.behave(call)
        await asyncio.sleep(self.latency_s)
        self._refuse_if_down()
        if call.request.kind is CallKind.EMBEDDING:
            return ModelAnswer(embedding=(1.0,) * self.width)
        return ModelAnswer(text=f"re: {call.request.text}", prompt_tokens=3, output_tokens=2)

    async def probe(self) -> Capabilities:
        self.probes += 1
        self._refuse_if_down()
        if self.refusals:
            raise self.refusals.pop(0)
        return Capabilities(embedding_width=self.width)

    async def find_form(self) -> str | None:
        return None

    async def check(self) -> ServerLoad | None:
        self._refuse_if_down()
        if self.failing_checks:
            self.failing_checks -= 1
            raise broken(FailureKind.TIMEOUT)
        return self.load

    async def close(self) -> None:
        self.closed += 1

    @property
    def texts(self) -> list[str]:
        """The texts of its calls, in order of arrival."""
        return [call.request.text for _, call in self.calls]

    def _refuse_if_down(self) -> None:
        if not self.up:
            raise broken(FailureKind.CONNECTION)


@dataclass
class Town:
    """A router over simulated servers, and its notifications with their times."""

    servers: list[SimulatedServer]
    router: Router
    notified: list[tuple[float, str]] = field(default_factory=list)


def town(
    count: int = 1,
    *,
    limit: int = 256,
    health: HealthPolicy = QUIET,
    retry: RetryPolicy | None = None,
    give_up_after_s: float = 1800.0,
    kinds: frozenset[CallKind] = frozenset(CallKind),
    jitter: Callable[[], float] | None = lambda: 1.0,
) -> Town:
    """A router over ``count`` servers that answer in a second. Back-offs have no jitter."""
    servers = [SimulatedServer(f"http://gpu{i}/v1") for i in range(count)]
    by_url = {server.url: server for server in servers}
    notified: list[tuple[float, str]] = []

    def notify(event: str) -> None:
        notified.append((asyncio.get_running_loop().time(), event))

    options = RouterOptions(
        retry=retry or RetryPolicy(), health=health, give_up_after_s=give_up_after_s
    )
    router = Router(
        [EndpointConfig(server.url, kinds, limit) for server in servers],
        lambda config: by_url[config.url],
        options,
        jitter,
        PauseHooks(lambda reason: notify("paused"), lambda: notify("resumed")),
    )
    return Town(servers, router, notified)


def now() -> float:
    """Virtual seconds since the test began."""
    return asyncio.get_running_loop().time()


def asked(t: Town) -> list[int]:
    """How many attempts each server saw."""
    return [len(server.calls) for server in t.servers]


def in_service(t: Town, index: int) -> bool:
    """Whether the router sends that server calls."""
    return t.router.endpoints[index].in_service


def assert_books_balance(t: Town) -> None:
    """Every call has ended exactly once, and no slot is taken."""
    found = t.router.statistics()
    assert (found.lost, found.asked_twice, found.in_flight, found.waiting) == (0, 0, 0, 0)
    assert all(endpoint.outstanding == 0 for endpoint in t.router.endpoints)

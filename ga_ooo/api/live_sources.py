"""The figures of a live view that are read from the model servers and from rehearsals."""

from __future__ import annotations

from ga_ooo.host.run.run import Run
from ga_ooo.live.counting.counter import Sources
from ga_ooo.live.figures import Cost, Prefetches, Server, Worker
from ga_ooo.model.routing.endpoint import Endpoint
from ga_ooo.runahead.questions import Prefetching
from ga_ooo.runahead.worker_counts import WorkerCounts


def sources_of(run: Run) -> Sources:
    """The sources of a run's figures, which are read in any thread."""
    stack, clock = run.model, run.loop.time
    router, prefetching = stack.router, stack.prefetching

    def servers() -> tuple[Server, ...]:
        if router is None:
            return ()
        return tuple(_server(endpoint, clock()) for endpoint in router.endpoints)

    def prefetches() -> Prefetches | None:
        return None if prefetching is None else _prefetches(prefetching)

    def cost() -> Cost | None:
        if stack.ledger is None:
            return None
        now = stack.ledger.cost
        return Cost(amount=now.amount, currency=now.currency, budget=now.budget, cached=now.cached)

    def workers() -> tuple[Worker, ...]:
        found = () if prefetching is None else prefetching.workers
        # Those that were never needed are not shown.
        return tuple(_worker(each) for each in found if each.node or each.state != "off")

    return Sources(servers, prefetches, cost, lambda: run.pause.seconds, workers)


def _server(endpoint: Endpoint, now: float) -> Server:
    return Server(
        url=endpoint.url,
        in_flight=endpoint.outstanding,
        state=_state(endpoint, now),
        reason="" if endpoint.in_service else endpoint.breaker.reason,
        answers=endpoint.statistics.answers,
        failures=sum(list(endpoint.statistics.failures.values())),
    )


def _state(endpoint: Endpoint, now: float) -> str:
    if not endpoint.in_service:
        return "out of service"
    if endpoint.draining:
        return "draining"
    return "cooling down" if endpoint.cooling_until > now else "in service"


def _worker(counts: WorkerCounts) -> Worker:
    return Worker(
        name=counts.name,
        node=counts.node,
        process=counts.process,
        state=counts.state,
        restarts=counts.restarts,
        moves=counts.moves,
        asked=counts.asked,
        used=counts.used,
        hit_rate=counts.hit_rate,
        cpu_seconds=counts.cpu_seconds,
        lag=counts.lag,
    )


def _prefetches(prefetching: Prefetching) -> Prefetches:
    admission = prefetching.admission
    needed = admission.real_tokens
    return Prefetches(
        asked=admission.prefetched,
        used=admission.hits,
        wasted=admission.misses,
        in_flight=prefetching.cache.window.in_flight,
        extra_tokens=admission.wasted_tokens / needed if needed else 0.0,
    )

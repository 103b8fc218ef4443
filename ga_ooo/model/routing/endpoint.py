"""The state of one endpoint in the router: outstanding calls, latency, load, circuit breaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ga_ooo.model.endpoints import EndpointConfig, ServerClient, ServerLoad
from ga_ooo.model.errors import FAULTS_OF_THE_SERVER, FailureKind, TransientModelError
from ga_ooo.model.requests import CallKind, ModelAnswer
from ga_ooo.model.routing.breaker import CircuitBreaker
from ga_ooo.model.routing.counters import EndpointStatistics

_EWMA_WEIGHT: Final = 0.1
# The latency of an idle endpoint is forgotten with this half-life, so that an endpoint that was
# slow is tried again, but not so often that the trials delay a persona.
_LATENCY_HALF_LIFE_S: Final = 60.0
# A slow server counts as at most this many times as busy: latencies of single calls vary as much
# as the lengths of their answers.
_MAX_SLOWNESS: Final = 4.0
# Servers process calls in batches. A batch of this size is hardly slower than a single call, so
# slowness weighs more than a few outstanding calls.
_BATCH: Final = 8.0
# Above this share of the key-value cache vLLM preempts requests and evicts cached prefixes.
_CROWDED_KV_CACHE: Final = 0.9


@dataclass(slots=True)
class _Latency:
    """Exponentially weighted mean of seconds per attempt, and the loop time of its update."""

    mean: float
    updated_at: float


class Endpoint:
    """One endpoint, with the numbers by which calls are balanced.

    Args:
        config: where the server is and which calls it gets.
        client: asks the server.
        clock: returns the time of the event loop, in seconds.
        eject_after: failed attempts in a row after which the endpoint is ejected.

    Attributes:
        breaker: closed while the endpoint is in service.
        draining: no new calls are sent, by request of the user.
        outstanding: attempts that were sent and have not ended.
        cooling_until: loop time until which the server asked for no further calls.
        statistics: counters since the start.
    """

    def __init__(
        self,
        config: EndpointConfig,
        client: ServerClient,
        clock: Callable[[], float],
        eject_after: int = 5,
    ) -> None:
        self.config = config
        self.url = config.url
        self.client = client
        self.breaker = CircuitBreaker(eject_after)
        self.statistics = EndpointStatistics()
        self.draining = False
        self.outstanding = 0
        self.cooling_until = 0.0
        self._clock = clock
        self._calls_of_others = 0
        self._kv_cache_usage = 0.0
        self._counted_at = 0.0
        self._latency: dict[CallKind, _Latency] = {}

    @property
    def in_service(self) -> bool:
        """Its circuit breaker is closed."""
        return self.breaker.is_closed

    @property
    def takes_calls(self) -> bool:
        """In service and not draining (it may still be full, or cooling down)."""
        return self.in_service and not self.draining

    @property
    def has_free_slot(self) -> bool:
        """A call can be sent now."""
        return (
            self.takes_calls
            and self.outstanding < self.config.limit
            and self.cooling_until <= self._clock()
        )

    @property
    def crowded(self) -> bool:
        """Its key-value cache is so full that a cached prefix is soon evicted."""
        return self._kv_cache_usage >= _CROWDED_KV_CACHE

    @property
    def busy(self) -> float:
        """Outstanding calls, those of other clients included, plus one batch."""
        return _BATCH + self.outstanding + self._calls_of_others

    def latency(self, kind: CallKind) -> float | None:
        """Mean seconds per attempt of a kind, weighted towards recent ones; None before any."""
        seen = self._latency.get(kind)
        return None if seen is None else seen.mean

    def cost(self, kind: CallKind, lowest_latency: float | None) -> float:
        """Expected waiting time of a call, up to a factor: :attr:`busy` x :meth:`slowness`."""
        return self.busy * self.slowness(kind, lowest_latency)

    def slowness(self, kind: CallKind, lowest_latency: float | None) -> float:
        """Its latency over that of the fastest endpoint, limited to [1, 4].

        Args:
            kind: kind of call.
            lowest_latency: lowest :meth:`latency` among the endpoints compared; None before any.
        """
        seen = self._latency.get(kind)
        if seen is None or not lowest_latency:
            return 1.0
        slowness = 1.0 + (seen.mean / lowest_latency - 1.0) * self._remembered(seen)
        return min(max(slowness, 1.0), _MAX_SLOWNESS)

    def begin(self) -> None:
        """An attempt begins and takes a slot."""
        self.statistics.calls += 1
        self._change_outstanding(+1)
        self.statistics.peak = max(self.statistics.peak, self.outstanding)

    def answered(self, kind: CallKind, answer: ModelAnswer, seconds: float) -> None:
        """An attempt was answered."""
        self._change_outstanding(-1)
        self.statistics.answers += 1
        self.statistics.tokens_in += answer.prompt_tokens
        self.statistics.tokens_out += answer.output_tokens
        self.breaker.succeeded()
        self._add_latency(kind, seconds)

    def failed(self, kind: CallKind, failure: TransientModelError, seconds: float) -> bool:
        """An attempt failed. Returns whether the endpoint was ejected for it."""
        self._change_outstanding(-1)
        self.statistics.failures[failure.kind.value] += 1
        if failure.kind is FailureKind.TIMEOUT:
            # The latency is at least this long.
            self._add_latency(kind, seconds)
        if failure.retry_after:
            self.cooling_until = max(self.cooling_until, self._clock() + failure.retry_after)
        ejected = failure.kind in FAULTS_OF_THE_SERVER and self.breaker.failed(failure.problem)
        self.statistics.ejections += ejected
        return ejected

    def refused(self) -> None:
        """An attempt was refused for good, so the server works."""
        self._change_outstanding(-1)
        self.statistics.failures["refused"] += 1
        self.breaker.responded()

    def cancelled(self) -> None:
        """An attempt was cancelled by its caller."""
        self._change_outstanding(-1)
        self.statistics.cancelled += 1

    def eject(self, reason: str) -> bool:
        """Send no further calls; outstanding attempts continue.

        Returns:
            False if the endpoint was already out of service.
        """
        ejected = self.breaker.open(reason)
        self.statistics.ejections += ejected
        return ejected

    def readmit(self) -> None:
        """Send calls again, after a successful probe."""
        self.breaker.close()
        self._calls_of_others = 0
        self._kv_cache_usage = 0.0

    def update_load(self, load: ServerLoad) -> None:
        """Store the load that the server publishes; it includes calls of other clients."""
        self._calls_of_others = max(0, load.running + load.waiting - self.outstanding)
        self._kv_cache_usage = load.kv_cache_usage

    def _change_outstanding(self, change: int) -> None:
        now = self._clock()
        self.statistics.busy_seconds += self.outstanding * (now - self._counted_at)
        self._counted_at = now
        self.outstanding += change

    def _add_latency(self, kind: CallKind, seconds: float) -> None:
        now = self._clock()
        seen = self._latency.get(kind)
        if seen is None:
            self._latency[kind] = _Latency(seconds, now)
        else:
            # A mean that is half forgotten has half the weight against the new value.
            weight = max(_EWMA_WEIGHT, 1.0 - self._remembered(seen))
            seen.mean += weight * (seconds - seen.mean)
            seen.updated_at = now

    def _remembered(self, seen: _Latency) -> float:
        idle = max(0.0, self._clock() - seen.updated_at)
        return float(0.5 ** (idle / _LATENCY_HALF_LIFE_S))

"""One endpoint as the router sees it: what it serves, how it does, whether it gets calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from ga_ooo.errors import UsageError
from ga_ooo.model.client.load import ServerLoad
from ga_ooo.model.errors import FAULTS_OF_THE_SERVER, FailureKind, TransientModelError
from ga_ooo.model.requests import CallKind, ModelAnswer, ModelClient
from ga_ooo.model.routing.counters import EndpointStatistics

GENERATION: Final = frozenset({CallKind.CHAT, CallKind.COMPLETION})

_EWMA_WEIGHT: Final = 0.1
# How soon an idle endpoint's latency is forgotten, so that one that was slow is tried again, but
# not so often that the trials hold a persona up.
_LATENCY_HALF_LIFE_S: Final = 60.0
# A slower server counts as at most this many times as busy: latencies of single calls vary as
# widely as the lengths of their answers do.
_MOST_SLOWNESS: Final = 4.0
# Servers work on calls in batches: so many are hardly slower than one, and being slow weighs more
# than having a few.
_BATCH: Final = 8.0
# Above this share vLLM begins to preempt requests, and cached prefixes are thrown out.
_CROWDED_KV_CACHE: Final = 0.9


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Where a server is and what it is asked for.

    Attributes:
        url: base URL of the API; ``/v1`` is added if the URL has no path.
        kinds: kinds of calls that it gets.
        limit: most calls in flight at once.
        key_variable: environment variable that holds the API key.

    Raises:
        UsageError: the URL is not one.
    """

    url: str
    kinds: frozenset[CallKind] = GENERATION
    limit: int = 256
    key_variable: str = "OPENAI_API_KEY"

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"not a model server's URL: {self.url!r}",
                "give one such as http://localhost:8000/v1",
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            # It would end up in logs and error messages.
            raise UsageError(
                f"the URL of the model server at {parts.hostname} holds more than a path",
                f"put the API key into the environment variable {self.key_variable}",
            )
        path = parts.path.rstrip("/") or "/v1"
        object.__setattr__(self, "url", f"{parts.scheme}://{parts.netloc}{path}")

    @property
    def root(self) -> str:
        """The URL without ``/v1``: where ``/health`` and ``/metrics`` are."""
        return self.url.removesuffix("/v1")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server was found to be able to do.

    Attributes:
        models: served names.
        priority: it schedules by priority.
        embedding_width: length of its embeddings; None where it is not asked for any.
    """

    models: tuple[str, ...] = ()
    priority: bool = False
    embedding_width: int | None = None


class ServerClient(ModelClient, Protocol):
    """What the router needs of a client for one endpoint."""

    late: int

    async def probe(self) -> Capabilities:
        """Make sure that the server can answer calls, and find out what else it can do.

        Raises:
            ModelError: it cannot.
        """
        ...

    async def check(self) -> ServerLoad | None:
        """Ask for health and load.

        Raises:
            ModelError: the server is not healthy.
        """
        ...


@dataclass(slots=True)
class _Latency:
    """Exponentially weighted mean of seconds per attempt."""

    mean: float
    seen_at: float


class Endpoint:
    """An endpoint in the router's hands.

    A circuit breaker: in service until ``eject_after`` attempts in a row failed by the server's
    fault (or its health checks did), then out of service until a probe succeeds.

    Args:
        config: what it is.
        client: who asks it.
        clock: the loop's time, in seconds.
        eject_after: failed attempts in a row that take it out of service.
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
        self.statistics = EndpointStatistics()
        self.in_service = True
        self.draining = False
        self.out_because = ""
        self.outstanding = 0
        # Ejections since the last good answer: how long to wait before the next trial.
        self.ejections_in_a_row = 0
        self.cooling_until = 0.0
        self._clock = clock
        self._eject_after = eject_after
        self._failures_in_a_row = 0
        self._foreign = 0
        self._kv_cache_usage = 0.0
        self._counted_at = 0.0
        self._latency: dict[CallKind, _Latency] = {}

    @property
    def takes_calls(self) -> bool:
        """In service and not being drained (it may still be full, or cooling down)."""
        return self.in_service and not self.draining

    @property
    def has_room(self) -> bool:
        """A call can be sent now."""
        return (
            self.takes_calls
            and self.outstanding < self.config.limit
            and self.cooling_until <= self._clock()
        )

    @property
    def crowded(self) -> bool:
        """Its key-value cache is so full that a cached prefix does not last."""
        return self._kv_cache_usage >= _CROWDED_KV_CACHE

    @property
    def busy(self) -> float:
        """Calls at the server, other users' included, and one batch on top."""
        return _BATCH + self.outstanding + self._foreign

    def latency(self, kind: CallKind) -> float | None:
        """Mean seconds per attempt of a kind, recent ones weighing more; None before any."""
        seen = self._latency.get(kind)
        return None if seen is None else seen.mean

    def cost(self, kind: CallKind, quickest: float | None) -> float:
        """What a call waits there: :attr:`busy` times :meth:`slowness`."""
        return self.busy * self.slowness(kind, quickest)

    def slowness(self, kind: CallKind, quickest: float | None) -> float:
        """How many times slower than the quickest it is, between 1 and 4.

        Args:
            kind: kind of call.
            quickest: least :meth:`latency` among the endpoints compared; None before any.
        """
        seen = self._latency.get(kind)
        if seen is None or not quickest:
            return 1.0
        slowness = 1.0 + (seen.mean / quickest - 1.0) * self._remembered(seen)
        return min(max(slowness, 1.0), _MOST_SLOWNESS)

    def begin(self) -> None:
        """An attempt takes one of its places."""
        self.statistics.calls += 1
        self._count(+1)
        self.statistics.peak = max(self.statistics.peak, self.outstanding)

    def answered(self, kind: CallKind, answer: ModelAnswer, seconds: float) -> None:
        """An attempt was answered."""
        self._count(-1)
        self.statistics.answers += 1
        self.statistics.tokens_in += answer.prompt_tokens
        self.statistics.tokens_out += answer.output_tokens
        self._failures_in_a_row = 0
        if self.in_service:
            self.ejections_in_a_row = 0
        self._saw_latency(kind, seconds)

    def failed(self, kind: CallKind, failure: TransientModelError, seconds: float) -> bool:
        """An attempt failed. Whether that took the endpoint out of service."""
        self._count(-1)
        self.statistics.failures[failure.kind.value] += 1
        if failure.kind is FailureKind.TIMEOUT:
            # It is at least that slow.
            self._saw_latency(kind, seconds)
        if failure.retry_after:
            self.cooling_until = max(self.cooling_until, self._clock() + failure.retry_after)
        if failure.kind in FAULTS_OF_THE_SERVER:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= self._eject_after:
                return self.eject(
                    f"{self._failures_in_a_row} failures in a row, last: {failure.problem}"
                )
        return False

    def refused(self) -> None:
        """An attempt was refused for good: the server works."""
        self._count(-1)
        self.statistics.failures["refused"] += 1
        self._failures_in_a_row = 0

    def cancelled(self) -> None:
        """The caller gave an attempt up."""
        self._count(-1)
        self.statistics.cancelled += 1

    def eject(self, reason: str) -> bool:
        """Take it out of service; its attempts in flight go on. False if it was out already."""
        if not self.in_service:
            return False
        self.in_service = False
        self.out_because = reason
        self.statistics.ejections += 1
        self.ejections_in_a_row += 1
        return True

    def readmit(self) -> None:
        """Put it back into service."""
        self.in_service = True
        self.out_because = ""
        self._failures_in_a_row = 0
        self._foreign = 0
        self._kv_cache_usage = 0.0

    def saw_load(self, load: ServerLoad) -> None:
        """Take note of what the server says about its load, other users' calls included."""
        self._foreign = max(0, load.running + load.waiting - self.outstanding)
        self._kv_cache_usage = load.kv_cache_usage

    def _count(self, change: int) -> None:
        now = self._clock()
        self.statistics.busy_seconds += self.outstanding * (now - self._counted_at)
        self._counted_at = now
        self.outstanding += change

    def _saw_latency(self, kind: CallKind, seconds: float) -> None:
        now = self._clock()
        seen = self._latency.get(kind)
        if seen is None:
            self._latency[kind] = _Latency(seconds, now)
        else:
            # What is half forgotten weighs half as much against what is new.
            weight = max(_EWMA_WEIGHT, 1.0 - self._remembered(seen))
            seen.mean += weight * (seconds - seen.mean)
            seen.seen_at = now

    def _remembered(self, seen: _Latency) -> float:
        idle = max(0.0, self._clock() - seen.seen_at)
        return float(0.5 ** (idle / _LATENCY_HALF_LIFE_S))

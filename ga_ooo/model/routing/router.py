"""Many endpoints as one model client.

Each call waits for a free slot (:mod:`~ga_ooo.model.routing._balance`) and makes one attempt at
that endpoint. After a transient failure it makes another attempt, elsewhere or after a back-off
(:mod:`~ga_ooo.model.routing._retry`). Every call ends exactly once: in an answer or a final error.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import Final

from ga_ooo.errors import ModelError, UsageError
from ga_ooo.model.endpoints import EndpointConfig, ServerClient
from ga_ooo.model.errors import (
    FinalModelError,
    ModelUnavailableError,
    TransientModelError,
)
from ga_ooo.model.requests import CallKind, CallReport, ModelAnswer, ModelCall
from ga_ooo.model.routing._balance import LoadBalancer, PauseHooks, Ticket
from ga_ooo.model.routing._health import HealthMonitor
from ga_ooo.model.routing._retry import CallProgress, Retry
from ga_ooo.model.routing._widths import EmbeddingWidths
from ga_ooo.model.routing.counters import RouterStatistics
from ga_ooo.model.routing.endpoint import Endpoint
from ga_ooo.options import RouterOptions

logger = logging.getLogger(__name__)

_PROBES_AT_START: Final = 3

_REPORTED_WAIT_S: Final = 5.0
"""Waits from this length on are shown to the user."""

_REPORT_INTERVAL_S: Final = 60.0
"""Least time between two such messages about one endpoint."""


def _log_pause(reason: str) -> None:
    logger.warning("paused: %s", reason)


def _log_resume() -> None:
    logger.warning("resumed")


class Router:
    """Sends each call to the best endpoint. Implements ``ModelClient``.

    Args:
        configs: the endpoints.
        client: makes the client of one endpoint.
        options: retries, health checks, ejection.
        jitter: source of jitter between retries, in [0, 1); None for one of its own.
        pauses: notified when no endpoint is in service, and when one is again.

    Attributes:
        options: see above.
        endpoints: state of the endpoints, in the order of ``configs``.

    Raises:
        UsageError: no endpoint, or one URL twice.
    """

    def __init__(
        self,
        configs: Sequence[EndpointConfig],
        client: Callable[[EndpointConfig], ServerClient],
        options: RouterOptions | None = None,
        jitter: Callable[[], float] | None = None,
        pauses: PauseHooks | None = None,
    ) -> None:
        urls = [config.url for config in configs]
        if not urls or len(set(urls)) < len(urls):
            raise UsageError(
                f"model endpoints must be given, each once: {', '.join(urls) or 'none'}",
                "give each model server's URL once",
            )
        self.options = options or RouterOptions()
        self.endpoints = [
            Endpoint(config, client(config), self._now, self.options.eject_after)
            for config in configs
        ]
        self._retry = Retry(self.options.retry, jitter)
        self._balancer = LoadBalancer(
            self.endpoints,
            self.options.give_up_after_s,
            pauses or PauseHooks(_log_pause, _log_resume),
        )
        self._monitor: HealthMonitor | None = None
        self._order = itertools.count()
        self._calls = self._answered = self._failed = self._cancelled = 0
        self._in_flight: set[int] = set()
        self._longest_wait = 0.0
        self._reported_until: dict[Endpoint, float] = {}
        self._widths = EmbeddingWidths()

    async def start(self) -> None:
        """Probe all endpoints and begin to watch them.

        Raises:
            ModelUnavailableError: for some kind of call, no endpoint answers.
            ModelError: an endpoint answers but cannot be used (unknown model, refused key ...).
        """
        problems = await asyncio.gather(*map(self._first_probe, self.endpoints))
        for problem in problems:
            if problem is not None and not isinstance(problem, TransientModelError):
                raise problem
        for kind in CallKind:
            serving = [
                (endpoint, problem)
                for endpoint, problem in zip(self.endpoints, problems, strict=True)
                if kind in endpoint.config.kinds
            ]
            if serving and not any(endpoint.in_service for endpoint, _ in serving):
                failed = [problem for _, problem in serving if problem is not None]
                raise ModelUnavailableError(
                    f"no endpoint answers {kind} calls: "
                    + "; ".join(dict.fromkeys(problem.problem for problem in failed)),
                    "; or ".join(dict.fromkeys(problem.remedy for problem in failed)),
                )
        self._widths.check_all()
        self._monitor = HealthMonitor(self.endpoints, self.options.health, self._balancer.balance)
        self._monitor.start()
        for endpoint in self.endpoints:
            if not endpoint.in_service:
                self._monitor.notify_ejected(endpoint)

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Answer one call.

        Raises:
            RetriesExhaustedError: it failed until its deadline.
            ModelUnavailableError: all endpoints were out of service for too long.
            ModelError: an endpoint refused it for good.
        """
        answer, _ = await self.answer_with_report(call)
        return answer

    async def answer_with_report(self, call: ModelCall) -> tuple[ModelAnswer, CallReport]:
        """As :meth:`answer`, with the endpoint and the number of attempts (for the journal)."""
        order = next(self._order)
        began = self._now()
        self._calls += 1
        self._in_flight.add(order)
        progress = CallProgress(call, order)
        try:
            answer = await self._retry.run(self._attempt, progress)
        except asyncio.CancelledError:
            self._cancelled += 1
            raise
        except BaseException:
            self._failed += 1
            raise
        finally:
            self._in_flight.discard(order)
        self._answered += 1
        self._longest_wait = max(self._longest_wait, self._now() - began)
        return answer, CallReport(progress.endpoint, progress.attempts)

    def describe(self) -> list[str]:
        """One line for each endpoint: which models answer, and how requests differ."""
        return [f"{e.url}: {'; '.join(_capabilities(e))}" for e in self.endpoints]

    def drain(self, url: str) -> None:
        """Send an endpoint no further calls; its outstanding calls continue.

        Raises:
            UsageError: there is no such endpoint.
        """
        self._find(url).draining = True
        self._balancer.balance()

    def undrain(self, url: str) -> None:
        """Send a drained endpoint calls again.

        Raises:
            UsageError: there is no such endpoint.
        """
        self._find(url).draining = False
        self._balancer.balance()

    def statistics(self) -> RouterStatistics:
        """Current values of all counters."""
        return RouterStatistics(
            calls=self._calls,
            answered=self._answered,
            failed=self._failed,
            cancelled=self._cancelled,
            in_flight=len(self._in_flight),
            waiting=self._balancer.waiting,
            retries=self._retry.retries,
            late=sum(endpoint.client.late for endpoint in self.endpoints),
            answers=sum(endpoint.statistics.answers for endpoint in self.endpoints),
            pauses=self._balancer.pauses,
            longest_wait_s=self._longest_wait,
            endpoints={endpoint.url: endpoint.statistics for endpoint in self.endpoints},
        )

    async def close(self) -> None:
        """Stop watching, fail waiting calls, close connections. A second call does nothing."""
        if self._monitor is not None:
            await self._monitor.close()
        self._balancer.close()
        for endpoint in self.endpoints:
            await endpoint.client.close()

    async def _attempt(self, progress: CallProgress) -> ModelAnswer:
        call = progress.call
        kind = call.request.kind
        endpoint = await self._balancer.acquire(
            Ticket(
                call.priority,
                progress.order,
                kind,
                call.key.persona if call.key else None,
                progress.tried,
            )
        )
        progress.attempts += 1
        progress.endpoint = endpoint.url
        began = self._now()
        try:
            answer = await endpoint.client.answer(call)
            self._widths.check(endpoint.url, answer)
        except TransientModelError as failure:
            progress.failed(endpoint, failure, self._now())
            ejected = endpoint.failed(kind, failure, self._now() - began)
            if ejected and self._monitor is not None:
                self._monitor.notify_ejected(endpoint)
            self._report_wait(endpoint, failure)
            progress.has_alternative = self._balancer.has_alternative(kind, progress.tried)
            raise
        except FinalModelError as error:
            endpoint.refused()
            raise error.at_attempt(progress.attempts) from None
        except ModelError:
            endpoint.refused()
            raise
        except BaseException:
            endpoint.cancelled()
            raise
        else:
            endpoint.answered(kind, answer, self._now() - began)
            return answer
        finally:
            progress.spent_s += self._now() - began
            self._balancer.balance()

    async def _first_probe(self, endpoint: Endpoint) -> ModelError | None:
        """Probe an endpoint; returns its problem, or None. Ejects it after transient failures."""
        failure: ModelError | None = None
        for _ in range(_PROBES_AT_START):
            try:
                found = await endpoint.client.probe()
            except TransientModelError as error:
                failure = error
                if error.retry_after:
                    self._report_wait(endpoint, error)
                    await asyncio.sleep(error.retry_after)
            except ModelError as error:
                return error
            else:
                self._widths.add(endpoint.url, found.embedding_width)
                return None
        assert failure is not None
        endpoint.eject(failure.problem)
        return failure

    def _report_wait(self, endpoint: Endpoint, failure: TransientModelError) -> None:
        """Show a long wait that a server asks for, but not for each call that meets it."""
        wait, now = failure.retry_after or 0.0, self._now()
        if wait >= _REPORTED_WAIT_S and now >= self._reported_until.get(endpoint, 0.0):
            self._reported_until[endpoint] = now + max(wait, _REPORT_INTERVAL_S)
            logger.warning("%s; calls wait for %.0f s", failure.problem, wait)

    def _find(self, url: str) -> Endpoint:
        for endpoint in self.endpoints:
            if endpoint.url == EndpointConfig(url).url:
                return endpoint
        raise UsageError(
            f"there is no model endpoint {url}",
            f"name one of: {', '.join(endpoint.url for endpoint in self.endpoints)}",
        )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _capabilities(endpoint: Endpoint) -> list[str]:
    if not endpoint.in_service:
        return [f"out of service: {endpoint.breaker.reason}"]
    found = endpoint.client.capabilities
    width = [f"{found.embedding_width} numbers per embedding"] if found.embedding_width else []
    return [*found.answering, *width, *found.notes]

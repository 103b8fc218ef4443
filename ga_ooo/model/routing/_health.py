"""Watches endpoints: ejects those that fail their health checks, readmits those that recovered.

A probe is a real, small request of every kind that the endpoint serves, so a server that reports
itself healthy but cannot generate stays out of service. The probe also finds the server's
capabilities again, which may have changed while it was away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from ga_ooo.errors import ModelError
from ga_ooo.model.routing.endpoint import Endpoint
from ga_ooo.options import HealthPolicy

logger = logging.getLogger(__name__)


class HealthMonitor:
    """Checks all endpoints until it is closed.

    Args:
        endpoints: the endpoints to watch.
        policy: intervals and thresholds.
        changed: called after an endpoint was ejected or readmitted.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], policy: HealthPolicy, changed: Callable[[], None]
    ) -> None:
        self._endpoints = endpoints
        self._policy = policy
        self._changed = changed
        self._tasks: list[asyncio.Task[None]] = []
        self._ejected = {endpoint: asyncio.Event() for endpoint in endpoints}

    def start(self) -> None:
        """Begin to watch."""
        for endpoint in self._endpoints:
            for watching in (self._watch(endpoint), self._readmit(endpoint)):
                task = asyncio.create_task(watching)
                task.add_done_callback(_raise_error)
                self._tasks.append(task)

    async def close(self) -> None:
        """Stop watching."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def notify_ejected(self, endpoint: Endpoint) -> None:
        """An endpoint was ejected: begin the back-off before its first probe."""
        logger.warning("%s is out of service: %s", endpoint.url, endpoint.breaker.reason)
        self._ejected[endpoint].set()

    async def _watch(self, endpoint: Endpoint) -> None:
        while True:
            await asyncio.sleep(self._policy.interval_s)
            problem = await self._check(endpoint) if endpoint.in_service else None
            if problem and endpoint.eject(f"failed its health check: {problem}"):
                self.notify_ejected(endpoint)
                self._changed()

    async def _check(self, endpoint: Endpoint) -> str | None:
        """The problem of an endpoint that failed several checks in a row; None if one passed.

        A single failed check proves nothing where host code blocks the loop, or where the loop
        runs only while a call waits: a check that began before is then overdue, and the server is
        not the cause.
        """
        problem = None
        for _ in range(self._policy.failed_checks):
            try:
                load = await endpoint.client.check()
            except ModelError as error:
                problem = error.problem
            else:
                if load is not None:
                    endpoint.update_load(load)
                return None
        return problem

    async def _readmit(self, endpoint: Endpoint) -> None:
        while True:
            await self._ejected[endpoint].wait()
            self._ejected[endpoint].clear()
            doublings = min(endpoint.breaker.openings_in_a_row - 1, 16)
            back_off = min(self._policy.recheck_s * 2.0**doublings, self._policy.most_recheck_s)
            while not endpoint.in_service:
                await asyncio.sleep(back_off)
                await self._probe(endpoint)

    async def _probe(self, endpoint: Endpoint) -> None:
        endpoint.breaker.begin_probe()
        try:
            await endpoint.client.check()
            await endpoint.client.probe()
        except ModelError as error:
            endpoint.breaker.probe_failed(error.problem)
        else:
            endpoint.readmit()
            logger.warning("%s is back in service", endpoint.url)
            self._changed()


def _raise_error(task: asyncio.Task[None]) -> None:
    """Nobody awaits the task, so an unexpected error is raised in a callback: it ends the run."""
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error

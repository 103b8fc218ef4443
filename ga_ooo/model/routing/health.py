"""Watching endpoints: out of service when they fail their checks, back when a probe succeeds.

A probe is a real, tiny request of every kind that the endpoint serves, so a server that says it
is healthy but cannot generate stays out. It also learns anew what the server can do, which may
have changed while it was away.
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
        endpoints: whom to watch.
        policy: how.
        changed: called after an endpoint left service or came back.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], policy: HealthPolicy, changed: Callable[[], None]
    ) -> None:
        self._endpoints = endpoints
        self._policy = policy
        self._changed = changed
        self._tasks: list[asyncio.Task[None]] = []
        self._left = {endpoint: asyncio.Event() for endpoint in endpoints}

    def start(self) -> None:
        """Begin to watch."""
        for endpoint in self._endpoints:
            self._tasks.append(asyncio.create_task(self._watch(endpoint)))
            self._tasks.append(asyncio.create_task(self._bring_back(endpoint)))

    async def close(self) -> None:
        """Stop watching."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def left_service(self, endpoint: Endpoint) -> None:
        """Tell that an endpoint was ejected: the wait for its first probe begins."""
        logger.warning("%s is out of service: %s", endpoint.url, endpoint.out_because)
        self._left[endpoint].set()

    async def _watch(self, endpoint: Endpoint) -> None:
        while True:
            await asyncio.sleep(self._policy.interval_s)
            problem = await self._check(endpoint) if endpoint.in_service else None
            if problem and endpoint.eject(f"failed its health check: {problem}"):
                self.left_service(endpoint)
                self._changed()

    async def _check(self, endpoint: Endpoint) -> str | None:
        """What ails the endpoint, after a second look; None if nothing does.

        The second look matters where host code holds the loop up, or where the loop runs only
        while a call waits: a check that was begun before is then overdue, whoever is to blame.
        """
        problem = None
        for _ in range(self._policy.failed_checks):
            try:
                load = await endpoint.client.check()
            except ModelError as error:
                problem = error.problem
            else:
                if load is not None:
                    endpoint.saw_load(load)
                return None
        return problem

    async def _bring_back(self, endpoint: Endpoint) -> None:
        while True:
            await self._left[endpoint].wait()
            self._left[endpoint].clear()
            doublings = min(endpoint.ejections_in_a_row - 1, 16)
            pause = min(self._policy.recheck_s * 2.0**doublings, self._policy.most_recheck_s)
            while not endpoint.in_service:
                await asyncio.sleep(pause)
                try:
                    await endpoint.client.check()
                    await endpoint.client.probe()
                except ModelError as error:
                    endpoint.out_because = error.problem
                else:
                    endpoint.readmit()
                    logger.warning("%s is back in service", endpoint.url)
                    self._changed()

"""Starts and stops all model servers of this machine together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ga_ooo.errors import GaOooError
from ga_ooo.model.serving._plan import Plan, plan_vllm
from ga_ooo.model.serving._server import Report, Server, ServerSpec, Timing
from ga_ooo.options import ServeOptions


@dataclass(frozen=True)
class ServedUrls:
    """URLs and model names of the servers.

    Attributes:
        generative: base URLs (ending in ``/v1``) for chat and completions.
        embedding: base URLs for embeddings.
        generative_model: model name for requests to the generative servers.
        embedding_model: the same for the embedding servers; None if there are none.
    """

    generative: tuple[str, ...]
    embedding: tuple[str, ...]
    generative_model: str
    embedding_model: str | None


class Replicas:
    """vLLM servers on this machine, which run while the context is open::

        async with Replicas(ServeOptions(model="Qwen/Qwen3-8B"), report=print) as replicas:
            replicas.urls.generative

    A server that dies is restarted after a back-off; until then its URL refuses connections.

    Args:
        options: which servers to run.
        report: called with one-line messages about the servers.
        plan: makes command lines from the options.
        timing: time limits and back-offs.
    """

    def __init__(
        self,
        options: ServeOptions,
        *,
        report: Report = lambda line: None,
        plan: Callable[[ServeOptions], Awaitable[Plan]] = plan_vllm,
        timing: Timing | None = None,
    ) -> None:
        self._options = options
        self._report = report
        self._plan = plan
        self._timing = timing or Timing()
        self._servers: list[Server] = []
        self._supervisors: list[asyncio.Task[None]] = []

    @property
    def urls(self) -> ServedUrls:
        """URLs of the servers that were started."""
        specs = [server.spec for server in self._servers]
        return ServedUrls(
            generative=tuple(spec.url for spec in specs if spec.kind == "generative"),
            embedding=tuple(spec.url for spec in specs if spec.kind == "embedding"),
            generative_model=self._options.generative_name,
            embedding_model=self._options.embedding_name,
        )

    @property
    def servers(self) -> tuple[Server, ...]:
        """All servers in the order of their start."""
        return tuple(self._servers)

    async def start(self) -> None:
        """Start all servers and wait until each answers.

        Raises:
            ModelError: vLLM is missing, or a server did not start; none is left running.
            UsageError: the machine has fewer GPUs than the options need.
        """
        try:
            for wave in await self._plan(self._options):
                started = [self._make_server(spec) for spec in wave]
                self._servers += started
                await self._start_together(started)
        except BaseException:
            await self.stop()
            raise
        self._supervisors = [asyncio.create_task(server.supervise()) for server in self._servers]

    async def stop(self) -> None:
        """Stop all servers and wait until their processes are gone. A second call does nothing."""
        supervisors, self._supervisors = self._supervisors, []
        for task in supervisors:
            task.cancel()
        for task in supervisors:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await asyncio.gather(*(server.stop() for server in self._servers))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def _make_server(self, spec: ServerSpec) -> Server:
        log = self._options.log_folder / f"{spec.name}.log"
        return Server(spec, log, self._report, self._timing)

    async def _start_together(self, servers: list[Server]) -> None:
        for server in servers:
            self._report(f"starting {server.spec.model} at {server.spec.url} (log: {server.log})")
        try:
            async with asyncio.TaskGroup() as group:
                for server in servers:
                    group.create_task(server.start())
        except BaseExceptionGroup as failures:
            # The first failure cancels the other starts, so it is the cause.
            first = failures.exceptions[0]
            raise first from (first.__cause__ if isinstance(first, GaOooError) else failures)

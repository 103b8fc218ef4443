"""Model servers that start and stop with a run."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

from ga_ooo.model.serving.replicas import Replicas, ServedUrls
from ga_ooo.options import ServeOptions


class BackgroundServers:
    """vLLM servers for as long as the block lasts, watched by a thread of their own.

    The loop of a run stands still while host code computes; the loop that restarts servers must
    not.

    Args:
        options: which servers.
    """

    def __init__(self, options: ServeOptions) -> None:
        self._replicas = Replicas(
            options, report=lambda line: print(line, file=sys.stderr, flush=True)
        )
        self._loop = asyncio.new_event_loop()
        self._starting: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="model servers")

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._wait_for(self._start())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def urls(self) -> ServedUrls:
        """Where they answer."""
        return self._replicas.urls

    async def _start(self) -> None:
        self._starting = asyncio.current_task(self._loop)
        await self._replicas.start()

    async def _shut_down(self) -> None:
        if self._starting is not None:
            # Ctrl-C while they start: the start undoes itself when it is cancelled.
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._replicas.stop()

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)
        future.result()

    def _stop(self) -> None:
        try:
            self._wait_for(self._shut_down())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

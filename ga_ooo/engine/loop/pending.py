"""The model calls that fibers wait for, as tasks of the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any

from ga_ooo.engine.loop.fibers import Fiber


class PendingCalls:
    """Calls under way, and calls that were answered and whose fibers have not continued yet.

    Args:
        news: set whenever an answer arrives.
    """

    def __init__(self, news: asyncio.Event) -> None:
        self._news = news
        self._tasks: set[asyncio.Task[Any]] = set()
        self._answered: deque[tuple[Fiber, asyncio.Task[Any]]] = deque()

    @property
    def under_way(self) -> bool:
        """Whether any call has no answer yet."""
        return bool(self._tasks)

    @property
    def answered(self) -> bool:
        """Whether any answer has arrived and was not taken."""
        return bool(self._answered)

    def start(self, fiber: Fiber, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Start a call for a fiber that waits for it."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._note_answer(fiber, done))

    def take(self) -> tuple[Fiber, asyncio.Task[Any]]:
        """The first answer that was not taken: the fiber, and its call, which is done."""
        return self._answered.popleft()

    async def cancel_all(self) -> None:
        """Cancel all calls. None outlives the run: the loop may run something else next."""
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _note_answer(self, fiber: Fiber, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        # Retrieves the exception: asyncio reports one that nobody retrieved before the run ends.
        task.exception()
        move = fiber.move
        if move is None or move.abandoned:
            return
        self._answered.append((fiber, task))
        self._news.set()

"""Pauses a coroutine at one of its own suspensions, while the event loop continues."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Pause:
    """Whether the user wants a run to make a pause.

    While it does, the engine does not continue: no move starts, and none continues. Calls that are
    in flight are answered, and the answers wait. So a pause may last as long as the user likes.
    It changes no result. In virtual time, the calls in flight end at the moment of the pause.

    Methods are called on the thread of the event loop.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._over = asyncio.Event()
        self._over.set()
        self._clock = clock
        self._before = 0.0
        self._began: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether the user wants a pause now."""
        return not self._over.is_set()

    @property
    def seconds(self) -> float:
        """How long all pauses have lasted until now. May be read in any thread."""
        began = self._began
        return self._before if began is None else self._before + self._clock() - began

    def begin(self) -> None:
        """Pause at the next suspension of the coroutine."""
        self._over.clear()
        if self._began is None:
            self._began = self._clock()

    def end(self) -> None:
        """Continue."""
        self._over.set()
        self._before, self._began = self.seconds, None

    async def around(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, and pause it when the user wants that."""
        result: T = await _Paused(coroutine, self._over)
        return result


class _Paused:
    """Hands everything that a coroutine waits for to the event loop, and waits for the end of a
    pause before the coroutine continues."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], over: asyncio.Event) -> None:
        self._coroutine = coroutine
        self._over = over

    def __await__(self) -> Generator[Any, None, Any]:
        proceed = partial(self._coroutine.send, None)
        while True:
            try:
                awaited = proceed()
            except StopIteration as done:
                return done.value
            try:
                yield awaited
                yield from self._over.wait().__await__()
            except BaseException as error:
                # The task was cancelled, or is being closed.
                proceed = partial(self._coroutine.throw, error)
            else:
                proceed = partial(self._coroutine.send, None)

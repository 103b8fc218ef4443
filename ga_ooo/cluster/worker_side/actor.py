"""A rehearsal worker as an actor of Ray. One call carries one frame to it and one frame back.

Ray starts the calls of such an actor in any order: the frame of a call that is large arrives later.
So frames are used in the order of their numbers.
"""

from __future__ import annotations

import asyncio
import os
import platform
import time
import traceback
from typing import Final

import msgspec

from ga_ooo.cluster.frames import Facts, Setup, ToWorker, WorkerStart, encode, read_for_worker
from ga_ooo.cluster.worker_side.worker import RehearsalWorker

_BATCH: Final = 0.001
"""Seconds for which questions are gathered while there is more to rehearse."""


class RehearsalActor:
    """What Ray runs.

    Args:
        setup: a :class:`~ga_ooo.cluster.frames.Setup`, encoded.
    """

    def __init__(self, setup: bytes) -> None:
        self._setup = msgspec.msgpack.decode(setup, type=Setup)
        self._worker: RehearsalWorker | None = None
        self._loop: asyncio.Task[None] | None = None
        self._work_due = asyncio.Event()
        self._waiter: asyncio.Future[None] | None = None
        self._waits = False
        self._next: int | None = None
        self._early: dict[int, asyncio.Event] = {}

    async def start(self) -> bytes:
        """Import the host, in the thread in which it will run."""
        node, pid = platform.node(), os.getpid()
        if self._worker is None:
            try:
                self._worker = RehearsalWorker(self._setup)
            except Exception:
                nothing = Facts("", "", "", 0)
                return encode(WorkerStart(nothing, node, pid, traceback.format_exc()))
            self._loop = asyncio.create_task(self._work())
        return encode(WorkerStart(self._worker.facts, node, pid, self._worker.problem))

    async def exchange(self, frame: bytes) -> bytes:
        """Use a frame, and return one: as soon as there is something to say, or at the next frame
        of the main process, or when there is nothing more to rehearse if it waits for that."""
        assert self._worker is not None, "started before"
        message = read_for_worker(frame)
        await self._turn(message)
        self._worker.use(message)
        # Whom it rehearses is said to a worker when it has the town.
        self._waits = message.waits or message.begin is not None
        self._reply()
        self._waiter = waiter = asyncio.get_running_loop().create_future()
        self._work_due.set()
        await waiter
        return self._worker.take()

    async def _turn(self, message: ToWorker) -> None:
        """Wait until all frames before this one are used."""
        number = message.number
        if message.begin is not None:
            # All that was sent before is of no use any more.
            self._next = number
        elif self._next is None or number > self._next:
            self._early[number] = is_next = asyncio.Event()
            await is_next.wait()
        if self._next != number:
            raise ValueError(f"frame {number} belongs to an earlier description of the town")
        self._next = number + 1
        # Frames that a new beginning has overtaken end, and do not wait for ever.
        for early in [each for each in self._early if each <= self._next]:
            self._early.pop(early).set()

    async def _work(self) -> None:
        worker = self._worker
        assert worker is not None
        while True:
            await self._work_due.wait()
            self._work_due.clear()
            first_news: float | None = None
            has_more = True
            while has_more:
                has_more = worker.work()
                # Another frame may have arrived.
                await asyncio.sleep(0)
                if worker.has_news and not self._waits:
                    now = time.monotonic()
                    first_news = now if first_news is None else first_news
                    if now - first_news >= _BATCH:
                        self._reply()
                        first_news = None
            if worker.has_news or self._waits:
                self._reply()

    def _reply(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

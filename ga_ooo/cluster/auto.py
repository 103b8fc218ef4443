"""``--workers auto``: starts and ends workers while the run continues."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Final

from ga_ooo.cluster.balance import Load, WorkerBalance
from ga_ooo.cluster.channel import Channel
from ga_ooo.cluster.exchange import Exchange
from ga_ooo.cluster.own_rehearsals import OwnRehearsals

logger = logging.getLogger(__name__)

LOOK_EVERY: Final = 5.0
"""Seconds of the wall clock."""


class AutoWorkers:
    """Looks at the load of all processes from time to time, in the thread of the engine.

    Args:
        exchange: starts and ends workers.
        own: rehearsals of the main process.
        loop: of the engine.
    """

    def __init__(
        self, exchange: Exchange, own: OwnRehearsals, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._exchange = exchange
        self._own = own
        self._loop = loop
        self._balance = WorkerBalance(len(exchange.channels))
        self._before = self._clocks()
        self._timer = loop.call_later(LOOK_EVERY, self._look)

    def close(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        self._timer = self._loop.call_later(LOOK_EVERY, self._look)
        now, before = self._clocks(), self._before
        self._before = now
        seconds = max(1e-9, now[0] - before[0])
        own = (now[2] - before[2]) / seconds
        computed = (now[1] - before[1]) / seconds
        running = [channel for channel in self._exchange.channels if channel.is_wanted]
        if any(not channel.has_town for channel in running):
            # One starts. What it will do is not known.
            return
        shares = [
            (channel.worker.counts.cpu_seconds - before[3].get(channel, 0.0)) / seconds
            for channel in running
        ]
        load = Load(computed - own, own, shares)
        change = self._balance.look(load)
        logger.debug("%s: %+d worker", load, change)
        if change > 0:
            self._start()
        elif change < 0:
            self._exchange.end(running[-1])

    def _start(self) -> None:
        for channel in self._exchange.channels:
            if not channel.is_wanted and not channel.is_given_up:
                self._exchange.start(channel)
                return

    def _clocks(self) -> tuple[float, float, float, dict[Channel, float]]:
        """Wall clock, CPU time of this thread, of its rehearsals, and of each worker."""
        workers = {each: each.worker.counts.cpu_seconds for each in self._exchange.channels}
        return time.monotonic(), time.thread_time(), self._own.seconds, workers

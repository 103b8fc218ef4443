"""The scripted model behind the :class:`~ga_ooo.model.requests.ModelClient` protocol."""

from __future__ import annotations

import asyncio
import heapq
import logging
from dataclasses import dataclass

from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.scripted.latency import Latency
from ga_ooo.scripted.model import ScriptedModel

logger = logging.getLogger(__name__)


@dataclass
class CallCounters:
    """Counts of one client.

    Attributes:
        calls: number of calls.
        in_flight: number of unanswered calls, with those that wait for a slot.
        serving: number of calls that have a slot.
        peak: largest number of calls in flight.
        in_flight_seconds: integral of the calls in flight over the loop's time. Divided by a
            span of that time it is the mean number of calls in flight.
    """

    calls: int = 0
    in_flight: int = 0
    serving: int = 0
    peak: int = 0
    in_flight_seconds: float = 0.0

    @property
    def waiting(self) -> int:
        """Calls in flight that wait for a slot."""
        return self.in_flight - self.serving


class ScriptedClient:
    """Answers each call after its modelled latency.

    The client only uses the time of the running loop, so that a loop with virtual time works too.

    Args:
        model: answers the calls.
        latency: the latency model; no latency if None.
    """

    repeats_answers = True

    def __init__(self, model: ScriptedModel, latency: Latency | None = None) -> None:
        self.model = model
        self.latency = latency or Latency()
        self.counters = CallCounters()
        self._changed_at = 0.0
        self._closed = False
        self._arrivals = 0
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """Answer one call after its modelled latency (seconds of loop time)."""
        answer = self.model.answer_text(call.request, call.key.attempt if call.key else 0)
        seconds = self.latency.seconds(call, answer)
        self.counters.calls += 1
        self._count(+1)
        try:
            if seconds > 0:
                await self._serve(call.priority, seconds)
        finally:
            self._count(-1)
        return answer

    async def close(self) -> None:
        """Report the prompts that the model did not know."""
        report = self.model.unknown_prompts.report()
        if report is not None and not self._closed:
            logger.warning(report)
        self._closed = True

    async def _serve(self, priority: int, seconds: float) -> None:
        await self._take_slot(priority)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._give_slot()

    async def _take_slot(self, priority: int) -> None:
        if self.latency.slots is None or self.counters.serving < self.latency.slots:
            self.counters.serving += 1
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._queue, (priority, self._arrivals, waiting))
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                self._give_slot()
            raise

    def _give_slot(self) -> None:
        """Give the slot to the most urgent waiting call; free it if no call waits."""
        while self._queue:
            _, _, waiting = heapq.heappop(self._queue)
            if not waiting.done():
                waiting.set_result(None)
                return
        self.counters.serving -= 1

    def _count(self, change: int) -> None:
        now = asyncio.get_running_loop().time()
        counters = self.counters
        if counters.in_flight:
            counters.in_flight_seconds += counters.in_flight * (now - self._changed_at)
        self._changed_at = now
        counters.in_flight += change
        counters.peak = max(counters.peak, counters.in_flight)

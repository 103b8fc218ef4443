"""What a call takes before it reaches the servers, and how many calls are in flight."""

from __future__ import annotations

import heapq

from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.gpu import Done, Fleet, Priority
from ga_ooo.lab.replay.serving import Tokens


class LoadMeter:
    """Passes calls on to the servers, and sums up how long they are in flight.

    One core runs the code of all personas, so each call takes its CPU time before it is asked, one
    call after the other in the order of their priority.

    Args:
        events: the simulated clock.
        fleet: the servers.
        cpu_s: seconds of CPU for each call.

    Attributes:
        call_seconds: sum over all calls of their time in flight.
    """

    def __init__(self, events: EventQueue, fleet: Fleet, cpu_s: float) -> None:
        self.call_seconds = 0.0
        self._events = events
        self._fleet = fleet
        self._cpu_s = cpu_s
        self._waiting: list[tuple[Priority, int, Tokens, Done]] = []
        self._entered = 0
        self._is_busy = False

    def submit(self, priority: Priority, tokens: Tokens, done: Done) -> None:
        """See :class:`~ga_ooo.lab.replay.gpu.Fleet`."""
        if not self._cpu_s:
            self._forward(priority, tokens, done)
            return
        self._entered += 1
        heapq.heappush(self._waiting, (priority, self._entered, tokens, done))
        if not self._is_busy:
            self._compute()

    def _compute(self) -> None:
        self._is_busy = bool(self._waiting)
        if self._waiting:
            priority, _, tokens, done = heapq.heappop(self._waiting)
            due = self._events.now + self._cpu_s
            self._events.at(due, lambda: self._computed(priority, tokens, done))

    def _computed(self, priority: Priority, tokens: Tokens, done: Done) -> None:
        self._forward(priority, tokens, done)
        self._compute()

    def _forward(self, priority: Priority, tokens: Tokens, done: Done) -> None:
        asked = self._events.now

        def finish() -> None:
            self.call_seconds += self._events.now - asked
            done()

        self._fleet.submit(priority, tokens, finish)

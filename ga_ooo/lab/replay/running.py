"""Simulates recorded persona steps under a schedule and on model servers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.schedules import PersonaStep, Schedule
from ga_ooo.lab.replay.serving import Done, Fleet, Priority
from ga_ooo.lab.replay.towns import Towns


@dataclass(frozen=True)
class Outcome:
    """Results of one replay.

    Attributes:
        makespan: seconds until the last answer.
        calls: number of calls of the trace.
        wasted: number of prefetched calls whose answers no persona step used.
        tokens: tokens in and out of the calls of the trace.
        wasted_tokens: tokens in and out of the wasted calls.
        in_flight: mean number of calls in flight.
    """

    makespan: float
    calls: int
    wasted: int
    tokens: int
    wasted_tokens: int
    in_flight: float


class LoadMeter:
    """Passes calls on to the servers, and sums up how long they are in flight.

    Attributes:
        call_seconds: sum over all calls of their time in flight.
    """

    def __init__(self, events: EventQueue, fleet: Fleet) -> None:
        self.call_seconds = 0.0
        self._events = events
        self._fleet = fleet

    def submit(self, priority: Priority, tokens_in: int, tokens_out: int, done: Done) -> None:
        """See :class:`~ga_ooo.lab.replay.serving.Fleet`."""
        asked = self._events.now

        def finish() -> None:
            self.call_seconds += self._events.now - asked
            done()

        self._fleet.submit(priority, tokens_in, tokens_out, finish)


class NoPrefetches:
    """Calls that are asked before their persona step makes them: none.

    Attributes:
        wasted: number of such calls whose answers no persona step uses.
        wasted_tokens: tokens in and out of the wasted calls.
    """

    wasted = 0
    wasted_tokens = 0

    def take(self, call: int, done: Done) -> bool:
        """Whether a call need not be asked, since its answer was prefetched or is in flight.

        Args:
            call: number of the call.
            done: called when the answer is there, if the result is True.
        """
        return False

    def answered(self, call: int) -> None:
        """A persona step has received the answer of a call and has continued."""


class Replay:
    """One replay.

    Args:
        towns: the recorded towns.
        schedule: decides which persona step may start.
        events: the simulated clock.
        meter: the model servers.
        prefetches: calls asked before their persona step makes them.
        in_order_of_step: servers serve the call of the earliest step first, and not the call that
            was asked first.
    """

    def __init__(
        self,
        towns: Towns,
        schedule: Schedule,
        events: EventQueue,
        meter: LoadMeter,
        prefetches: NoPrefetches,
        *,
        in_order_of_step: bool,
    ) -> None:
        self._towns = towns
        self._schedule = schedule
        self._events = events
        self._meter = meter
        self._prefetches = prefetches
        self._in_order_of_step = in_order_of_step
        self._calls_of = towns.calls_of
        self._tokens_in, self._tokens_out = towns.tokens

    def run(self) -> Outcome:
        """Run until all persona steps have completed."""
        self._take(self._schedule.start())
        self._events.run()
        makespan = self._events.now
        return Outcome(
            makespan,
            len(self._tokens_in),
            self._prefetches.wasted,
            sum(self._tokens_in) + sum(self._tokens_out),
            self._prefetches.wasted_tokens,
            self._meter.call_seconds / makespan if makespan else 0.0,
        )

    def _take(self, persona_steps: Iterable[PersonaStep]) -> None:
        """Start persona steps; those without calls take no time."""
        ready = deque(persona_steps)
        while ready:
            persona_step = ready.popleft()
            calls = self._calls_of.get(persona_step)
            if calls is None:
                ready.extend(self._schedule.completed(persona_step))
            else:
                self._ask(persona_step, calls.start, calls.stop)

    def _ask(self, persona_step: PersonaStep, call: int, stop: int) -> None:
        """Ask the calls of a persona step one after another."""
        if call == stop:
            self._take(self._schedule.completed(persona_step))
            return

        def done() -> None:
            self._ask(persona_step, call + 1, stop)
            self._prefetches.answered(call)

        if not self._prefetches.take(call, done):
            persona, step = persona_step
            priority = (step, persona) if self._in_order_of_step else (0, 0)
            self._meter.submit(priority, self._tokens_in[call], self._tokens_out[call], done)

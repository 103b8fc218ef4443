"""Simulates recorded persona steps under a schedule and on model servers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.load import LoadMeter
from ga_ooo.lab.replay.prefetches import Answers
from ga_ooo.lab.replay.schedules import PersonaStep, Schedule
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


class Replay:
    """One replay.

    Args:
        towns: the recorded towns.
        schedule: decides which persona step may start.
        events: the simulated clock.
        meter: the model servers.
        answers: what need not be asked, and calls that are asked before their persona step.
        in_order_of_step: servers serve the call of the earliest step first, and not the call that
            was asked first.
    """

    def __init__(
        self,
        towns: Towns,
        schedule: Schedule,
        events: EventQueue,
        meter: LoadMeter,
        answers: Answers,
        *,
        in_order_of_step: bool,
    ) -> None:
        self._towns = towns
        self._schedule = schedule
        self._events = events
        self._meter = meter
        self._answers = answers
        self._in_order_of_step = in_order_of_step
        self._calls_of = towns.calls_of
        self._tokens = towns.tokens

    def run(self) -> Outcome:
        """Run until all persona steps have completed."""
        self._take(self._schedule.start())
        self._events.run()
        makespan = self._events.now
        return Outcome(
            makespan,
            len(self._tokens),
            self._answers.wasted,
            sum(tokens.prompt + tokens.answer for tokens in self._tokens),
            self._answers.wasted_tokens,
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
            self._answers.answered(call)

        if not self._answers.take(call, done):
            persona, step = persona_step
            priority = (step, persona) if self._in_order_of_step else (0, 0)
            self._meter.submit(priority, self._tokens[call], done)

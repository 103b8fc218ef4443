"""Runs recorded moves through a dependency rule and model servers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ga_ooo.lab.replay.events import Events
from ga_ooo.lab.replay.feeders import Feeder, Turn
from ga_ooo.lab.replay.serving import Done, Fleet, Priority
from ga_ooo.lab.replay.towns import Towns


@dataclass(frozen=True)
class Outcome:
    """What a replay took.

    Attributes:
        makespan: seconds until the last answer.
        calls: calls of the trace.
        wasted: calls asked ahead whose answers nobody took.
        tokens: tokens in and out of the calls of the trace.
        wasted_tokens: the same of the wasted ones.
        in_flight: mean number of calls under way.
    """

    makespan: float
    calls: int
    wasted: int
    tokens: int
    wasted_tokens: int
    in_flight: float


class Meter:
    """Counts the calls under way.

    Attributes:
        call_seconds: sum over all calls of the time that they were under way.
    """

    def __init__(self, events: Events, fleet: Fleet) -> None:
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


class Prefetches:
    """Calls that are sent before their move makes them. This class sends none."""

    wasted = 0
    wasted_tokens = 0

    def take(self, call: int, done: Done) -> bool:
        """Whether the answer of a call was prefetched; ``done`` is then called with it."""
        return False

    def answered(self, call: int) -> None:
        """A move has got the answer of a call and gone on."""


class Replay:
    """One run.

    Args:
        in_order_of_step: who is furthest behind is served first, else who came first.
    """

    def __init__(
        self,
        towns: Towns,
        feeder: Feeder,
        events: Events,
        meter: Meter,
        prefetches: Prefetches,
        *,
        in_order_of_step: bool,
    ) -> None:
        self._towns = towns
        self._feeder = feeder
        self._events = events
        self._meter = meter
        self._prefetches = prefetches
        self._in_order_of_step = in_order_of_step
        self._calls_of = towns.calls_of
        self._tokens_in, self._tokens_out = towns.tokens

    def run(self) -> Outcome:
        """Until nobody has anything left to do."""
        self._take(self._feeder.start())
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

    def _take(self, turns: Iterable[Turn]) -> None:
        """Start moves; those that ask nothing take no time."""
        ready = deque(turns)
        while ready:
            turn = ready.popleft()
            calls = self._calls_of.get(turn)
            if calls is None:
                ready.extend(self._feeder.completed(turn))
            else:
                self._ask(turn, calls.start, calls.stop)

    def _ask(self, turn: Turn, call: int, stop: int) -> None:
        """Ask the calls of a move one after another."""
        if call == stop:
            self._take(self._feeder.completed(turn))
            return

        def done() -> None:
            self._ask(turn, call + 1, stop)
            self._prefetches.answered(call)

        if not self._prefetches.take(call, done):
            persona, step = turn
            priority = (step, persona) if self._in_order_of_step else (0, 0)
            self._meter.submit(priority, self._tokens_in[call], self._tokens_out[call], done)

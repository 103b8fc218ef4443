"""Counts what happens in a run, and makes the figures that are shown of it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ga_ooo.engine.ids import Step
from ga_ooo.live.counting.averages import InFlight, Pace
from ga_ooo.live.counting.game_clock import GameClock
from ga_ooo.live.counting.talks import Talks
from ga_ooo.live.counting.time_left import Forecast, Reading
from ga_ooo.live.counting.waits import OpenCall, held_groups, straggler_of
from ga_ooo.live.figures import Cost, Figures, Prefetches, Server, Worker
from ga_ooo.model.requests import GENERATION, CallReport, ModelAnswer, ModelCall
from ga_ooo.observer import Observer, StretchStart


@dataclass(frozen=True)
class Sources:
    """Figures that are read when they are shown, and not counted.

    Attributes:
        servers: the model servers.
        prefetches: the calls of rehearsals; None without rehearsals.
        cost: None where answers have no price.
        workers: processes that rehearse.
        paused: how long all pauses have lasted, in seconds.
    """

    servers: Callable[[], tuple[Server, ...]] = lambda: ()
    prefetches: Callable[[], Prefetches | None] = lambda: None
    cost: Callable[[], Cost | None] = lambda: None
    paused: Callable[[], float] = lambda: 0.0
    workers: Callable[[], tuple[Worker, ...]] = lambda: ()


class RunCounter(Observer):
    """Counts the events of one run.

    The events arrive in the thread of the run. :meth:`figures` may be called from another thread:
    it reads numbers, and copies lists and dictionaries as a whole, which no event can interrupt.

    Args:
        simulation: name of the simulation.
        wall: gives seconds.

    Attributes:
        sources: see there.
        hours: figures at each full game hour, for renderers to take out.
    """

    def __init__(
        self,
        simulation: str,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sources = Sources()
        self.hours: deque[Figures] = deque(maxlen=1000)
        self._simulation, self._total = simulation, 0
        self._first: Step | None = None
        self._work, self._work_since = "starting", wall()
        self._start: StretchStart | None = None
        self._next: Step | None = None
        self._personas = self._calls = self._generated = 0
        self._tokens_in = self._tokens_out = 0
        self._open: dict[str, OpenCall] = {}
        self._wall = wall
        self._game = GameClock()
        self._in_flight = InFlight(wall)
        # A pause of the user is no time of the run, and says nothing about the time left.
        self._pace = Pace(lambda: wall() - self.sources.paused())
        self._talks = Talks()
        self._forecast = Forecast()
        self._ended = False
        self._lock = threading.Lock()

    def expect(self, total: int, first: Step | None) -> None:
        """The run is known.

        Args:
            total: steps of the whole run.
            first: the step at which it began; None: the first step that it takes now.
        """
        self._total, self._first = total, first

    # --- events ----------------------------------------------------------------------------------

    def working_on(self, work: str) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._work, self._work_since = work, self._wall()

    def forking(self, scenario: str) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self.working_on("opening the scenario")

    def begun(self, start: StretchStart) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._game.begin(start)
        self._personas = start.scheduler.count
        if self._start is None:
            self._in_flight = InFlight(start.clock)
            self._in_flight.begin()
        self._start = start
        self._begin(start.scheduler.horizon)

    def failed(self, persona: str, step: Step, error: str) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        # Its last call was perhaps never answered.
        self._open.pop(persona, None)

    def retired(self, step: Step, movements: dict[str, Any]) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        if self._start is None:
            # The host's own loop. Only its files show who takes part, and the game time.
            self._personas = len(movements["persona"])
            self._game.read(step, movements)
            self._begin(step)
        self._talks.heard_in(movements["persona"])
        before, now = self._game.at(step), self._game.at(step + 1)
        self._next = step + 1
        if before is not None and now is not None and before.hour != now.hour:
            self.hours.append(self.figures())

    def call_started(self, call: ModelCall) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        persona = call.key.persona if call.key else ""
        if self._start is None and self._next is None and not self._pace.seconds:
            # The host's own loop does not say when it begins.
            self.working_on("taking the first step")
            self._pace.begin(0)
            self._in_flight.begin()
        self._open[persona] = OpenCall(call.site, self._in_flight.clock())

    def call_finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        opened = self._open.pop(call.key.persona if call.key else "", None)
        self._calls += 1
        self._generated += call.request.kind in GENERATION
        if opened is not None:
            self._in_flight.finish(opened.since, answer.seconds)

    def call_served(self, call: ModelCall, answer: ModelAnswer, report: CallReport) -> None:
        """See :class:`~ga_ooo.observer.Observer`."""
        self._tokens_in += answer.prompt_tokens
        self._tokens_out += answer.output_tokens

    def end(self) -> None:
        """The run has ended, in order or not."""
        self._pace.end()
        self._in_flight.end()
        self._ended, self._work = True, ""
        self._open.clear()

    # --- figures ---------------------------------------------------------------------------------

    def figures(self) -> Figures:
        """The figures of this moment."""
        with self._lock:
            prefetches, done = self.sources.prefetches(), self._done
            figures = Figures(
                simulation=self._simulation,
                work=self._work,
                work_seconds=self._wall() - self._work_since,
                personas=self._personas,
                done=done,
                total=self._total,
                step=self._next,
                began=self._game.at(self._first),
                time=self._game.at(self._next),
                seconds=self._pace.seconds,
                steps_per_second=self._pace.per_second(done),
                calls=self._calls,
                in_flight=len(self._open) + (prefetches.in_flight if prefetches else 0),
                mean_in_flight=self._in_flight.mean,
                tokens_in=self._tokens_in,
                tokens_out=self._tokens_out,
                cost=self.sources.cost(),
                conversations=self._talks.count,
                heard=self._talks.latest,
                prefetches=prefetches,
                servers=self.sources.servers(),
                workers=self.sources.workers(),
                ended=self._ended,
            )
            if self._ended or self._next is None or self._first is None:
                return figures
            return self._with_personas(figures, self._first + self._total)

    def _with_personas(self, figures: Figures, until: Step) -> Figures:
        """The figures with all that depends on the step of each persona."""
        start, next_step = self._start, self._next
        assert next_step is not None
        if start is None:
            steps = [next_step] * self._personas
        else:
            steps = list(start.scheduler.scoreboard.commit_step)
            figures = replace(
                figures,
                leader=self._game.at(max(steps)),
                straggler=straggler_of(start.scheduler, steps, dict(self._open), start.clock()),
                held=held_groups(start.scheduler.story.names, dict(start.scheduler.holds)),
            )
        end, times = self._game.at(until), [self._game.at(step) for step in steps]
        known = [time for time in times if time is not None]
        if end is None or len(known) < len(times):
            return figures
        progress = Reading(figures.seconds, self._generated, known, end)
        return replace(figures, left=self._forecast.left(progress))

    @property
    def _done(self) -> int:
        return 0 if self._next is None or self._first is None else self._next - self._first

    def _begin(self, step: Step) -> None:
        self._work = ""
        if self._next is None:
            self._next = step
            self._first = step if self._first is None else self._first
            self._pace.begin(self._done)

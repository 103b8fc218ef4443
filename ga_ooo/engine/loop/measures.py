"""Counts and times that a run measures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ga_ooo.engine.ids import Step


@dataclass
class RunMeasures:
    """Counts and times of one run; times are seconds of the run's clock.

    Attributes:
        moves: completed persona steps.
        moves_with_calls: completed persona steps that asked the model.
        calls: model calls that were answered.
        retried: moves that were started again after a failure.
        model_seconds: sum of the waits for all calls, which is the time that the host's own loop
            spends on them, one after another.
        step_seconds: for each step that is not retired, the longest wait of any persona.
        retired_seconds: sum of the longest waits of the retired steps.
        makespan: time from the start to the end of the run.
        cpu_seconds: CPU time of the engine's thread in this time: moves, rehearsals in this
            process, and all that it does for model servers and workers.
    """

    moves: int = 0
    moves_with_calls: int = 0
    calls: int = 0
    retried: int = 0
    model_seconds: float = 0.0
    step_seconds: dict[Step, float] = field(default_factory=dict)
    retired_seconds: float = 0.0
    makespan: float = 0.0
    cpu_seconds: float = 0.0

    @contextmanager
    def running(self, clock: Callable[[], float]) -> Iterator[None]:
        """While entered, the run takes steps, in this thread.

        Args:
            clock: of the run, in seconds.
        """
        started, cpu = clock(), time.thread_time()
        try:
            yield
        finally:
            self.makespan += clock() - started
            self.cpu_seconds += time.thread_time() - cpu

    def completed(self, step: Step, seconds: float, calls: int) -> None:
        """Count one completed move."""
        self.moves += 1
        if calls:
            self.moves_with_calls += 1
            self.calls += calls
            self.model_seconds += seconds
            self.step_seconds[step] = max(seconds, self.step_seconds.get(step, 0.0))

    def retired(self, step: Step) -> None:
        """Everybody has completed this step."""
        self.retired_seconds += self.step_seconds.pop(step, 0.0)

    @property
    def parallel_sync_seconds(self) -> float:
        """Time of the same calls with all personas of a step at once and a barrier each step."""
        return self.retired_seconds + sum(self.step_seconds.values())

    @property
    def calls_in_flight(self) -> float:
        """Mean number of calls under way over the makespan."""
        return self.model_seconds / self.makespan if self.makespan > 0 else 0.0

    def add(self, other: RunMeasures) -> None:
        """Add the measures of a run that followed this one."""
        self.moves += other.moves
        self.moves_with_calls += other.moves_with_calls
        self.calls += other.calls
        self.retried += other.retried
        self.model_seconds += other.model_seconds
        for step, seconds in other.step_seconds.items():
            self.step_seconds[step] = max(seconds, self.step_seconds.get(step, 0.0))
        self.retired_seconds += other.retired_seconds
        self.makespan += other.makespan
        self.cpu_seconds += other.cpu_seconds

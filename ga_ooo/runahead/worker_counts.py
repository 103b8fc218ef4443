"""What is known of the processes that rehearse in place of this one, for views and records."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

WorkerState: TypeAlias = Literal["starting", "rehearsing", "stopped", "off"]
"""``off``: it is not used, because it fails too often or is not needed."""


@dataclass
class WorkerCounts:
    """One rehearsal worker. Counters count from the beginning of this process of the run.

    Attributes:
        name: for users.
        node: name of its machine; empty before its first start. Likewise ``process``.
        process: number of its process.
        state: whether it rehearses.
        restarts: how often it was started again.
        moves: moves that it has rehearsed.
        asked: calls of its rehearsals that were sent to the model.
        used: those of them whose answer a move has used.
        wasted: those of them that no move of their step used.
        cpu_seconds: CPU time of its processes.
        lag: seconds from a change in the town to its use in the worker, and back: the latest
            measurement. ``lag_sum`` and ``lags``: sum and number of all of them.
        frames: messages to it. As many come back.
        bytes_to, bytes_from: sizes of the messages to it and from it.
        states: changes of the states of personas that were sent to it, and whole states.
            ``state_bytes``: their sizes.
        serving_seconds: CPU time of the engine's thread for its messages: states, questions and
            their admission, answers.
    """

    name: str
    node: str = ""
    process: int = 0
    state: WorkerState = "starting"
    restarts: int = 0
    moves: int = 0
    asked: int = 0
    used: int = 0
    wasted: int = 0
    cpu_seconds: float = 0.0
    lag: float = 0.0
    lag_sum: float = 0.0
    lags: int = 0
    frames: int = 0
    bytes_to: int = 0
    bytes_from: int = 0
    states: int = 0
    state_bytes: int = 0
    serving_seconds: float = 0.0

    @property
    def where(self) -> str:
        """Its process and its machine, for messages."""
        return f"process {self.process} on {self.node}" if self.node else "not started"

    @property
    def mean_lag(self) -> float:
        """Mean of all measurements of ``lag``, in seconds."""
        return self.lag_sum / self.lags if self.lags else 0.0

    @property
    def hit_rate(self) -> float | None:
        """Share of the answered calls with a known outcome that a move has used; None if there are
        none."""
        known = self.used + self.wasted
        return self.used / known if known else None

    def measured(self, lag: float) -> None:
        """The replicas of the worker were so many seconds old."""
        self.lag = lag
        self.lag_sum += lag
        self.lags += 1


@contextmanager
def serving(*workers: WorkerCounts) -> Iterator[None]:
    """While entered, this thread works for these workers, for each of them equally long."""
    began = time.thread_time()
    try:
        yield
    finally:
        seconds = time.thread_time() - began
        for worker in workers:
            worker.serving_seconds += seconds / len(workers)

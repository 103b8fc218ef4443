"""The rows of rehearsal workers in a record."""

from __future__ import annotations

from ga_ooo.record.rows import Name, Number, Row, Seconds


class WorkerSample(Row, frozen=True):
    """A rehearsal worker at one moment. Counters count from the begin of the process of the run.

    Attributes:
        worker: its name.
        node, process: where it ran; empty and 0 before its first start.
        state: ``starting``, ``rehearsing``, ``stopped`` or ``off``.
        restarts: how often it was started again.
        moves: moves that it had rehearsed.
        asked: calls of its rehearsals that were sent to the model.
        used, wasted: those of them whose answer a move had used, and those that no move of their
            step used.
        cpu_seconds: CPU time of its processes.
        lag: how old its replicas of the personas were, in seconds.
    """

    worker: Name
    at: Seconds
    node: Name
    process: Number
    state: Name
    restarts: Number
    moves: Number
    asked: Number
    used: Number
    wasted: Number
    cpu_seconds: Seconds
    lag: Seconds

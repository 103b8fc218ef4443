"""Counters of endpoints and of the router."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class EndpointStatistics:
    """Counters of one endpoint since the start.

    Attributes:
        calls: attempts sent to it.
        answers: valid answers received from it.
        failures: failed attempts by kind; ``refused`` are those that failed for good.
        cancelled: attempts that were cancelled by the caller.
        peak: maximum number of outstanding attempts.
        ejections: how often it was ejected.
        tokens_in: prompt tokens of its answers.
        tokens_out: output tokens of its answers.
        busy_seconds: number of outstanding attempts, integrated over time; divided by a time
            span, the mean number of outstanding attempts.
    """

    calls: int = 0
    answers: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    cancelled: int = 0
    peak: int = 0
    ejections: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    busy_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RouterStatistics:
    """Counters of all calls since the start.

    Attributes:
        calls: calls received.
        answered: calls that were answered.
        failed: calls that failed for good.
        cancelled: calls that were cancelled by the caller.
        in_flight: calls that have not ended, including those that wait for a slot.
        waiting: calls that wait for a slot.
        retries: attempts beyond the first of each call.
        late: answers that arrived whole at the moment when their deadline expired.
        answers: valid answers received from endpoints.
        pauses: how often all calls of a kind had to wait for an endpoint to return.
        longest_wait_s: longest time from a call to its answer.
        endpoints: counters of each endpoint, by URL.
    """

    calls: int
    answered: int
    failed: int
    cancelled: int
    in_flight: int
    waiting: int
    retries: int
    late: int
    answers: int
    pauses: int
    longest_wait_s: float
    endpoints: dict[str, EndpointStatistics]

    @property
    def lost(self) -> int:
        """Calls that neither ended nor are in flight. A value other than 0 is a defect."""
        return self.calls - self.answered - self.failed - self.cancelled - self.in_flight

    @property
    def asked_twice(self) -> int:
        """Valid answers that were received and not returned. A value other than 0 is a defect."""
        return self.answers - self.answered

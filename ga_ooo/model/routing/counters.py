"""Counters of the model side: what was asked, answered, asked again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class EndpointStatistics:
    """What an endpoint has done so far.

    Attributes:
        calls: attempts sent to it.
        answers: good answers that came back.
        failures: attempts that failed, by kind; ``refused`` are those that failed for good.
        cancelled: attempts that the caller gave up.
        peak: most attempts in flight at once.
        ejections: how often it was taken out of service.
        tokens_in: prompt tokens of its answers.
        tokens_out: output tokens of its answers.
        busy_seconds: attempts in flight integrated over time; divided by a span of time, the
            mean number of attempts in flight.
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
    """What became of the calls.

    Attributes:
        calls: calls that came in.
        answered: calls that got their answer.
        failed: calls that failed for good.
        cancelled: calls that their caller gave up.
        in_flight: calls that have none of these yet, those that wait for a place included.
        waiting: calls that wait for a place.
        retries: attempts beyond the first of each call.
        late: answers that were whole although their attempt's time was up.
        answers: good answers received from endpoints.
        pauses: how often all calls of a kind had to wait for an endpoint to return.
        longest_wait_s: longest time from call to answer.
        endpoints: by URL.
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
        """Calls that came in and neither ended nor are on their way. Anything but 0 is a defect."""
        return self.calls - self.answered - self.failed - self.cancelled - self.in_flight

    @property
    def asked_twice(self) -> int:
        """Good answers that were received and not handed up. Anything but 0 is a defect."""
        return self.answers - self.answered

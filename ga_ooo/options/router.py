"""How model servers are watched, and how failed calls are made again."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a failed call is made again.

    Attributes:
        base_s: back-off after the first round of failures, doubled after each further one.
        most_s: longest back-off.
        call_deadline_s: seconds that all attempts and back-offs of one call may take together; a
            back-off that would end after it is not begun. Waiting for a free place, or for a
            server to return, is not counted.
        answer_attempts: attempts at an answer that is empty or too large.
    """

    base_s: float = 0.5
    most_s: float = 30.0
    call_deadline_s: float = 600.0
    answer_attempts: int = 8


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """How endpoints are watched. All times are in seconds.

    Attributes:
        interval_s: between two checks of an endpoint in service.
        failed_checks: failed checks, one right after the other, that take it out of service.
        recheck_s: from leaving service to the first probe, and between probes; doubled each time
            that it leaves service without having given a good answer since the last.
        most_recheck_s: longest of these.
    """

    interval_s: float = 5.0
    failed_checks: int = 2
    recheck_s: float = 1.0
    most_recheck_s: float = 30.0


@dataclass(frozen=True, slots=True)
class RouterOptions:
    """How the router treats its endpoints.

    Attributes:
        retry: how failed calls are made again.
        health: how endpoints are watched.
        eject_after: failed attempts in a row that take an endpoint out of service.
        give_up_after_s: seconds without any endpoint after which waiting calls fail.
    """

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    health: HealthPolicy = field(default_factory=HealthPolicy)
    eject_after: int = 5
    give_up_after_s: float = 1800.0

"""The circuit breaker of one endpoint.

States and their names are those of the pattern (Nygard, *Release It!*) and of SGLang's router:

- ``closed``: calls are sent.
- ``open``: no calls are sent, after a number of failures in a row or a failed health check.
- ``half-open``: a probe is on its way. If it succeeds the breaker closes, else it opens again.

In contrast to the textbook, real calls are never used as the probe: a call of a persona would
lose time at a server that is probably still down.
"""

from __future__ import annotations

from enum import StrEnum


class BreakerState(StrEnum):
    """State of a :class:`CircuitBreaker`."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class CircuitBreaker:
    """Decides whether an endpoint gets calls.

    Args:
        failure_threshold: failures in a row that open it.

    Attributes:
        state: see :class:`BreakerState`.
        reason: why it is not closed; empty if it is.
        openings_in_a_row: how often it opened since the last success (a failed probe does not
            count); the back-off between probes grows with it.
    """

    def __init__(self, failure_threshold: int) -> None:
        self.state = BreakerState.CLOSED
        self.reason = ""
        self.openings_in_a_row = 0
        self._failure_threshold = failure_threshold
        self._failures_in_a_row = 0

    @property
    def is_closed(self) -> bool:
        """Whether calls are sent."""
        return self.state is BreakerState.CLOSED

    def succeeded(self) -> None:
        """A call succeeded. One that was sent before the breaker opened does not close it."""
        self._failures_in_a_row = 0
        if self.is_closed:
            self.openings_in_a_row = 0

    def responded(self) -> None:
        """The server refused a call for good: it works, but the call brought no answer."""
        self._failures_in_a_row = 0

    def failed(self, problem: str) -> bool:
        """A call failed by the server's fault. Returns whether that opened the breaker."""
        self._failures_in_a_row += 1
        if self._failures_in_a_row < self._failure_threshold:
            return False
        return self.open(f"{self._failures_in_a_row} failures in a row, last: {problem}")

    def open(self, reason: str) -> bool:
        """Open it. Returns False if it was not closed."""
        if not self.is_closed:
            return False
        self.state = BreakerState.OPEN
        self.reason = reason
        self.openings_in_a_row += 1
        return True

    def begin_probe(self) -> None:
        """A probe of the open breaker begins."""
        self.state = BreakerState.HALF_OPEN

    def probe_failed(self, reason: str) -> None:
        """The probe failed."""
        self.state = BreakerState.OPEN
        self.reason = reason

    def close(self) -> None:
        """The probe succeeded: send calls again."""
        self.state = BreakerState.CLOSED
        self.reason = ""
        self._failures_in_a_row = 0

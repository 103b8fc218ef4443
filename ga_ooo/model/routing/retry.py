"""Making a call again: how often, how long after, and when to stop.

The failures that are tried again are those of :mod:`ga_ooo.model.client.failures`. Between
endpoints no time is lost; only when all of them have failed a call does it back off.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

import tenacity

from ga_ooo.model.errors import (
    FAULTS_OF_THE_ANSWER,
    FailureKind,
    RetriesExhaustedError,
    TransientModelError,
)
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.model.routing.endpoint import Endpoint
from ga_ooo.options import RetryPolicy

_REMEDIES: Final = {
    FailureKind.EMPTY: "the model gives no text for this prompt: raise default_max_tokens, turn "
    "its reasoning off, or serve another model; then resume the run",
    FailureKind.TOO_LARGE: "something between here and the model sends more than was asked for: "
    "check the URL, or raise max_answer_bytes; then resume the run",
}
_DEADLY_REMEDY: Final = (
    "see the server's log: this request, or one that is sent with it, may be what brings the "
    "server down; then resume the run"
)
# Servers that a call may see go out of service before it is under suspicion.
_INNOCENT_OUTAGES: Final = 3
_REMEDY: Final = (
    "see the server's log; raise call_deadline_s if it is only slow; then resume the run"
)

# An odd number: repeated steps of it reach every seed in [0, 2**31).
_SEED_STEP: Final = 0x5851F42D


@dataclass(slots=True)
class CallProgress:
    """One call on its way through attempts.

    Attributes:
        call: the call; its seed changes when the model answered with nothing.
        order: position among all calls; kept when it is made again.
        tried: endpoints that failed it in this round.
        rounds: rounds in which every endpoint failed it.
        spent_s: seconds of attempts and back-offs so far.
        next_wait_s: the back-off that would come next.
        attempts: attempts so far.
        asked: base URL of the endpoint of the last one.
        bad_answers: attempts that brought an empty or too large answer.
        elsewhere: an endpoint that has not failed it in this round is in service.
        first_failed_at: loop time of the first failure.
        failed_at: endpoints that failed it, and how often each had been ejected before.
        outages: how often an endpoint went out of service after it had failed this call.
    """

    call: ModelCall
    order: int
    tried: set[Endpoint] = field(default_factory=set)
    rounds: int = 0
    spent_s: float = 0.0
    next_wait_s: float = 0.0
    attempts: int = 0
    asked: str = ""
    bad_answers: int = 0
    elsewhere: bool = False
    first_failed_at: float | None = None
    failed_at: dict[Endpoint, int] = field(default_factory=dict)
    outages: int = 0

    def failed(self, endpoint: Endpoint, failure: TransientModelError, now: float) -> None:
        """Take note of a failed attempt, before the endpoint does."""
        if self.first_failed_at is None:
            self.first_failed_at = now
        for seen, ejections in self.failed_at.items():
            self.outages += seen.statistics.ejections > ejections
        self.failed_at = {
            seen: ejections
            for seen, ejections in self.failed_at.items()
            if seen.statistics.ejections == ejections
        }
        self.failed_at.setdefault(endpoint, endpoint.statistics.ejections)
        self.tried.add(endpoint)
        if failure.kind in FAULTS_OF_THE_ANSWER:
            self.bad_answers += 1
        if failure.kind is FailureKind.EMPTY:
            # Derived from the call's own seed alone, so that a repeated run asks the same.
            self.call = replace(self.call, seed=(self.call.seed + _SEED_STEP) % 2**31)


class Retry:
    """Makes calls again by a policy.

    Args:
        policy: how.
        jitter: source of jitter, in [0, 1). Its own stream: the host's draws from the global
            ``random`` module must not depend on failures.
    """

    def __init__(self, policy: RetryPolicy, jitter: Callable[[], float] | None = None) -> None:
        self.policy = policy
        self.retries = 0
        self._jitter = jitter or random.Random().random

    async def run(
        self,
        attempt: Callable[[CallProgress], Awaitable[ModelAnswer]],
        progress: CallProgress,
    ) -> ModelAnswer:
        """Attempt a call until it is answered.

        Raises:
            RetriesExhaustedError: it failed until its deadline.
            ModelError: an attempt failed for good.
        """
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TransientModelError),
            stop=lambda state: self._exhausted(progress),
            wait=lambda state: self._back_off(progress, state),
            sleep=asyncio.sleep,
            before_sleep=lambda state: self._again(progress),
            reraise=True,
        )
        try:
            return await retrying(attempt, progress)
        except TransientModelError as failure:
            outages = (
                f"; {progress.outages} times the server went out of service after it"
                if self._is_deadly(progress)
                else ""
            )
            raise RetriesExhaustedError(
                failure.kind,
                f"gave a call up after {progress.attempts} attempts ({progress.spent_s:.1f} s), "
                f"last: {failure.problem}{outages}",
                _DEADLY_REMEDY if outages else _REMEDIES.get(failure.kind, _REMEDY),
            ) from None

    def _exhausted(self, progress: CallProgress) -> bool:
        return (
            progress.bad_answers >= self.policy.answer_attempts
            or progress.spent_s + progress.next_wait_s >= self.policy.call_deadline_s
            or self._is_deadly(progress)
        )

    def _is_deadly(self, progress: CallProgress) -> bool:
        """Whether servers seem to die of it. Made again for ever, it would take down all."""
        if progress.first_failed_at is None or progress.outages < _INNOCENT_OUTAGES:
            return False
        since = asyncio.get_running_loop().time() - progress.first_failed_at
        return since >= self.policy.call_deadline_s

    def _back_off(self, progress: CallProgress, state: tenacity.RetryCallState) -> float:
        """Seconds until the next attempt: none if another endpoint can make it."""
        progress.next_wait_s = 0.0
        if progress.elsewhere:
            return 0.0
        longest = min(self.policy.most_s, self.policy.base_s * 2.0**progress.rounds)
        progress.rounds += 1
        progress.tried.clear()
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, TransientModelError) and failure.retry_after:
            # The endpoint takes no call until then, so the call waits in the queue.
            progress.next_wait_s = failure.retry_after
            return 0.0
        progress.next_wait_s = longest * (0.5 + 0.5 * self._jitter())
        return progress.next_wait_s

    def _again(self, progress: CallProgress) -> None:
        self.retries += 1
        progress.spent_s += progress.next_wait_s

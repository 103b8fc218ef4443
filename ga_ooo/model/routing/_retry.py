"""Retries: which failed calls are attempted again, after which back-off, and when to give up.

The client decides which failures are transient (:class:`TransientModelError`). While an endpoint
that has not failed the call is in service, the next attempt goes there at once. Only when all of
them have failed it does the call back off.
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

_FATAL_REMEDY: Final = (
    "see the server's log: this request, or one that is processed with it, may crash the server; "
    "then resume the run"
)
# A call is suspected to crash servers if more than this number were ejected after failing it.
_MAX_INNOCENT_EJECTIONS: Final = 2

# An odd number: adding it again and again reaches every seed in [0, 2**31).
_SEED_STEP: Final = 0x5851F42D


@dataclass(slots=True)
class CallProgress:
    """The attempts at one call so far.

    Attributes:
        call: the call; its seed changes when an answer was empty.
        order: position among all calls; kept for all attempts.
        tried: endpoints that failed it in this round.
        rounds: rounds in which every endpoint failed it.
        spent_s: seconds of attempts and back-offs.
        back_off_s: the next back-off.
        attempts: number of attempts.
        endpoint: base URL of the endpoint of the last attempt.
        bad_answers: attempts whose answer was empty or too large.
        has_alternative: an endpoint that has not failed it in this round is in service.
        first_failed_at: loop time of the first failure.
        failed_at: endpoints that failed it, with the number of their ejections before.
        ejections: how often an endpoint was ejected after it had failed this call.
    """

    call: ModelCall
    order: int
    tried: set[Endpoint] = field(default_factory=set)
    rounds: int = 0
    spent_s: float = 0.0
    back_off_s: float = 0.0
    attempts: int = 0
    endpoint: str = ""
    bad_answers: int = 0
    has_alternative: bool = False
    first_failed_at: float | None = None
    failed_at: dict[Endpoint, int] = field(default_factory=dict)
    ejections: int = 0

    def failed(self, endpoint: Endpoint, failure: TransientModelError, now: float) -> None:
        """Count a failed attempt. To be called before the endpoint counts it."""
        if self.first_failed_at is None:
            self.first_failed_at = now
        for seen, before in self.failed_at.items():
            self.ejections += seen.statistics.ejections > before
        self.failed_at = {
            seen: before
            for seen, before in self.failed_at.items()
            if seen.statistics.ejections == before
        }
        self.failed_at.setdefault(endpoint, endpoint.statistics.ejections)
        self.tried.add(endpoint)
        if failure.kind in FAULTS_OF_THE_ANSWER:
            self.bad_answers += 1
        if failure.kind is FailureKind.EMPTY:
            # Derived from the call's own seed alone, so that a repeated run asks the same.
            self.call = replace(self.call, seed=(self.call.seed + _SEED_STEP) % 2**31)


class Retry:
    """Repeats attempts by a policy.

    Args:
        policy: back-off and limits.
        jitter: source of jitter, in [0, 1). A stream of its own: what the host draws from the
            global ``random`` module must not depend on failures.

    Attributes:
        retries: attempts beyond the first of each call.
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
        try:
            return await attempt(progress)
        except TransientModelError as failure:
            # Few calls come here, so the others do not pay for the machinery of retries.
            return await self._repeat(attempt, progress, failure)

    async def _repeat(
        self,
        attempt: Callable[[CallProgress], Awaitable[ModelAnswer]],
        progress: CallProgress,
        failure: TransientModelError,
    ) -> ModelAnswer:
        """As :meth:`run`, after the first attempt has failed."""
        first: list[TransientModelError] = [failure]

        async def attempt_again(progress: CallProgress) -> ModelAnswer:
            if first:
                raise first.pop()
            return await attempt(progress)

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception_type(TransientModelError),
            stop=lambda state: self._exhausted(progress),
            wait=lambda state: self._back_off(progress, state),
            sleep=asyncio.sleep,
            before_sleep=lambda state: self._count_retry(progress),
            reraise=True,
        )
        try:
            return await retrying(attempt_again, progress)
        except TransientModelError as last:
            raise self._give_up(last, progress) from None

    def _give_up(
        self, failure: TransientModelError, progress: CallProgress
    ) -> RetriesExhaustedError:
        problem = (
            f"gave up a call after {progress.attempts} attempts ({progress.spent_s:.1f} s), "
            f"last: {failure.problem}"
        )
        remedy = f"{failure.remedy}; then resume the run"
        if self._crashes_servers(progress):
            problem += f"; servers went out of service after it {progress.ejections} times"
            remedy = _FATAL_REMEDY
        return RetriesExhaustedError(failure.kind, problem, remedy)

    def _exhausted(self, progress: CallProgress) -> bool:
        return (
            progress.bad_answers >= self.policy.answer_attempts
            or progress.spent_s + progress.back_off_s >= self.policy.call_deadline_s
            or self._crashes_servers(progress)
        )

    def _crashes_servers(self, progress: CallProgress) -> bool:
        """Whether servers seem to crash because of it. Repeated forever it would stop them all."""
        if progress.first_failed_at is None or progress.ejections <= _MAX_INNOCENT_EJECTIONS:
            return False
        since = asyncio.get_running_loop().time() - progress.first_failed_at
        return since >= self.policy.call_deadline_s

    def _back_off(self, progress: CallProgress, state: tenacity.RetryCallState) -> float:
        """Seconds until the next attempt: none if another endpoint can make it."""
        progress.back_off_s = 0.0
        if progress.has_alternative:
            return 0.0
        longest = min(self.policy.most_s, self.policy.base_s * 2.0**progress.rounds)
        progress.rounds += 1
        progress.tried.clear()
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, TransientModelError) and failure.retry_after:
            # The endpoint takes no call until then, so the call waits in the queue instead.
            progress.back_off_s = failure.retry_after
            return 0.0
        progress.back_off_s = longest * (0.5 + 0.5 * self._jitter())
        return progress.back_off_s

    def _count_retry(self, progress: CallProgress) -> None:
        self.retries += 1
        progress.spent_s += progress.back_off_s

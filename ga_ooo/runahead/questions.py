"""Questions: where rehearsals put their calls, and what they get to know about them.

The rules by which a call is sent (admission, budget), the cache of answers and the predictors
belong to the process of the real moves. A rehearsal reaches them by :class:`Questions` alone, so it
may run in that process (:class:`LocalQuestions`) or in another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple, Protocol

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.model.requests import NO_REPORT, CallKind, ModelAnswer, ModelCall, ModelClient
from ga_ooo.observer import Observer
from ga_ooo.runahead.admission import Admission
from ga_ooo.runahead.predictor import AnswerPredictor, CallContext, HitRates
from ga_ooo.runahead.prefetch import Prefetch, PrefetchCache
from ga_ooo.runahead.worker_counts import WorkerCounts


class Reply(NamedTuple):
    """What is known about a rehearsed call.

    Attributes:
        prefetch: has the answer, or will have it; None if the call is not admitted.
        prediction: of the answer; None if there is none, or if the answer itself is there.
        blocking: the site of the prediction without which the call would have been admitted.
    """

    prefetch: Prefetch | None
    prediction: ModelAnswer | None = None
    blocking: str | None = None


class Questions(Protocol):
    """Takes the calls of rehearsals. There is one implementation for rehearsals in the process of
    the real moves (:class:`LocalQuestions`) and one for rehearsals in other processes."""

    @property
    def forecast_rates(self) -> HitRates:
        """How often the forecasts of forwarding were right."""
        ...

    def put(self, call: ModelCall, context: Callable[[], CallContext]) -> Reply:
        """Send a rehearsed call if it is admitted. Runs in the fiber of the rehearsal, which it may
        suspend."""
        ...

    def would_find(self, call: ModelCall, context: CallContext) -> bool:
        """Whether a call that was not admitted has an answer or would be admitted by now."""
        ...

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """A persona has committed ``step``."""
        ...

    async def close(self) -> None:
        """There are no more rehearsals."""
        ...


class Prefetching:
    """The parts of runahead that know calls and no personas. They last as long as the client.

    Args:
        client: of the model.
        budget: tokens that prefetches may waste, as a share of the tokens of real calls.
        observer: notified of prefetches.

    Attributes:
        admission: decides which calls are sent.
        predictor: predicts answers.
        forecast_rates: how often the forecasts of forwarding were right.
        cache: the client that answers from prefetches.
        find_recorded: the recorded embedding of a request with this fingerprint, if any. Moves
            get it before they ask the cache, and rehearsals must not ask for it again.
        workers: the processes that rehearse in place of this one.
    """

    def __init__(
        self, client: ModelClient, budget: float, observer: Observer | None = None
    ) -> None:
        self.admission = Admission(None if budget == inf else budget)
        self.predictor = AnswerPredictor()
        self.forecast_rates = HitRates()
        self.cache = PrefetchCache(client, self.admission, self.predictor, observer)
        self.find_recorded: Callable[[str], ModelAnswer | None] = lambda fingerprint: None
        self.workers: Sequence[WorkerCounts] = ()

    def find(self, call: ModelCall) -> Prefetch | None:
        """The prefetch or recorded embedding that a rehearsed call may use."""
        prefetch = self.cache.find(call)
        if prefetch is not None or call.request.kind is not CallKind.EMBEDDING:
            return prefetch
        answer = self.find_recorded(call.request.fingerprint)
        return None if answer is None else _recorded(call, answer)


class LocalQuestions:
    """Implements :class:`Questions` on the prefetch cache of this process.

    Args:
        prefetching: sends the calls that are admitted.
        names: of the personas, in their order.
    """

    def __init__(self, prefetching: Prefetching, names: Sequence[str]) -> None:
        self.forecast_rates = prefetching.forecast_rates
        self._names = names
        self._cache = prefetching.cache
        self._cache.active = True
        self._find = prefetching.find
        self._admission = prefetching.admission
        self._predictor = prefetching.predictor

    @property
    def prefetched(self) -> int:
        """Number of rehearsed calls that were sent."""
        return self._admission.prefetched

    def put(self, call: ModelCall, context: Callable[[], CallContext]) -> Reply:
        """See :class:`Questions`."""
        prefetch, blocking = self._find(call), None
        if prefetch is None:
            known = context()
            if self._is_admitted(known):
                prefetch = self._cache.prefetch(call, known)
            else:
                self._cache.shadow(call, known)
                if known.unconfirmed:
                    blocking = self._admission.rates.weakest_prediction(known)
        elif prefetch.answer is not None:
            return Reply(prefetch)
        return Reply(prefetch, self._predictor.predict(call), blocking)

    def would_find(self, call: ModelCall, context: CallContext) -> bool:
        """See :class:`Questions`."""
        return self._find(call) is not None or self._is_admitted(context)

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """See :class:`Questions`."""
        self._cache.committed(self._names[persona], step)

    async def close(self) -> None:
        """See :class:`Questions`: cancels the prefetches in flight."""
        await self._cache.drop_all()

    def _is_admitted(self, context: CallContext) -> bool:
        return self._cache.window.has_room and self._admission.admits(context)


def _recorded(call: ModelCall, answer: ModelAnswer) -> Prefetch:
    """A rehearsed call whose answer is known. It is no entry of the cache, and is not counted."""
    assert call.key is not None, "calls of rehearsals have a key"
    loop = asyncio.get_running_loop()
    prefetch = Prefetch(call, call.key.step, None, loop.create_future(), loop.time())
    prefetch.complete(answer, NO_REPORT, prefetch.sent_at)
    return prefetch

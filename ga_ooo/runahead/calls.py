"""Calls of rehearsals: answered by a prefetch, by a prediction, or not yet.

A rehearsal never waits if a prediction lets it continue. So the calls of one move are found
together, and are in flight together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Final

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.loop.fibers import Move, suspend
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.model.requests import NO_REPORT, CallKind, ModelAnswer, ModelCall, ModelClient
from ga_ooo.observer import Observer
from ga_ooo.runahead.admission import Admission
from ga_ooo.runahead.predictor import AnswerPredictor, CallContext, HitRates, distance_bucket
from ga_ooo.runahead.prefetch import Prefetch, PrefetchCache
from ga_ooo.runahead.rehearsal import Rehearsal, ShadowCall, SquashedError, same_answer

_MAX_SHADOW_CALLS: Final = 32
"""So many calls of one rehearsed move may be answered by predictions without being sent."""


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
    """

    def __init__(
        self, client: ModelClient, budget: float, observer: Observer | None = None
    ) -> None:
        self.admission = Admission(None if budget == inf else budget)
        self.predictor = AnswerPredictor()
        self.forecast_rates = HitRates()
        self.cache = PrefetchCache(client, self.admission, self.predictor, observer)
        self.find_recorded: Callable[[str], ModelAnswer | None] = lambda fingerprint: None

    def find(self, call: ModelCall) -> Prefetch | None:
        """The prefetch or recorded embedding that a rehearsed call may use."""
        prefetch = self.cache.find(call)
        if prefetch is not None or call.request.kind is not CallKind.EMBEDDING:
            return prefetch
        answer = self.find_recorded(call.request.fingerprint)
        return None if answer is None else _recorded(call, answer)


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """A request of a fiber: resume when the answer of the prefetch has arrived."""

    prefetch: Prefetch


@dataclass(frozen=True, slots=True)
class AwaitAdmission:
    """A request of a fiber: resume when its call may be admitted."""


class RehearsedCalls:
    """Answers the calls of rehearsals.

    Args:
        prefetching: sends the calls that are admitted.
        scheduler: of the run; only asked.
        rehearsals: all rehearsals that have not been squashed.
        answered: called when the true answer to a predicted call has arrived.
    """

    def __init__(
        self,
        prefetching: Prefetching,
        scheduler: Scheduler,
        rehearsals: Mapping[PersonaIndex, Rehearsal],
        answered: Callable[[Rehearsal], None],
    ) -> None:
        self._cache = prefetching.cache
        self._find = prefetching.find
        self._admission = prefetching.admission
        self._predictor = prefetching.predictor
        self._scheduler = scheduler
        self._rehearsals = rehearsals
        self._answered = answered

    def answer(self, rehearsal: Rehearsal, call: ModelCall) -> ModelAnswer:
        """The answer with which the rehearsal continues. Runs in the fiber of the rehearsal.

        Raises:
            SquashedError: the rehearsal was squashed.
        """
        if rehearsal.fiber is None or not self.is_alive(rehearsal):
            raise SquashedError
        move = rehearsal.current
        move.calls[call.request.fingerprint] += 1
        earlier = move.earlier_prediction(call)
        if earlier is not None:
            # The host repeats a request if it cannot use the answer. It then uses its fail-safe,
            # which is as good as a prediction.
            return earlier
        prefetch = self._find(call)
        while prefetch is None:
            context = self._context(rehearsal, call)
            prefetch = self._prefetch(rehearsal, call, context)
            if prefetch is not None:
                break
            prediction = self._predictor.predict(call)
            if prediction is not None and len(move.shadow_calls) < _MAX_SHADOW_CALLS:
                move.shadow_calls.append(ShadowCall(call, prediction, context))
                return prediction
            self._suspend(rehearsal, AwaitAdmission())
            prefetch = self._find(call)
        return self._answer_of(rehearsal, call, prefetch)

    def is_alive(self, rehearsal: Rehearsal) -> bool:
        """Whether a rehearsal has not been squashed."""
        return self._rehearsals.get(rehearsal.persona) is rehearsal

    def went_as_rehearsed(self, move: Move, rehearsal: Rehearsal) -> bool:
        """Whether a real move made the calls and got the answers that its rehearsal assumed."""
        rehearsed = rehearsal.moves.get(move.step)
        return (
            rehearsed is not None
            and rehearsal.step != move.step
            and not rehearsed.mispredicted
            and not rehearsed.shadow_calls
            and rehearsed.calls == move.occurrences
        )

    def can_find_more(self, rehearsal: Rehearsal) -> bool:
        """Whether a new rehearsal would find calls that this one could not send.

        That is so if a blocking prediction is confirmed or corrected, or if a shadow call has an
        answer or would be admitted by now, as its persona has come nearer.
        """
        if not rehearsal.blocking_sites.isdisjoint(rehearsal.committed_sites):
            return True
        return any(
            prefetch.call.site in rehearsal.blocking_sites
            and prefetch.answer is not None
            # A right prediction in the forwarded move was taken as reliable, so it changes nothing.
            and (
                move is not rehearsal.forwarded_move or not same_answer(prefetch.answer, prediction)
            )
            for move in rehearsal.moves.values()
            for prefetch, prediction in move.predictions
        ) or self._would_send(rehearsal)

    def _would_send(self, rehearsal: Rehearsal) -> bool:
        distance = self._distance(rehearsal)
        return any(
            self._find(shadow.call) is not None
            or self._is_admitted(shadow.context._replace(distance=distance))
            for shadow in rehearsal.current.shadow_calls
        )

    def _context(self, rehearsal: Rehearsal, call: ModelCall) -> CallContext:
        return CallContext(call.site, self._distance(rehearsal), rehearsal.unconfirmed_sites())

    def _distance(self, rehearsal: Rehearsal) -> int:
        return distance_bucket(rehearsal.step - self._scheduler.commit_step(rehearsal.persona))

    def _is_admitted(self, context: CallContext) -> bool:
        return self._cache.window.has_room and self._admission.admits(context)

    def _prefetch(
        self, rehearsal: Rehearsal, call: ModelCall, context: CallContext
    ) -> Prefetch | None:
        if self._is_admitted(context):
            return self._cache.prefetch(call, context)
        self._cache.shadow(call, context)
        if context.unconfirmed:
            blocking = self._admission.rates.weakest_prediction(context)
            rehearsal.blocking_sites.add(blocking)
        return None

    def _answer_of(self, rehearsal: Rehearsal, call: ModelCall, prefetch: Prefetch) -> ModelAnswer:
        if prefetch.answer is not None:
            return prefetch.answer
        prediction = self._predictor.predict(call)
        if prediction is not None:
            rehearsal.current.predictions.append((prefetch, prediction))
            prefetch.on_done.append(lambda _: self._answered(rehearsal))
            return prediction
        answer: ModelAnswer = self._suspend(rehearsal, AwaitAnswer(prefetch))
        return answer

    def _suspend(self, rehearsal: Rehearsal, request: object) -> Any:
        result = suspend(request)  # type: ignore[arg-type] # the driver, not the engine, reads it
        if not self.is_alive(rehearsal):
            raise SquashedError
        return result


def _recorded(call: ModelCall, answer: ModelAnswer) -> Prefetch:
    """A rehearsed call whose answer is known. It is no entry of the cache, and is not counted."""
    assert call.key is not None, "calls of rehearsals have a key"
    loop = asyncio.get_running_loop()
    prefetch = Prefetch(call, call.key.step, None, loop.create_future(), loop.time())
    prefetch.complete(answer, NO_REPORT, prefetch.sent_at)
    return prefetch

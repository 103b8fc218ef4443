"""Calls of rehearsals: answered by a prefetch, by a prediction, or not yet.

A rehearsal never waits if a prediction lets it continue. So the calls of one move are found
together, and are in flight together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.engine.loop.fibers import Move, suspend
from ga_ooo.model.requests import ModelAnswer, ModelCall
from ga_ooo.runahead.predictor import CallContext, distance_bucket
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.runahead.progress import Progress
from ga_ooo.runahead.questions import Questions
from ga_ooo.runahead.rehearsal import Rehearsal, ShadowCall, same_answer

_MAX_SHADOW_CALLS: Final = 32
"""So many calls of one rehearsed move may be answered by predictions without being sent."""


class SquashedError(BaseException):
    """Ends the host code of a squashed rehearsal.

    It is no ``Exception``. The host's bare ``except:`` catches it all the same, and then the next
    call of that host code raises it again.
    """


@dataclass(frozen=True, slots=True)
class AwaitAnswer:
    """A request of a fiber: resume when the answer of the prefetch has arrived.

    Attributes:
        is_progress: something is known then that was not known before. Otherwise the fiber has only
            waited for a reply from another process.
    """

    prefetch: Prefetch
    is_progress: bool = True


@dataclass(frozen=True, slots=True)
class AwaitAdmission:
    """A request of a fiber: resume when its call may be admitted."""


class RehearsedCalls:
    """Answers the calls of rehearsals.

    Args:
        questions: sends the calls that are admitted.
        progress: of the real personas.
        rehearsals: all rehearsals that have not been squashed.
        answered: called with the persona when the true answer to a predicted call has arrived.
    """

    def __init__(
        self,
        questions: Questions,
        progress: Progress,
        rehearsals: Mapping[PersonaIndex, Rehearsal],
        answered: Callable[[PersonaIndex], None],
    ) -> None:
        self._questions = questions
        self._progress = progress
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
        while True:
            reply = self._questions.put(call, lambda: self._context(rehearsal, call))
            if reply.blocking is not None:
                rehearsal.blocking_sites.add(reply.blocking)
            if reply.prefetch is not None:
                return self._answer_of(rehearsal, reply.prefetch, reply.prediction)
            if reply.prediction is not None and len(move.shadow_calls) < _MAX_SHADOW_CALLS:
                context = self._context(rehearsal, call)
                move.shadow_calls.append(ShadowCall(call, reply.prediction, context))
                return reply.prediction
            self._suspend(rehearsal, AwaitAdmission())

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
            self._questions.would_find(shadow.call, shadow.context._replace(distance=distance))
            for shadow in rehearsal.current.shadow_calls
        )

    def _context(self, rehearsal: Rehearsal, call: ModelCall) -> CallContext:
        return CallContext(call.site, self._distance(rehearsal), rehearsal.unconfirmed_sites())

    def _distance(self, rehearsal: Rehearsal) -> int:
        return distance_bucket(rehearsal.step - self._progress.commit_step(rehearsal.persona))

    def _answer_of(
        self, rehearsal: Rehearsal, prefetch: Prefetch, prediction: ModelAnswer | None
    ) -> ModelAnswer:
        if prefetch.answer is not None:
            return prefetch.answer
        if prediction is not None:
            rehearsal.current.predictions.append((prefetch, prediction))
            prefetch.on_done.append(lambda _: self._answered(rehearsal.persona))
            return prediction
        answer: ModelAnswer = self._suspend(rehearsal, AwaitAnswer(prefetch))
        return answer

    def _suspend(self, rehearsal: Rehearsal, request: object) -> Any:
        result = suspend(request)  # type: ignore[arg-type] # the driver, not the engine, reads it
        if not self.is_alive(rehearsal):
            raise SquashedError
        return result

"""Questions of a worker: its rehearsals put their calls to the main process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from ga_ooo.cluster.frames import Answered, Check, FromWorker, Known, Question, Replied
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import suspend
from ga_ooo.model.requests import NO_REPORT, CallKind, ModelAnswer, ModelCall
from ga_ooo.runahead.calls import AwaitAnswer
from ga_ooo.runahead.predictor import CallContext, HitRates
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.runahead.questions import Reply

_KEPT_VECTORS: Final = 4096
_KEPT_REQUESTS: Final = 4096

_CallId: TypeAlias = tuple[str, str, int]
"""Persona, fingerprint and occurrence of a call."""


class ReportedRates(HitRates):
    """Hit rates that also note each outcome, for the main process."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: list[tuple[list[str], bool]] = []

    def learn(self, context: CallContext, hit: bool) -> None:
        """See :class:`~ga_ooo.runahead.predictor.HitRates`."""
        super().learn(context, hit)
        self.outcomes.append((sorted(context.unconfirmed), hit))


class RemoteQuestions:
    """Implements :class:`~ga_ooo.runahead.questions.Questions` in a worker.

    A question suspends its rehearsal until the reply is there.

    Args:
        index: of a persona by its name.
    """

    def __init__(self, index: dict[str, PersonaIndex]) -> None:
        self.forecast_rates = ReportedRates()
        self._index = index
        self._count = 0
        self._asked: list[Question] = []
        self._checks: list[Check] = []
        self._tickets: dict[int, Prefetch] = {}
        self._replies: dict[int, Reply] = {}
        self._in_flight: dict[int, Prefetch] = {}
        self._not_sent: dict[_CallId, int] = {}
        self._known: dict[_CallId, Reply] = {}
        self._refused: dict[tuple[_CallId, CallContext], Reply] = {}
        self._findable: set[int] = set()
        self._checking: set[int] = set()
        self._vectors: dict[str, ModelAnswer] = {}
        self._requests: set[str] = set()
        self._forgets = False

    # --- for rehearsals (see Questions) -----------------------------------------------------------

    def put(self, call: ModelCall, context: Callable[[], CallContext]) -> Reply:
        """See :class:`~ga_ooo.runahead.questions.Questions`."""
        vector = self._vectors.get(call.request.fingerprint)
        if vector is not None:
            return Reply(_answered(call, vector))
        known = self._known_reply(call)
        if known is not None:
            return known
        asked = context()
        refused = self._refused.get((_id(call), asked))
        if refused is not None:
            return refused
        number = self._ask(call, asked)
        ticket = self._tickets[number] = _unanswered(call)
        try:
            suspend(AwaitAnswer(ticket, is_progress=False))  # type: ignore[arg-type] # the driver reads it
            reply = self._replies.pop(number)
            if reply.prefetch is None:
                self._refused[_id(call), asked] = reply
            return reply
        finally:
            self._tickets.pop(number, None)

    def would_find(self, call: ModelCall, context: CallContext) -> bool:
        """See :class:`~ga_ooo.runahead.questions.Questions`: as far as the main process has said.
        Otherwise it is asked, and the rehearsal is looked at again when it says so."""
        number = self._not_sent.get(_id(call))
        if number is None:
            return False
        if number in self._findable:
            return True
        if number not in self._checking:
            self._checking.add(number)
            self._checks.append(Check(number, context.distance))
        return False

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """See :class:`~ga_ooo.runahead.questions.Questions`: the main process knows."""

    async def close(self) -> None:
        """See :class:`~ga_ooo.runahead.questions.Questions`."""

    # --- for the worker ---------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return not (self._asked or self._checks or self.forecast_rates.outcomes)

    def take(self, frame: FromWorker) -> None:
        """Move all that is to be sent into a frame."""
        frame.questions, self._asked = self._asked, []
        frame.checks, self._checks = self._checks, []
        rates = self.forecast_rates
        frame.forecasts, rates.outcomes = rates.outcomes, []
        frame.forgets, self._forgets = self._forgets, False
        # What the next frame asks for again has been answered by then.
        self._checking.clear()

    def replied(self, reply: Replied) -> None:
        """The main process has replied."""
        ticket = self._tickets.get(reply.question)
        if ticket is None:
            return
        call = ticket.call
        if reply.known is Known.ANSWERED:
            assert reply.answer is not None
            self._keep_vector(call, reply.answer)
            result = self._known[_id(call)] = Reply(_answered(call, reply.answer))
        elif reply.known is Known.IN_FLIGHT:
            prefetch = self._in_flight[reply.question] = _unanswered(call)
            result = self._known[_id(call)] = Reply(prefetch, reply.answer)
        else:
            self._not_sent[_id(call)] = reply.question
            result = Reply(None, reply.answer, reply.blocking)
        self._replies[reply.question] = result
        # The answer of a ticket only says that the reply is there.
        _complete(ticket, ModelAnswer())

    def answered(self, answered: Answered) -> None:
        """A call that was in flight has its answer, or has failed."""
        prefetch = self._in_flight.pop(answered.question, None)
        if prefetch is None:
            return
        if answered.answer is None:
            prefetch.fail()
        else:
            self._keep_vector(prefetch.call, answered.answer)
            _complete(prefetch, answered.answer)

    def findable(self, question: int) -> None:
        """A call that was not sent would find an answer or be admitted by now."""
        self._findable.add(question)

    def forget_calls(self, persona: str, step: Step) -> None:
        """The persona has committed a step: forget which of its calls were not sent, and the calls
        up to this step."""
        for call in [call for call in self._not_sent if call[0] == persona]:
            self._findable.discard(self._not_sent.pop(call))
        for call, reply in list(self._known.items()):
            if call[0] == persona and reply.prefetch is not None and reply.prefetch.step <= step:
                del self._known[call]

    def something_happened(self) -> None:
        """Calls that were refused before may be admitted now."""
        self._refused.clear()

    def _known_reply(self, call: ModelCall) -> Reply | None:
        """The reply to a call that was put before: a rehearsal that begins again repeats it."""
        known = self._known.get(_id(call))
        if known is None or known.prefetch is None:
            return None
        if known.prefetch.answer is not None:
            return Reply(known.prefetch)
        if known.prefetch.done.done():
            # It has failed.
            del self._known[_id(call)]
            return None
        return known

    def _ask(self, call: ModelCall, context: CallContext) -> int:
        self._count += 1
        key, fingerprint = call.key, call.request.fingerprint
        assert key is not None
        if len(self._requests) >= _KEPT_REQUESTS and not self._asked:
            # At the beginning of a frame: no question before this one refers to a request.
            self._requests.clear()
            self._forgets = True
        is_known = fingerprint in self._requests
        self._requests.add(fingerprint)
        self._asked.append(
            Question(
                self._count,
                self._index[key.persona],
                key.step,
                key.ordinal,
                call.occurrence,
                fingerprint,
                None if is_known else call.request,
                call.site,
                context.distance,
                sorted(context.unconfirmed),
            )
        )
        return self._count

    def _keep_vector(self, call: ModelCall, answer: ModelAnswer) -> None:
        if call.request.kind is CallKind.EMBEDDING:
            if len(self._vectors) >= _KEPT_VECTORS:
                self._vectors.pop(next(iter(self._vectors)))
            self._vectors[call.request.fingerprint] = answer


def _id(call: ModelCall) -> _CallId:
    assert call.key is not None
    return call.key.persona, call.request.fingerprint, call.occurrence


def _unanswered(call: ModelCall) -> Prefetch:
    assert call.key is not None
    loop = asyncio.get_running_loop()
    return Prefetch(call, call.key.step, None, loop.create_future(), loop.time())


def _answered(call: ModelCall, answer: ModelAnswer) -> Prefetch:
    prefetch = _unanswered(call)
    _complete(prefetch, answer)
    return prefetch


def _complete(prefetch: Prefetch, answer: ModelAnswer) -> None:
    prefetch.complete(answer, NO_REPORT, prefetch.sent_at)

"""Questions of a worker: its rehearsals put their calls to the main process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(eq=False)
class _Ticket:
    """A question that was put.

    Attributes:
        signal: completed when the reply is there.
        reply: None before that.
    """

    signal: Prefetch
    reply: Reply | None = None


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
        self._tickets: dict[int, _Ticket] = {}
        self._in_flight: dict[int, Prefetch] = {}
        self._not_sent: dict[_CallId, tuple[int, Step]] = {}
        self._known: dict[_CallId, Prefetch] = {}
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
        known = self._known.get(_id(call))
        if known is not None:
            return Reply(known)
        asked = context()
        refused = self._refused.get((_id(call), asked))
        if refused is not None:
            return refused
        number = self._ask(call, asked)
        ticket = self._tickets[number] = _Ticket(_unanswered(call))
        suspend(AwaitAnswer(ticket.signal, is_progress=False))  # type: ignore[arg-type] # the driver reads it
        reply = ticket.reply
        assert reply is not None, "the driver resumes it when the reply is there"
        if reply.prefetch is None:
            self._refused[_id(call), asked] = reply
        return reply

    def would_find(self, call: ModelCall, context: CallContext) -> bool:
        """See :class:`~ga_ooo.runahead.questions.Questions`: as far as the main process has said.
        Otherwise it is asked, and the rehearsal is looked at again when it says so."""
        found = self._not_sent.get(_id(call))
        if found is None:
            return False
        number, _ = found
        if number in self._findable:
            return True
        if number not in self._checking:
            self._checking.add(number)
            assert call.key is not None
            self._checks.append(Check(number, self._index[call.key.persona], context.distance))
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
        """The main process has replied. The reply is kept even if the rehearsal was squashed: the
        next one puts the same call again."""
        ticket = self._tickets.pop(reply.question)
        call = ticket.signal.call
        if reply.known is Known.ANSWERED:
            assert reply.answer is not None
            self._keep_vector(call, reply.answer)
            self._known[_id(call)] = known = _answered(call, reply.answer)
            result = Reply(known)
        elif reply.known is Known.IN_FLIGHT:
            # Not kept for the next question: by then, there may be a better prediction.
            prefetch = self._in_flight[reply.question] = _unanswered(call)
            result = Reply(prefetch, reply.answer)
        else:
            self._not_sent[_id(call)] = reply.question, ticket.signal.step
            result = Reply(None, reply.answer, reply.blocking)
        ticket.reply = result
        # The answer of a signal only says that the reply is there.
        _complete(ticket.signal, ModelAnswer())

    def answered(self, answered: Answered) -> None:
        """A call that was in flight has its answer, or has failed."""
        prefetch = self._in_flight.pop(answered.question, None)
        if prefetch is None:
            return
        if answered.answer is None:
            prefetch.fail()
        else:
            self._keep_vector(prefetch.call, answered.answer)
            self._known[_id(prefetch.call)] = prefetch
            _complete(prefetch, answered.answer)

    def findable(self, question: int) -> None:
        """A call that was not sent would find an answer or be admitted by now."""
        self._findable.add(question)

    def used_calls(self, persona: str, calls: Mapping[str, int]) -> None:
        """A move has made these calls, so often each: no other step can use their answers."""
        for fingerprint, count in calls.items():
            for occurrence in range(count):
                self._known.pop((persona, fingerprint, occurrence), None)

    def forget_calls(self, persona: str, step: Step) -> None:
        """The persona has committed a step: forget its calls up to this step."""
        for call, (number, then) in list(self._not_sent.items()):
            if call[0] == persona and then <= step:
                del self._not_sent[call]
                self._findable.discard(number)
        for call, prefetch in list(self._known.items()):
            if call[0] == persona and prefetch.step <= step:
                del self._known[call]

    def something_happened(self) -> None:
        """Calls that were refused before may be admitted now."""
        self._refused.clear()

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

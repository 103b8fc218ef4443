"""Answers the questions of workers, by the same rules as those of rehearsals in this process.

The call of a question is made here: its sampling seed follows from the request itself. So a wrong
question costs tokens, and its answer is used only for a real call that is equal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ga_ooo.cluster.channel import Channel
from ga_ooo.cluster.frames import Answered, Check, FromWorker, Known, Question, Replied
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.model.requests import CallKey, ModelCall, ModelRequest, derive_seed
from ga_ooo.runahead.predictor import CallContext, distance_bucket
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.runahead.progress import Progress
from ga_ooo.runahead.questions import LocalQuestions


class QuestionDesk:
    """Takes frames of workers.

    Args:
        questions: sends the calls that are admitted.
        progress: of the real personas.
        names: of the personas, in their order.
        gateway: knows the attempts of moves that failed before.
        seed: run seed.

    Attributes:
        on_news: called when an answer has arrived that a worker waits for.
    """

    def __init__(
        self,
        questions: LocalQuestions,
        progress: Progress,
        names: Sequence[str],
        gateway: Gateway,
        seed: int,
    ) -> None:
        self.on_news: Callable[[], None] = lambda: None
        self._questions = questions
        self._progress = progress
        self._names = names
        self._gateway = gateway
        self._seed = seed

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """A persona has committed ``step``."""
        self._questions.committed(persona, step)

    async def close(self) -> None:
        """There are no more rehearsals."""
        await self._questions.close()

    def take(self, channel: Channel, frame: FromWorker) -> None:
        """Answer a frame: replies go into the next frame to the worker."""
        if frame.forgets:
            channel.requests.clear()
        for sites, hit in frame.forecasts:
            self._questions.forecast_rates.learn(CallContext("", 0, frozenset(sites)), hit)
        for question in frame.questions:
            if question.request is not None:
                channel.requests[question.fingerprint] = question.request
            channel.replies.append(self._reply(channel, question))
        for check in frame.checks:
            self._check(channel, check)

    def _reply(self, channel: Channel, question: Question) -> Replied:
        persona, step = question.persona, question.step
        commit = self._progress.commit_step(persona)
        request = channel.requests.get(question.fingerprint)
        if step < commit or request is None:
            # The replica of the worker is stale; it will hear of it.
            return Replied(question.number, Known.NOT_SENT)
        call = self._call(question, request)
        context = CallContext(
            question.site, distance_bucket(step - commit), frozenset(question.unconfirmed)
        )
        sent = self._questions.prefetched
        prefetch, prediction, blocking = self._questions.put(call, lambda: context)
        if prefetch is not None and self._questions.prefetched > sent:
            channel.asked.append(prefetch)
            channel.worker.counts.asked += 1
        if prefetch is None:
            channel.not_sent[persona][question.number] = (call, context)
            return Replied(question.number, Known.NOT_SENT, prediction, blocking)
        if prefetch.answer is not None:
            return Replied(question.number, Known.ANSWERED, prefetch.answer)
        restarts = channel.restarts
        prefetch.on_done.append(
            lambda done: self._answered(channel, restarts, question.number, done)
        )
        return Replied(question.number, Known.IN_FLIGHT, prediction)

    def _call(self, question: Question, request: ModelRequest) -> ModelCall:
        name, step, occurrence = self._names[question.persona], question.step, question.occurrence
        attempt = self._gateway.first_attempts.get((name, step), 0)
        return ModelCall(
            request,
            CallKey(name, step, question.ordinal, attempt),
            occurrence,
            derive_seed(self._seed, name, request.fingerprint, occurrence, attempt),
            priority=step,
            site=question.site,
        )

    def _check(self, channel: Channel, check: Check) -> None:
        """Notify the worker if a call that was not sent would be found or admitted by now."""
        found = channel.not_sent[check.persona].get(check.question)
        if found is None:
            return
        call, context = found
        if self._questions.would_find(call, context._replace(distance=check.distance)):
            channel.findable.append((check.question, check.persona))

    def _answered(self, channel: Channel, restarts: int, question: int, prefetch: Prefetch) -> None:
        if restarts != channel.restarts:
            # Another process has its place by now, and numbers its questions anew.
            return
        channel.answers.append(Answered(question, prefetch.answer))
        self.on_news()

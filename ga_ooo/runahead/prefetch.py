"""The prefetch cache: calls that are sent before a move needs them, and their answers.

The cache is a model client directly above the servers. Its entries are kept by persona, request
and occurrence in the move, not by step: most mispredictions are the right call at the wrong step.
Sampling seeds are derived from the same three, so the model does not depend on the time of a call.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from ga_ooo.engine.ids import Step
from ga_ooo.errors import ModelError
from ga_ooo.model.requests import (
    NO_REPORT,
    CallKey,
    CallKind,
    CallReport,
    ModelAnswer,
    ModelCall,
    ModelClient,
    reporting,
)
from ga_ooo.observer import Observer
from ga_ooo.runahead.admission import Admission, Estimate
from ga_ooo.runahead.congestion import CongestionWindow
from ga_ooo.runahead.predictor import AnswerPredictor, CallContext, ShadowCalls

PREFETCH_PRIORITY: Final = 1_000_000
"""Added to the priority of a prefetch, so that servers prefer every real call."""

_MAX_AGE: Final = 720
"""An answer that no move uses is evicted after so many steps."""

_CacheKey: TypeAlias = tuple[str, str, int]
"""Persona, fingerprint of the request, occurrence in the move."""


@dataclass(eq=False, slots=True)
class Prefetch:
    """A call that was sent for a rehearsal, or on demand for a move, and its answer.

    Attributes:
        step: rehearsed, or taken by the move.
        estimate: of admission; None if it was sent for a move.
        done: resolved when the answer arrives; cancelled if the call failed.
        sent_at: loop time.
        used_at: the step of the move that has used the answer, if any.
        missed: whether it was counted as a miss.
        answer: None until it arrives.
        report: how the client got the answer.
        on_done: functions called once, when the answer arrives or the call fails.
    """

    call: ModelCall
    step: Step
    estimate: Estimate | None
    done: asyncio.Future[None]
    sent_at: float
    used_at: Step | None = None
    missed: bool = False
    answer: ModelAnswer | None = None
    report: CallReport = NO_REPORT
    on_done: list[Callable[[Prefetch], None]] = field(default_factory=list)

    def complete(self, answer: ModelAnswer, report: CallReport, now: float) -> None:
        """The answer has arrived at loop time ``now``."""
        self.report, self.answer = report, replace(answer, seconds=now - self.sent_at)
        self.done.set_result(None)
        self._notify()

    def fail(self) -> None:
        """The answer will never arrive."""
        self.done.cancel()
        self._notify()

    def is_usable_at(self, step: Step) -> bool:
        """Whether a move or rehearsal of ``step`` may use it: one move, unless it is a vector."""
        return self.used_at in (None, step) or _is_embedding(self.call)

    @property
    def tokens(self) -> int:
        """Tokens in and out; 0 before the answer has arrived."""
        return self.answer.tokens if self.answer is not None else 0

    def _notify(self) -> None:
        for notify in self.on_done:
            notify(self)
        self.on_done.clear()


class PrefetchCache:
    """A model client that answers from prefetches where it can.

    Args:
        client: is asked everything else.
        admission: counts hits and misses.
        predictor: learns the answers that moves get.
        observer: notified of prefetches and their use.

    Attributes:
        active: whether there are rehearsals; without them the cache only passes calls on.
        window: bounds the prefetches in flight.
    """

    def __init__(
        self,
        client: ModelClient,
        admission: Admission,
        predictor: AnswerPredictor,
        observer: Observer | None = None,
    ) -> None:
        self.active = False
        self.window = CongestionWindow()
        self._observer = observer or Observer()
        self._client = client
        self._ask_client = reporting(client)
        self._admission = admission
        self._predictor = predictor
        self._entries: dict[_CacheKey, Prefetch] = {}
        self._recent: dict[str, set[_CacheKey]] = {}
        self._ageing: defaultdict[str, deque[Prefetch]] = defaultdict(deque)
        self._shadow_calls: ShadowCalls[_CacheKey] = ShadowCalls(admission.rates)
        self._tasks: set[asyncio.Task[None]] = set()

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """See :meth:`answer_with_report`."""
        answer, _ = await self.answer_with_report(call)
        return answer

    async def answer_with_report(self, call: ModelCall) -> tuple[ModelAnswer, CallReport]:
        """Answer a move's call: by an entry, if it has a usable one, or by the client.

        Raises:
            ModelError: the call failed for good.
        """
        key = call.key
        if key is None or key.attempt or not self.active:
            # A move that raised must get new answers, or it would fail in the same way.
            return await self._ask_client(call)
        cache_key = _cache_key(call)
        self._shadow_calls.called(key.persona, cache_key)
        entry = self._entries.get(cache_key)
        if entry is None or not entry.is_usable_at(key.step) or not await self._adopt(entry, call):
            entry = self._insert(call, None)
            entry.used_at = key.step
            await self._fetch(entry)
        answer = entry.answer
        assert answer is not None, "adopted or fetched, it has arrived"
        self._admission.real_call(call.site, answer)
        self._predictor.learn(call, answer)
        return answer, entry.report

    async def close(self) -> None:
        """Close the client underneath."""
        await self.drop_all()
        await self._client.close()

    def find(self, call: ModelCall) -> Prefetch | None:
        """The entry that a rehearsed call may use, in flight or answered."""
        entry = self._entries.get(_cache_key(call))
        return entry if entry is not None and entry.is_usable_at(_key(call).step) else None

    def prefetch(self, call: ModelCall, context: CallContext) -> Prefetch:
        """Send a rehearsed call."""
        later = replace(call, priority=call.priority + PREFETCH_PRIORITY)
        entry = self._insert(later, self._admission.sent(context))
        task = asyncio.ensure_future(self._fetch_ahead(entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._observer.prefetch_started(entry.call)
        return entry

    def shadow(self, call: ModelCall, context: CallContext) -> None:
        """Do not send a rehearsed call; learn whether it would have hit."""
        key = _key(call)
        self._shadow_calls.add(key.persona, _cache_key(call), key.step, context)

    def committed(self, persona: str, step: Step) -> None:
        """The persona has committed ``step``: unused prefetches for the step have missed."""
        self._shadow_calls.committed(persona, step)
        recent, ageing = self._recent.get(persona, set()), self._ageing[persona]
        for cache_key in list(recent):
            entry = self._entries[cache_key]
            if entry.step <= step:
                self._count_if_missed(entry)
            if not entry.done.done():
                continue
            if entry.used_at is not None and not _is_embedding(entry.call):
                if entry.used_at <= step:
                    self._evict(entry)
            elif entry.used_at is not None or entry.missed:
                # A later move may still use it.
                recent.discard(cache_key)
                ageing.append(entry)
        while ageing and ageing[0].step < step - _MAX_AGE:
            self._evict(ageing.popleft())

    async def drop_all(self) -> None:
        """Evict everything, and cancel the prefetches in flight."""
        self.active = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for entry in self._entries.values():
            entry.on_done.clear()
            if entry.estimate is not None and entry.used_at is None and not entry.missed:
                self._admission.abandoned(entry.estimate, entry.tokens)
        self._shadow_calls.clear()
        self._entries.clear()
        self._recent.clear()
        self._ageing.clear()

    async def _adopt(self, entry: Prefetch, call: ModelCall) -> bool:
        """Wait for the answer of an entry. Returns whether it has arrived."""
        first, entry.used_at = entry.used_at is None, _key(call).step
        if not entry.done.done():
            await asyncio.wait((entry.done,))
        if entry.answer is None:
            return False
        self._observer.prefetch_used(entry.call, call)
        if first and entry.estimate is not None:
            if entry.missed:
                self._admission.late_hit(entry.tokens)
            else:
                self._admission.resolved(entry.estimate, entry.tokens, hit=True)
        return True

    async def _fetch_ahead(self, entry: Prefetch) -> None:
        self.window.in_flight += 1
        try:
            # A failed prefetch is no error of the run: a move that needs the answer asks again.
            with suppress(ModelError):
                await self._fetch(entry)
        finally:
            self.window.in_flight -= 1

    async def _fetch(self, entry: Prefetch) -> None:
        try:
            answer, report = await self._ask_client(entry.call)
        except BaseException:
            self._abandon(entry)
            raise
        now = asyncio.get_running_loop().time()
        entry.complete(answer, report, now)
        if entry.estimate is not None:
            self._observer.prefetch_finished(entry.call, answer)
            self._admission.answered(answer.tokens)
        if not answer.embedding:
            self.window.measured(entry.call.site, now - entry.sent_at, answer.output_tokens)

    def _count_if_missed(self, entry: Prefetch) -> None:
        is_open = entry.used_at is None and not entry.missed and entry.answer is not None
        if is_open and entry.estimate is not None:
            entry.missed = True
            self._admission.resolved(entry.estimate, entry.tokens, hit=False)

    def _abandon(self, entry: Prefetch) -> None:
        self._evict(entry)
        if entry.estimate is not None:
            self._admission.abandoned(entry.estimate, 0)
        entry.fail()

    def _insert(self, call: ModelCall, estimate: Estimate | None) -> Prefetch:
        key, cache_key = _key(call), _cache_key(call)
        loop = asyncio.get_running_loop()
        entry = Prefetch(call, key.step, estimate, loop.create_future(), loop.time())
        if cache_key in self._entries:
            # Of two personas that ask again for a vector that failed, the last entry is kept.
            self._evict(self._entries[cache_key])
        self._entries[cache_key] = entry
        self._recent.setdefault(key.persona, set()).add(cache_key)
        return entry

    def _evict(self, entry: Prefetch) -> None:
        cache_key = _cache_key(entry.call)
        if self._entries.get(cache_key) is entry:
            del self._entries[cache_key]
            self._recent[_key(entry.call).persona].discard(cache_key)


def _key(call: ModelCall) -> CallKey:
    assert call.key is not None, "calls of moves and rehearsals have a key"
    return call.key


def _cache_key(call: ModelCall) -> _CacheKey:
    if _is_embedding(call):
        # The vector of a text is the same for every persona.
        return ("", call.request.fingerprint, 0)
    return (_key(call).persona, call.request.fingerprint, call.occurrence)


def _is_embedding(call: ModelCall) -> bool:
    return call.request.kind is CallKind.EMBEDDING

"""The memo: answers asked for early, each used by the one real call that asks the same.

A layer right above the servers. Answers are kept by (persona, fingerprint, occurrence in the
move) and not by step: most mispredictions are the right question at the wrong step (DESIGN
section 4, *adopt*). Sampling seeds derive from the same three, so it makes no difference to the
model when it is asked.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from ga_ooo.engine.ids import Step
from ga_ooo.errors import ModelError
from ga_ooo.model.requests import (
    NO_REPORT,
    CallKind,
    CallReport,
    ModelAnswer,
    ModelCall,
    ModelClient,
    reporting,
)
from ga_ooo.runahead.admission import Admission, CongestionWindow
from ga_ooo.runahead.predictor import AnswerPredictor, Outlook, ShadowCalls


@dataclass(eq=False, slots=True, weakref_slot=True)
class Prefetch:
    """One answer that was asked for, by a rehearsal or by a move.

    Attributes:
        call: the call as it was asked.
        step: the step that was taken or rehearsed.
        outlook: of a rehearsed call; None if a move asked.
        rate: the gate's estimate when it was asked.
        used: the step whose move has taken the answer.
        missed: its step has passed, and it was counted as a miss.
        answer: once it is there.
        report: how the client came by it.
        done: resolved with the answer's arrival, or cancelled.
    """

    call: ModelCall
    step: Step
    outlook: Outlook | None
    rate: float
    done: asyncio.Future[None]
    asked_at: float
    used: Step | None = None
    missed: bool = False
    answer: ModelAnswer | None = None
    report: CallReport = NO_REPORT
    on_done: list[Callable[[Prefetch], None]] = field(default_factory=list)

    def arrive(self, answer: ModelAnswer, report: CallReport, now: float) -> None:
        """The answer is here."""
        self.report = report
        self.answer = replace(answer, seconds=now - self.asked_at)
        self.done.set_result(None)
        for tell in self.on_done:
            tell(self)
        self.on_done.clear()

    def fail(self) -> None:
        """It will never come; whoever waits for it is told."""
        if not self.done.done():
            self.done.cancel()
        for tell in self.on_done:
            tell(self)
        self.on_done.clear()

    def fits(self, step: Step) -> bool:
        """Whether a move or rehearsal of ``step`` may have it: each answer is used by one move;
        but the vector of a text is always the same."""
        return self.used in (None, step) or self.call.request.kind is CallKind.EMBEDDING

    @property
    def tokens(self) -> int:
        """Tokens in and out; 0 before the answer is there."""
        return self.answer.tokens if self.answer is not None else 0


REHEARSED_PRIORITY: Final = 1_000_000
"""Added to the priority of a rehearsed call: later than any real one."""

_KEPT_STEPS: Final = 720
"""Steps after which an answer that nobody asked for is forgotten."""

_Slot: TypeAlias = tuple[str, str, int]


class PrefetchCache:
    """A model client that answers from what was asked early, where it can.

    Args:
        client: asked for the rest.
        gate: told of hits and misses.
        guesses: learns from all answers.

    Attributes:
        active: whether rehearsals are going on; without them, it only passes calls on.
        window: how many rehearsed calls may be in flight.
        on_prefetched: functions told of each rehearsed call as it goes out.
        on_adopted: functions told of each call whose answer a move takes that did not ask it, and
            of that move's call.
    """

    def __init__(self, client: ModelClient, gate: Admission, guesses: AnswerPredictor) -> None:
        self.active = False
        self.window = CongestionWindow()
        self.on_prefetched: list[Callable[[Prefetch], None]] = []
        self.on_adopted: list[Callable[[Prefetch, ModelCall], None]] = []
        self._client = client
        self._ask_client = reporting(client)
        self._gate = gate
        self._guesses = guesses
        self._kept: dict[_Slot, Prefetch] = {}
        self._by_persona: dict[str, set[_Slot]] = {}
        self._ageing: defaultdict[str, deque[Prefetch]] = defaultdict(deque)
        self._untaken: ShadowCalls[_Slot] = ShadowCalls(gate.rates)
        self._tasks: set[asyncio.Task[None]] = set()

    # --- for moves ---------------------------------------------------------------------------

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """The answer asked for early, if there is one, or a new one.

        Raises:
            ModelError: the call failed for good.
        """
        answer, _ = await self.answer_with_report(call)
        return answer

    async def answer_with_report(self, call: ModelCall) -> tuple[ModelAnswer, CallReport]:
        """As :meth:`answer`, and how the client came by it."""
        key = call.key
        if key is None or key.attempt or not self.active:
            # A move that raised must get new answers, or it would fail in the same way.
            return await self._ask_client(call)
        slot = _slot(call)
        self._untaken.asked(key.persona, slot)
        early = self._kept.get(slot)
        if early is None or not early.fits(key.step) or not await self._adopt(early, call):
            early = await self._ask_for_move(call, key.step)
        answer = early.answer
        assert answer is not None, "adopted or asked, it has arrived"
        self._gate.real(call.site, answer)
        self._guesses.learn(call, answer)
        return answer, early.report

    async def close(self) -> None:
        """Close the client underneath."""
        await self.drop_all()
        await self._client.close()

    # --- for rehearsals ------------------------------------------------------------------------

    def find(self, call: ModelCall) -> Prefetch | None:
        """What was asked already and the rehearsed call may count on."""
        assert call.key is not None
        early = self._kept.get(_slot(call))
        if early is None or early.done.cancelled():
            return None
        return early if early.fits(call.key.step) else None

    def leave(self, call: ModelCall, outlook: Outlook) -> None:
        """A rehearsed call is not asked."""
        assert call.key is not None
        self._untaken.add(call.key.persona, _slot(call), call.key.step, outlook)

    def ask_early(self, call: ModelCall, outlook: Outlook) -> Prefetch:
        """Put a rehearsed call in flight."""
        assert call.key is not None
        later = replace(call, priority=call.priority + REHEARSED_PRIORITY)
        early = self._keep(later, call.key.step, outlook)
        self._gate.asked(outlook, early.rate)
        task = asyncio.ensure_future(self._fetch(early))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        for tell in self.on_prefetched:
            tell(early)
        return early

    def passed(self, persona: str, step: Step) -> None:
        """A persona has committed ``step``: what was rehearsed for it has missed."""
        self._untaken.passed(persona, step)
        ageing = self._ageing[persona]
        slots = self._by_persona.get(persona)
        if slots:
            self._settle(slots, ageing, step)
        while ageing and ageing[0].step < step - _KEPT_STEPS:
            early = ageing.popleft()
            if self._kept.get(_slot(early.call)) is early:
                self._forget(_slot(early.call))

    def _settle(self, slots: set[_Slot], ageing: deque[Prefetch], step: Step) -> None:
        """Count misses, forget what has been used up, and let age what may be of use again."""
        for slot in list(slots):
            early = self._kept[slot]
            if early.used is None and early.step <= step and early.outlook is not None:
                self._miss(early, early.outlook)
            if not early.done.done():
                continue
            if early.used is not None and early.call.request.kind is not CallKind.EMBEDDING:
                if early.used <= step:
                    self._forget(slot)
            elif early.used is not None or early.missed:
                slots.discard(slot)
                ageing.append(early)

    async def drop_all(self) -> None:
        """Forget everything; calls under way are cancelled."""
        self.active = False
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for early in self._kept.values():
            early.on_done.clear()
            if early.outlook is not None and early.used is None and not early.missed:
                self._gate.lost(early.outlook, early.rate, early.tokens)
        self._untaken.clear()
        self._kept.clear()
        self._by_persona.clear()
        self._ageing.clear()

    # --- helpers -------------------------------------------------------------------------------

    async def _adopt(self, early: Prefetch, call: ModelCall) -> bool:
        """Wait for an answer asked early. Returns whether it has come."""
        assert call.key is not None
        first, early.used = early.used is None, call.key.step
        if not early.done.done():
            await asyncio.wait((early.done,))
        if early.answer is None:
            return False
        for tell in self.on_adopted:
            tell(early, call)
        if first and early.outlook is not None:
            if early.missed:
                self._gate.found_late(early.tokens)
            else:
                self._gate.settled(early.outlook, early.rate, early.tokens, hit=True)
        return True

    async def _ask_for_move(self, call: ModelCall, step: Step) -> Prefetch:
        early = self._keep(call, step, None)
        early.used = step
        try:
            answer, report = await self._ask_client(call)
        except BaseException:
            self._lose(early)
            raise
        early.arrive(answer, report, _now())
        self._measure(early)
        return early

    async def _fetch(self, early: Prefetch) -> None:
        self.window.in_flight += 1
        try:
            answer, report = await self._ask_client(early.call)
        except ModelError:
            # Nothing of a rehearsal is an error of the run; a move that needs it asks again.
            self._lose(early)
        except BaseException:
            self._lose(early)
            raise
        else:
            early.arrive(answer, report, _now())
            self._gate.answered(early.tokens)
            self._measure(early)
        finally:
            self.window.in_flight -= 1

    def _measure(self, early: Prefetch) -> None:
        answer = early.answer
        if answer is not None and not answer.embedding:
            self.window.measured(early.call.site, answer.seconds, answer.output_tokens)

    def _lose(self, early: Prefetch) -> None:
        """It will not come."""
        slot = _slot(early.call)
        if self._kept.get(slot) is early:
            self._forget(slot)
        if early.outlook is not None:
            self._gate.lost(early.outlook, early.rate, 0)
        early.fail()

    def _miss(self, early: Prefetch, outlook: Outlook) -> None:
        if not early.missed and early.answer is not None:
            early.missed = True
            self._gate.settled(outlook, early.rate, early.tokens, hit=False)

    def _keep(self, call: ModelCall, step: Step, outlook: Outlook | None) -> Prefetch:
        assert call.key is not None
        rate = self._gate.rates.rate(outlook) if outlook is not None else 1.0
        done = asyncio.get_running_loop().create_future()
        early = Prefetch(call, step, outlook, rate, done, _now())
        slot = _slot(call)
        # Of two who both ask again for what failed, the last is kept: vectors are anybody's.
        self._forget(slot)
        self._kept[slot] = early
        self._by_persona.setdefault(call.key.persona, set()).add(slot)
        return early

    def _forget(self, slot: _Slot) -> None:
        early = self._kept.pop(slot, None)
        if early is not None and early.call.key is not None:
            self._by_persona[early.call.key.persona].discard(slot)


def _slot(call: ModelCall) -> _Slot:
    assert call.key is not None
    if call.request.kind is CallKind.EMBEDDING:
        # The vector of a text is the same for everybody.
        return ("", call.request.fingerprint, 0)
    return (call.key.persona, call.request.fingerprint, call.occurrence)


def _now() -> float:
    return asyncio.get_running_loop().time()

"""One answer that was asked for before its move needed it, or by a move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ga_ooo.engine.ids import Step
from ga_ooo.model.requests import UNTOLD, CallKind, CallReport, ModelAnswer, ModelCall
from ga_ooo.runahead.rates import Outlook


@dataclass(eq=False, slots=True, weakref_slot=True)
class Early:
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
    report: CallReport = UNTOLD
    told: list[Callable[[Early], None]] = field(default_factory=list)

    def arrive(self, answer: ModelAnswer, report: CallReport, now: float) -> None:
        """The answer is here."""
        self.report = report
        self.answer = replace(answer, seconds=now - self.asked_at)
        self.done.set_result(None)
        for tell in self.told:
            tell(self)
        self.told.clear()

    def fail(self) -> None:
        """It will never come; whoever waits for it is told."""
        if not self.done.done():
            self.done.cancel()
        for tell in self.told:
            tell(self)
        self.told.clear()

    def fits(self, step: Step) -> bool:
        """Whether a move or rehearsal of ``step`` may have it: each answer is used by one move;
        but the vector of a text is always the same."""
        return self.used in (None, step) or self.call.request.kind is CallKind.EMBEDDING

    @property
    def tokens(self) -> int:
        """Tokens in and out; 0 before the answer is there."""
        return self.answer.tokens if self.answer is not None else 0

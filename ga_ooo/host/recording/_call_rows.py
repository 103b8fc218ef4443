"""Rows about model calls: those of moves, and those that rehearsals asked early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.host.imported.call_site import call_stage
from ga_ooo.host.prompts.kinds import prompt_kind
from ga_ooo.model.requests import (
    NO_REPORT,
    CallKey,
    CallKind,
    CallReport,
    ModelAnswer,
    ModelCall,
)
from ga_ooo.observer import StretchStart
from ga_ooo.record.rows import Call, EarlyCall, Prompt, Row, Source, storable

_Asked: TypeAlias = tuple[CallKey, str]
"""Key and fingerprint of a call."""

_REMEMBERED: Final = 1024
"""Steps after which an early call is forgotten: no move uses its answer any more."""


@dataclass(slots=True)
class _Open:
    """A call of a move that is not answered."""

    number: int
    kind: str
    stage: str
    partner: PersonaIndex | None
    asked_at: float
    source: Source = "journal"
    early: int | None = None


@dataclass(slots=True)
class _Early:
    """A call of a rehearsal."""

    number: int
    kind: str
    at_step: Step
    asked_at: float


def kind_of(call: ModelCall) -> str:
    """The kind of a call, for readers."""
    request = call.request
    return "embedding" if request.kind is CallKind.EMBEDDING else prompt_kind(request.text)


class CallRows:
    """Turns the events of calls into rows.

    Args:
        start: of the stretch of steps.
        now: the time of the record.
        add: takes rows.
        first_number: of the next call.
        with_prompts: keep the texts of prompts and answers.

    Attributes:
        waiting: for personas whose move waits for an answer, the kind of call and its time.
        next_number: of the next call.
    """

    def __init__(
        self,
        start: StretchStart,
        now: Callable[[], float],
        add: Callable[[Row], None],
        first_number: int,
        *,
        with_prompts: bool,
    ) -> None:
        self.waiting: dict[PersonaIndex, tuple[str, float]] = {}
        self.next_number = first_number
        self._scheduler = start.scheduler
        self._index = {name: index for index, name in enumerate(start.scheduler.story.names)}
        self._now, self._add = now, add
        self._with_prompts = with_prompts
        self._open: dict[CallKey, _Open] = {}
        self._early: dict[_Asked, _Early] = {}
        self._served: dict[_Asked, CallReport] = {}

    # --- calls of moves ------------------------------------------------------------------------

    def asked(self, call: ModelCall) -> None:
        """A move asks. The stack says where in the move it is."""
        if call.key is None:
            return
        persona, now = self._index[call.key.persona], self._now()
        kind = kind_of(call)
        handed = self._scheduler.handed_over_to(persona)
        partner = handed[-1] if handed else None
        self._open[call.key] = _Open(self._number(), kind, call_stage(), partner, now)
        self.waiting[persona] = kind, now

    def finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """A call of a move was answered."""
        key = call.key
        row = self._open.pop(key, None) if key else None
        if key is None or row is None:
            return
        report = self._served.pop((key, call.request.fingerprint), None)
        source: Source = "model" if report is not None else row.source
        report = report or NO_REPORT
        persona = self._index[key.persona]
        self.waiting.pop(persona, None)
        self._add(
            Call(
                call=row.number,
                persona=persona,
                step=key.step,
                ordinal=key.ordinal,
                attempt=key.attempt,
                kind=row.kind,
                stage=row.stage,
                partner=row.partner,
                asked_at=row.asked_at,
                answered_at=self._now(),
                tokens_in=answer.prompt_tokens,
                tokens_out=answer.output_tokens,
                source=source,
                early=row.early,
                model=storable(answer.model, 1000),
                server=report.endpoint,
                attempts=report.attempts,
            )
        )
        self._keep_texts(row.number, call, answer)

    def failed(self, persona: str) -> None:
        """A move failed; what it has asked is not answered any more."""
        self.waiting.pop(self._index[persona], None)

    # --- calls of rehearsals -------------------------------------------------------------------

    def served(self, call: ModelCall, report: CallReport) -> None:
        """The model has answered a call."""
        if call.key is not None:
            self._served[call.key, call.request.fingerprint] = report

    def early_asked(self, call: ModelCall) -> None:
        """A rehearsal asks."""
        if call.key is None:
            return
        at_step = self._scheduler.commit_step(self._index[call.key.persona])
        row = _Early(self._number(), kind_of(call), at_step, self._now())
        self._early[call.key, call.request.fingerprint] = row

    def early_answered(self, call: ModelCall, answer: ModelAnswer) -> None:
        """A call of a rehearsal was answered."""
        if call.key is None:
            return
        asked = call.key, call.request.fingerprint
        row, report = self._early.get(asked), self._served.pop(asked, NO_REPORT)
        if row is None:
            return
        self._add(
            EarlyCall(
                *(row.number, self._index[call.key.persona], row.at_step, call.key.step, row.kind),
                *(row.asked_at, self._now(), answer.prompt_tokens, answer.output_tokens),
                *(storable(answer.model, 1000), report.endpoint, report.attempts),
            )
        )
        self._keep_texts(row.number, call, answer)

    def used(self, asked: ModelCall, call: ModelCall) -> None:
        """A move takes the answer of a call that it has not asked itself."""
        row = self._open.get(call.key) if call.key else None
        if row is None or asked.key is None:
            return
        early = self._early.get((asked.key, asked.request.fingerprint))
        row.source = "shared" if early is None else "early"
        row.early = None if early is None else early.number

    def forget_before(self, step: Step) -> None:
        """Everybody has committed everything before ``step``: forget what is not needed."""
        oldest = step - _REMEMBERED
        for notes in (self._early, self._served):
            for asked in [asked for asked in notes if asked[0].step < oldest]:
                del notes[asked]
        for key in [key for key in self._open if key.step < step]:
            del self._open[key]

    # --- helpers -------------------------------------------------------------------------------

    def _number(self) -> int:
        self.next_number += 1
        return self.next_number - 1

    def _keep_texts(self, number: int, call: ModelCall, answer: ModelAnswer) -> None:
        if self._with_prompts:
            self._add(Prompt(number, storable(call.request.text), storable(answer.text)))

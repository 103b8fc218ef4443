"""Prefetches in a replay: calls that are asked before their persona step makes them (runahead)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.protocol import Hazard
from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.gpu import Done
from ga_ooo.lab.replay.load import LoadMeter
from ga_ooo.lab.replay.schedules import PersonaStep
from ga_ooo.lab.replay.serving import Tokens
from ga_ooo.lab.replay.towns import Towns, tokens_of
from ga_ooo.trace.format import NO_INDEX, Trace

_FORESIGHT: Final = 64
"""Steps: as many as the engine rehearses ahead by default."""

_LOW_PRIORITY: Final = 1 << 30
"""Added to the step in the priority of a prefetched call, so that all other calls come first."""


@dataclass(frozen=True, slots=True)
class PrefetchedCall:
    """One call that is asked before its persona step makes it.

    Answers have numbers: the answers of the calls of the towns have the numbers of these calls.
    Higher numbers follow, one for each prefetched call whose answer no persona step uses.

    Attributes:
        persona: the persona that would make the call.
        at_step: the call is asked once the persona has reached this step.
        step: the step that is rehearsed.
        answer: number of the answer.
        after: number of the answer that has to be known before; :data:`NO_INDEX`: none.
        tokens: of the call.
        hazard: the call is only asked if this hazard holds the persona at ``at_step``; None: in
            any case.
    """

    persona: PersonaIndex
    at_step: Step
    step: Step
    answer: int
    after: int
    tokens: Tokens
    hazard: Hazard | None = None


def recorded(towns: Towns) -> list[PrefetchedCall]:
    """The prefetches of the recorded run, used and wasted ones."""
    own, answers = towns.first_call[-1], towns.answer_of
    found = []
    for trace, persona, first_call in _each(towns):
        prefetches, calls = trace.rehearsals, len(trace.calls)
        columns = (
            *(prefetches.persona, prefetches.at_step, prefetches.step),
            *(prefetches.used_by, prefetches.after),
        )
        rows = zip(*(column.tolist() for column in columns), tokens_of(prefetches), strict=True)
        for number, (who, at_step, step, used_by, after, tokens) in enumerate(rows):
            answer = own + number if used_by == NO_INDEX else answers[first_call + used_by]
            if after != NO_INDEX:
                after = answers[first_call + after] if after < calls else own + after - calls
            found.append(PrefetchedCall(persona + who, at_step, step, answer, after, tokens))
        own += len(prefetches)
    return found


def same_step(towns: Towns) -> list[PrefetchedCall]:
    """The prefetches for the same step of a persona that only the order inside a step holds.

    All positions and visible events are known then. So such a rehearsal asks the right questions,
    one after the other, unless a persona earlier in the order talks to this one in the same step
    (``partner`` in the trace). In that case all of its questions count as wasted.
    """
    found: list[PrefetchedCall] = []
    own = towns.first_call[-1]
    disturbed = {persona_step for town in _each(towns) for persona_step in _talked_to(*town)}
    for persona_step, calls in towns.calls_of.items():
        answers = [own + call for call in calls] if persona_step in disturbed else calls
        found += _one_by_one(towns, persona_step, persona_step[1], answers, Hazard.ORDER)
    return found


def all_prefetches(towns: Towns) -> list[PrefetchedCall]:
    """The prefetches of the recorded run; :func:`same_step` if it had none."""
    return recorded(towns) if has_prefetches(towns) else same_step(towns)


def hits(towns: Towns) -> list[PrefetchedCall]:
    """The prefetches of :func:`all_prefetches` without the wasted ones.

    A call that came after a wasted answer comes after the answer before that one.
    """
    own, calls = towns.first_call[-1], all_prefetches(towns)
    wasted = {call.answer: call.after for call in calls if call.answer >= own}
    found = []
    for call in calls:
        if call.answer >= own:
            continue
        after = call.after
        while after in wasted:
            after = wasted[after]
        found.append(replace(call, after=after))
    return found


def foreseen(towns: Towns) -> list[PrefetchedCall]:
    """Every call, once its persona is 64 steps away and the call before it in its persona step is
    answered: all prefetches that are possible if only the answers are unknown."""
    found: list[PrefetchedCall] = []
    for persona_step, calls in towns.calls_of.items():
        at_step = max(towns.first_step, persona_step[1] - _FORESIGHT)
        found += _one_by_one(
            towns, persona_step, at_step, [towns.answer_of[call] for call in calls]
        )
    return found


def has_prefetches(towns: Towns) -> bool:
    """Whether a recorded run had prefetches."""
    return any(len(trace.rehearsals) for trace in towns.traces)


def _one_by_one(
    towns: Towns,
    persona_step: PersonaStep,
    at_step: Step,
    answers: Sequence[int],
    hazard: Hazard | None = None,
) -> Iterable[PrefetchedCall]:
    """The calls of a persona step, each after the answer of the one before.

    Args:
        answers: for each call, the number of its answer.
    """
    (persona, step), after = persona_step, NO_INDEX
    for call, answer in zip(towns.calls_of[persona_step], answers, strict=True):
        yield PrefetchedCall(persona, at_step, step, answer, after, towns.tokens[call], hazard)
        after = answer


def _each(towns: Towns) -> Iterable[tuple[Trace, PersonaIndex, int]]:
    return zip(towns.traces, towns.first_persona[:-1], towns.first_call[:-1], strict=True)


def _talked_to(trace: Trace, persona: PersonaIndex, _: int) -> Iterable[PersonaStep]:
    calls = trace.calls
    for partner, who, step in zip(
        calls.partner.tolist(), calls.persona.tolist(), calls.step.tolist(), strict=True
    ):
        if partner > who:
            yield persona + partner, step


class Answers:
    """The answers that are known or on their way, and the prefetches that they make possible.

    A call that was asked already, by a prefetch or by a persona step, is not asked again: the
    vector of a text is asked for once, under every policy. Nor is a wasted call for a step that its
    persona has already taken. Each prefetched call is asked as soon as the answer that it waits for
    is known.

    Args:
        prefetched: the calls.
        answers: for every call of the towns, the number of its answer.
        events: the simulated clock.
        meter: the model servers.

    Attributes:
        wasted: number of prefetched calls whose answers no persona step uses.
        wasted_tokens: tokens in and out of these calls.
    """

    def __init__(
        self,
        prefetched: Iterable[PrefetchedCall],
        answers: Sequence[int],
        events: EventQueue,
        meter: LoadMeter,
    ) -> None:
        self.wasted = 0
        self.wasted_tokens = 0
        self._answers = answers
        self._events = events
        self._meter = meter
        self._steps: dict[PersonaIndex, Step] = {}
        self._by_persona_step: defaultdict[PersonaStep, list[PrefetchedCall]] = defaultdict(list)
        for call in prefetched:
            self._by_persona_step[call.persona, call.at_step].append(call)
        self._waiting: defaultdict[int, list[PrefetchedCall]] = defaultdict(list)
        self._in_flight: dict[int, list[Done]] = {}
        self._answered: set[int] = {NO_INDEX}

    def arrived(self, persona: PersonaIndex, step: Step, hazard: Hazard | None) -> None:
        """A persona has reached a step.

        Args:
            hazard: holds it there; None if nothing does.
        """
        self._steps[persona] = step
        for call in self._by_persona_step.pop((persona, step), ()):
            if call.hazard not in (None, hazard):
                continue
            if call.after in self._answered:
                self._ask(call)
            else:
                self._waiting[call.after].append(call)

    def take(self, call: int, done: Done) -> bool:
        """Whether a call need not be asked, since its answer is known or in flight.

        Args:
            call: number of the call.
            done: called when the answer is there, if the result is True.
        """
        answer = self._answers[call]
        if answer in self._answered:
            self._events.at(self._events.now, done)
            return True
        if answer in self._in_flight:
            self._in_flight[answer].append(done)
            return True
        self._in_flight[answer] = []
        return False

    def answered(self, call: int) -> None:
        """A persona step has received the answer of a call and has continued."""
        answer = self._answers[call]
        if answer in self._in_flight:
            self._arrive(answer)

    def _arrive(self, answer: int) -> None:
        """An answer is known. As in the engine, persona steps continue first; then the prefetches
        that wait for the answer are asked."""
        waiting_steps = self._in_flight.pop(answer)
        self._answered.add(answer)
        for done in waiting_steps:
            done()
        news = deque((answer,))
        while news:
            for waiting in self._waiting.pop(news.popleft(), ()):
                if not self._ask(waiting):
                    self._answered.add(waiting.answer)
                    news.append(waiting.answer)

    def _ask(self, call: PrefetchedCall) -> bool:
        """Ask a call that was not asked before.

        Returns:
            False for a wasted call of a step that is already taken: it is not asked.
        """
        answer = call.answer
        if answer in self._in_flight or answer in self._answered:
            return True
        if answer >= len(self._answers):
            if self._steps[call.persona] > call.step:
                return False
            self.wasted += 1
            self.wasted_tokens += call.tokens.prompt + call.tokens.answer
        self._in_flight[answer] = []
        priority = (call.step + _LOW_PRIORITY, call.persona)
        self._meter.submit(priority, call.tokens, lambda: self._arrive(answer))
        return True

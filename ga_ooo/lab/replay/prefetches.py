"""Calls asked ahead of their move (runahead): where they come from, and what becomes of them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.protocol import Hazard
from ga_ooo.lab.replay.events import Events
from ga_ooo.lab.replay.feeders import Turn
from ga_ooo.lab.replay.running import Meter, Prefetches
from ga_ooo.lab.replay.serving import Done
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.trace.format import NOBODY, Trace

_FORESIGHT: Final = 64
"""Steps, as many as the engine rehearses ahead by default."""

_AFTER_ALL_REAL: Final = 1 << 30
"""Added to the step in the priority of a rehearsed call."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One call that is asked ahead.

    Answers are numbered: those of the towns' calls as these are, then one for each rehearsed call
    that no move takes.

    Attributes:
        persona: for whom.
        at_step: asked when the persona has arrived there, not before.
        step: the step that is rehearsed.
        answer: number of the answer: that of the call that takes it, or its own.
        after: number of the answer that must be there before; :data:`NOBODY`: none.
        tokens_in, tokens_out: of the call.
        hazard: only asked if this holds the persona at ``at_step``; None: whatever does.
    """

    persona: PersonaIndex
    at_step: Step
    step: Step
    answer: int
    after: int
    tokens_in: int
    tokens_out: int
    hazard: Hazard | None = None


def recorded(towns: Towns) -> list[Rehearsed]:
    """What the recorded run asked ahead, hits and misses."""
    own, answers = towns.first_call[-1], towns.answer_of
    found = []
    for trace, persona, first_call in _each(towns):
        ahead, calls = trace.rehearsals, len(trace.calls)
        columns = (ahead.persona, ahead.at_step, ahead.step, ahead.used_by, ahead.after)
        tokens = (ahead.tokens_in, ahead.tokens_out)
        for number, (who, at_step, step, used_by, after, tokens_in, tokens_out) in enumerate(
            zip(*(column.tolist() for column in (*columns, *tokens)), strict=True)
        ):
            answer = own + number if used_by == NOBODY else answers[first_call + used_by]
            if after != NOBODY:
                after = answers[first_call + after] if after < calls else own + after - calls
            found.append(
                Rehearsed(persona + who, at_step, step, answer, after, tokens_in, tokens_out)
            )
        own += len(ahead)
    return found


def same_step(towns: Towns) -> list[Rehearsed]:
    """What a persona that is held by the order of its step alone would ask ahead for that step.

    Where everybody stands and what everybody shows is known by then, so such a rehearsal asks the
    right questions, one after the other, unless somebody earlier in order talks to the persona in
    this very step (``partner`` in the trace): then all of them are taken to be wrong.
    """
    found: list[Rehearsed] = []
    own = towns.first_call[-1]
    disturbed = {turn for town in _each(towns) for turn in _talked_to(*town)}
    for turn, calls in towns.calls_of.items():
        answers = [own + call for call in calls] if turn in disturbed else calls
        found += _one_by_one(towns, turn, turn[1], answers, Hazard.ORDER)
    return found


def asked_ahead(towns: Towns) -> list[Rehearsed]:
    """What the recorded run asked ahead; where it asked nothing, :func:`same_step`."""
    return recorded(towns) if has_rehearsals(towns) else same_step(towns)


def hits(towns: Towns) -> list[Rehearsed]:
    """The same without what was in vain; what came after such an answer comes after the one
    before it."""
    own, calls = towns.first_call[-1], asked_ahead(towns)
    in_vain = {call.answer: call.after for call in calls if call.answer >= own}
    found = []
    for call in calls:
        if call.answer >= own:
            continue
        after = call.after
        while after in in_vain:
            after = in_vain[after]
        found.append(replace(call, after=after))
    return found


def foreseen(towns: Towns) -> list[Rehearsed]:
    """Every call, as soon as its persona is 64 steps from it and the call before it in its move is
    answered: all that could be asked ahead if nothing but the answers had to be waited for."""
    found: list[Rehearsed] = []
    for turn, calls in towns.calls_of.items():
        at_step = max(towns.first_step, turn[1] - _FORESIGHT)
        found += _one_by_one(towns, turn, at_step, [towns.answer_of[call] for call in calls])
    return found


def has_rehearsals(towns: Towns) -> bool:
    """Whether the runs that were recorded asked ahead."""
    return any(len(trace.rehearsals) for trace in towns.traces)


def _one_by_one(
    towns: Towns,
    turn: Turn,
    at_step: Step,
    answers: Sequence[int],
    hazard: Hazard | None = None,
) -> Iterable[Rehearsed]:
    """The calls of a move, each once the one before it is answered.

    Args:
        answers: the number of each one's answer.
    """
    (persona, step), after = turn, NOBODY
    tokens_in, tokens_out = towns.tokens
    for call, answer in zip(towns.calls_of[turn], answers, strict=True):
        tokens = (tokens_in[call], tokens_out[call])
        yield Rehearsed(persona, at_step, step, answer, after, *tokens, hazard)
        after = answer


def _each(towns: Towns) -> Iterable[tuple[Trace, PersonaIndex, int]]:
    return zip(towns.traces, towns.first_persona[:-1], towns.first_call[:-1], strict=True)


def _talked_to(trace: Trace, persona: PersonaIndex, _: int) -> Iterable[Turn]:
    calls = trace.calls
    for partner, who, step in zip(
        calls.partner.tolist(), calls.persona.tolist(), calls.step.tolist(), strict=True
    ):
        if partner > who:
            yield persona + partner, step


class Rehearsing(Prefetches):
    """Asks each rehearsed call as soon as what it waits for is there.

    What has been asked by then, by its move too, is not asked again, nor what would be in vain for
    a step that its persona has left behind.

    Args:
        rehearsed: calls asked ahead.
        answers: for every call, the number of its answer: that of the call that takes it first.
    """

    def __init__(
        self, rehearsed: Iterable[Rehearsed], answers: Sequence[int], events: Events, meter: Meter
    ) -> None:
        self._answers = answers
        self._events = events
        self._meter = meter
        self._steps: dict[PersonaIndex, Step] = {}
        self._by_turn: defaultdict[Turn, list[Rehearsed]] = defaultdict(list)
        for call in rehearsed:
            self._by_turn[call.persona, call.at_step].append(call)
        self._waiting: defaultdict[int, list[Rehearsed]] = defaultdict(list)
        self._in_flight: dict[int, list[Done]] = {}
        self._answered: set[int] = {NOBODY}

    def arrived(self, persona: PersonaIndex, step: Step, hazard: Hazard | None) -> None:
        """A persona has arrived at a step, and this holds it there, if anything does."""
        self._steps[persona] = step
        for call in self._by_turn.pop((persona, step), ()):
            if call.hazard not in (None, hazard):
                continue
            if call.after in self._answered:
                self._ask(call)
            else:
                self._waiting[call.after].append(call)

    def take(self, call: int, done: Done) -> bool:
        """See :class:`~ga_ooo.lab.replay.running.Prefetches`."""
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
        """See :class:`~ga_ooo.lab.replay.running.Prefetches`."""
        answer = self._answers[call]
        if answer in self._in_flight:
            self._arrive(answer)

    def _arrive(self, answer: int) -> None:
        """Moves go on with it first, then what has waited to be asked, as in the engine."""
        takers = self._in_flight.pop(answer)
        self._answered.add(answer)
        for take in takers:
            take()
        news = deque((answer,))
        while news:
            for waiting in self._waiting.pop(news.popleft(), ()):
                if not self._ask(waiting):
                    self._answered.add(waiting.answer)
                    news.append(waiting.answer)

    def _ask(self, call: Rehearsed) -> bool:
        """Ask it, if nobody has. Returns False if that would be in vain and too late."""
        answer = call.answer
        if answer in self._in_flight or answer in self._answered:
            return True
        if answer >= len(self._answers):
            if self._steps[call.persona] > call.step:
                return False
            self.wasted += 1
            self.wasted_tokens += call.tokens_in + call.tokens_out
        self._in_flight[answer] = []
        priority = (call.step + _AFTER_ALL_REAL, call.persona)
        self._meter.submit(priority, call.tokens_in, call.tokens_out, lambda: self._arrive(answer))
        return True

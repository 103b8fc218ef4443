"""Calls asked ahead of their move (runahead): where they come from, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ga_ooo.core.ids import PersonaIndex, Step
from ga_ooo.core.protocol import Hazard
from ga_ooo.replay.events import Events
from ga_ooo.replay.feeders import Turn
from ga_ooo.replay.running import Ahead, Meter
from ga_ooo.replay.serving import Done
from ga_ooo.replay.towns import Towns
from ga_ooo.replay.trace import NOBODY, Trace

_AFTER_ALL_REAL: Final = 1 << 30
"""Added to the step in the priority of a rehearsed call."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Calls that follow one another, asked while a persona is held.

    Attributes:
        step: the step that is rehearsed.
        calls: number of the call that takes the answer (:data:`~ga_ooo.replay.trace.NOBODY`:
            none), tokens in, tokens out.
        hazard: only begun if this holds the persona; None: whatever does.
    """

    step: Step
    calls: tuple[tuple[int, int, int], ...]
    hazard: Hazard | None = None


Rehearsals: TypeAlias = Mapping[Turn, list[Rehearsal]]
"""By persona and the step at which it is held."""


def recorded(towns: Towns) -> Rehearsals:
    """What the recorded run asked ahead, hits and misses, each at the step of then."""
    chains: dict[tuple[Turn, int, Step], list[tuple[int, int, int]]] = {}
    for trace, persona, first_call in _each(towns):
        ahead = trace.rehearsals
        columns = (ahead.persona, ahead.at_step, ahead.chain, ahead.step, ahead.used_by)
        tokens = (ahead.tokens_in, ahead.tokens_out)
        for who, at, chain, step, used_by, tokens_in, tokens_out in zip(
            *(column.tolist() for column in (*columns, *tokens)), strict=True
        ):
            call = NOBODY if used_by == NOBODY else used_by + first_call
            key = ((persona + who, at), chain, step)
            chains.setdefault(key, []).append((call, tokens_in, tokens_out))
    found: dict[Turn, list[Rehearsal]] = {}
    for (turn, _, step), calls in chains.items():
        found.setdefault(turn, []).append(Rehearsal(step, tuple(calls)))
    return found


def same_step(towns: Towns) -> Rehearsals:
    """What a persona that is held by the order of its step alone would ask ahead for that step.

    Where everybody stands and what everybody shows is known by then, so such a rehearsal asks the
    right questions, unless somebody earlier in order talks to the persona in this very step
    (``partner`` in the trace): then all of them are taken to be wrong.
    """
    found: dict[Turn, list[Rehearsal]] = {}
    tokens_in, tokens_out = towns.tokens
    disturbed = {turn for town in _each(towns) for turn in _talked_to(*town)}
    for turn, calls in towns.calls_of.items():
        right = turn not in disturbed
        chain = tuple(
            (call if right else NOBODY, tokens_in[call], tokens_out[call]) for call in calls
        )
        found[turn] = [Rehearsal(turn[1], chain, Hazard.ORDER)]
    return found


def _each(towns: Towns) -> Iterable[tuple[Trace, PersonaIndex, int]]:
    return zip(towns.traces, towns.first_persona[:-1], towns.first_call[:-1], strict=True)


def _talked_to(trace: Trace, persona: PersonaIndex, _: int) -> Iterable[Turn]:
    calls = trace.calls
    for partner, who, step in zip(
        calls.partner.tolist(), calls.persona.tolist(), calls.step.tolist(), strict=True
    ):
        if partner > who:
            yield persona + partner, step


class Rehearsing(Ahead):
    """Asks rehearsals when their persona is held, each call when the one before is answered.

    A rehearsal ends when its move begins; an answer on its way is waited for.
    """

    def __init__(self, rehearsals: Rehearsals, events: Events, meter: Meter) -> None:
        self._rehearsals = rehearsals
        self._events = events
        self._meter = meter
        self._begun: dict[PersonaIndex, Step] = {}
        self._pending: dict[int, Done | None] = {}
        self._answered: set[int] = set()

    def arrived(self, persona: PersonaIndex, step: Step, hazard: Hazard | None) -> None:
        """A persona has arrived at a step, and this holds it there, if anything does."""
        for rehearsal in self._rehearsals.get((persona, step), ()):
            if rehearsal.hazard in (None, hazard):
                self._go_on(persona, rehearsal, 0)

    def begun(self, turn: Turn) -> None:
        """See :class:`~ga_ooo.replay.running.Ahead`."""
        persona, step = turn
        self._begun[persona] = step

    def take(self, call: int, done: Done) -> bool:
        """See :class:`~ga_ooo.replay.running.Ahead`."""
        if call in self._answered:
            self._events.at(self._events.now, done)
            return True
        if call in self._pending:
            self._pending[call] = done
            return True
        return False

    def _go_on(self, persona: PersonaIndex, rehearsal: Rehearsal, at: int) -> None:
        while at < len(rehearsal.calls):
            if self._begun.get(persona, -1) >= rehearsal.step:
                return
            call, tokens_in, tokens_out = rehearsal.calls[at]
            at += 1
            if call not in self._pending and call not in self._answered:
                self._submit(persona, rehearsal, at, call, tokens_in, tokens_out)
                return

    def _submit(
        self,
        persona: PersonaIndex,
        rehearsal: Rehearsal,
        following: int,
        call: int,
        tokens_in: int,
        tokens_out: int,
    ) -> None:
        if call == NOBODY:
            self.wasted += 1
            self.wasted_tokens += tokens_in + tokens_out
        else:
            self._pending[call] = None

        def done() -> None:
            if call != NOBODY:
                waiting = self._pending.pop(call)
                self._answered.add(call)
                if waiting is not None:
                    waiting()
            self._go_on(persona, rehearsal, following)

        priority = (rehearsal.step + _AFTER_ALL_REAL, persona)
        self._meter.submit(priority, tokens_in, tokens_out, done)

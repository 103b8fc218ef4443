"""Forwarding: where rehearsals start, and how they use the results of real moves in flight.

A processor forwards a result to the instructions that need it before the result is committed. Here
a move in flight may wait long for its last answers (two new schedules after a conversation),
although nothing that others see depends on them. Its rehearsal, with predicted answers, has
already reached the end of the move. :class:`Forwarding` gives that result to other rehearsals, if
moves with predictions at the same sites have ended as forecast before. :class:`RehearsalFactory`
starts rehearsals, from such a result or from the real state.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.runahead.host import RehearsalHost
from ga_ooo.runahead.predictor import CallContext, HitRates
from ga_ooo.runahead.progress import Progress
from ga_ooo.runahead.rehearsal import (
    ForwardedResult,
    NodeAccessTimes,
    Rehearsal,
    RehearsedMove,
)
from ga_ooo.town.tile_versions import Presence

_RELIABLE: Final = 0.7
"""Rate of right forecasts from which a result is forwarded. It is above the prior rate: nothing is
forwarded before the first right forecast."""

_MAX_STARTS: Final = 4
"""Rehearsals of one persona between two events; two that invalidate each other would never stop."""


@dataclass(frozen=True, slots=True)
class _Forecast:
    """What a persona is expected to show at a step, and the sites of unconfirmed predictions."""

    step: Step
    presence: Presence
    unconfirmed: frozenset[str]


class Forwarding:
    """Keeps the forwarded results, and learns how reliable they are.

    Args:
        progress: of the real personas.
        host: copies the replicas of a rehearsed move.
        rates: of forecasts that were right, by the sites of unconfirmed predictions.
    """

    def __init__(self, progress: Progress, host: RehearsalHost, rates: HitRates) -> None:
        self._progress = progress
        self._host = host
        self._rates = rates
        self._results: dict[PersonaIndex, ForwardedResult] = {}
        self._receivers: defaultdict[PersonaIndex, set[PersonaIndex]] = defaultdict(set)
        self._forecasts: dict[PersonaIndex, _Forecast] = {}

    def result_for(self, persona: PersonaIndex) -> ForwardedResult | None:
        """The result from which a rehearsal of the persona should start, if any."""
        return self._results.get(persona)

    def forward(self, rehearsal: Rehearsal, presence: Presence) -> ForwardedResult | None:
        """Forward the move that a rehearsal has just ended, if the real move is in flight and
        its result is reliable.

        Args:
            rehearsal: its last move rests on unconfirmed predictions, or nothing is forwarded.
            presence: of the persona after the move.
        """
        persona, step = rehearsal.persona, rehearsal.step - 1
        move = rehearsal.moves[step]
        unconfirmed = frozenset(move.unconfirmed_sites)
        if not unconfirmed or not self._progress.is_running(persona, step):
            return None
        self._forecasts[persona] = _Forecast(rehearsal.step, presence, unconfirmed)
        if self._rates.rate(_context(unconfirmed)) < _RELIABLE:
            return None
        result = self._result(rehearsal, move, presence)
        for other in result.copies:
            self._results[other] = result
            self._receivers[persona].add(other)
        return result

    def _result(
        self, rehearsal: Rehearsal, move: RehearsedMove, presence: Presence
    ) -> ForwardedResult:
        persona = rehearsal.persona
        replicas = {persona: move.world.replica, **move.world.handed}
        handed = [other for other in self._host.handed_to(persona) if other in replicas]
        copies = {other: self._host.copy(replicas[other]) for other in handed}
        presences = {persona: presence}
        for other in handed:
            if other != persona and self._progress.phase(other) is Phase.COMPLETED:
                tile = self._progress.next_tile(other)
                presences[other] = self._host.presence_of(other, tile, replicas[other])
        return ForwardedResult(persona, move, presences, copies, dict(rehearsal.access_times))

    def ended(self, persona: PersonaIndex) -> None:
        """The real move of the persona has completed or starts over: its forwarded result ends."""
        for other in self._receivers.pop(persona, ()):
            result = self._results.get(other)
            if result is not None and result.mover == persona:
                del self._results[other]

    def committed(self, presence: Presence, step: Step) -> None:
        """Learn from the real presence of a persona at a step."""
        forecast = self._forecasts.pop(presence.persona, None)
        if forecast is not None and forecast.step == step:
            self._rates.learn(_context(forecast.unconfirmed), forecast.presence == presence)

    def clear(self) -> None:
        """All personas may have changed: forget all results."""
        self._results.clear()
        self._receivers.clear()
        self._forecasts.clear()


class RehearsalFactory:
    """Starts rehearsals.

    Args:
        progress: of the real personas.
        host: makes replicas.
        forwarding: has the results of real moves in flight.
        first: no earlier step is rehearsed.
    """

    def __init__(
        self, progress: Progress, host: RehearsalHost, forwarding: Forwarding, first: Step
    ) -> None:
        self._progress = progress
        self._host = host
        self._forwarding = forwarding
        self._first = first
        self._starts: Counter[PersonaIndex] = Counter()
        self._refused: set[PersonaIndex] = set()
        self._abandoned: dict[PersonaIndex, Step] = {}

    def note_progress(self) -> set[PersonaIndex]:
        """Allow new starts, since something real has happened or an answer has arrived. Returns
        the personas that were refused a rehearsal since the last time."""
        self._starts.clear()
        refused, self._refused = self._refused, set()
        return refused

    def abandon(self, persona: PersonaIndex) -> None:
        """Start no rehearsal of the persona before it has committed its step."""
        self._abandoned[persona] = self._progress.commit_step(persona)

    def start(self, persona: PersonaIndex) -> Rehearsal | None:
        """A new rehearsal of the persona; None if there may be none now."""
        step = self._progress.commit_step(persona)
        if step < self._first or self._abandoned.get(persona) == step:
            return None
        if not self._count_start(persona):
            return None
        result = self._forwarding.result_for(persona)
        # After a misprediction the true answer is known, so a start from the real state is better.
        if result is None or (result.mover == persona and result.move.mispredicted):
            return self._start_real(persona)
        return self._start_from(result, persona)

    def roll_back(self, rehearsal: Rehearsal, step: Step) -> Rehearsal | None:
        """A rehearsal that starts again at a step, or before it where there is a copy, and keeps
        the earlier moves; None if it would keep no move, or if it may not start now."""
        persona = rehearsal.persona
        first, _ = self._progress.next_move(persona)
        possible = [
            u for u, move in rehearsal.moves.items() if first < u <= step and move.copy is not None
        ]
        step = max(possible, default=first)
        move = rehearsal.moves.get(step)
        if step == first or move is None or move is rehearsal.forwarded_move:
            return None
        if not self._count_start(persona):
            return None
        return Rehearsal(
            persona,
            self._host.make_replica(persona, move.copy),
            move.copy,
            step,
            move.world.tile,
            {u: presence for u, presence in rehearsal.presences.items() if u <= step},
            {u: presence for u, presence in rehearsal.shared_presences.items() if u <= step},
            {u: earlier for u, earlier in rehearsal.moves.items() if u < step},
            access_times=dict(move.access_times),
            forwarded=rehearsal.forwarded,
        )

    def _count_start(self, persona: PersonaIndex) -> bool:
        """Count a start of a rehearsal. Returns whether it is allowed."""
        if self._starts[persona] == _MAX_STARTS:
            self._refused.add(persona)
            return False
        self._starts[persona] += 1
        return True

    def _start_real(self, persona: PersonaIndex) -> Rehearsal:
        step, tile = self._progress.next_move(persona)
        access_times: NodeAccessTimes = {}
        copy = self._host.start_copy(persona, access_times)
        replica = self._host.make_replica(persona, copy)
        return Rehearsal(persona, replica, copy, step, tile, access_times=access_times)

    def _start_from(self, result: ForwardedResult, persona: PersonaIndex) -> Rehearsal:
        step, tile = self._progress.next_move(persona)
        copy, times = result.copies[persona], dict(result.access_times)
        replica = self._host.make_replica(persona, copy)
        rehearsal = Rehearsal(
            persona, replica, copy, step, tile, access_times=times, forwarded=result
        )
        if result.mover == persona:
            rehearsal.moves[step] = result.move
            rehearsal.step, rehearsal.tile = step + 1, result.presences[persona].tile
        presence = result.presences.get(persona)
        if presence is not None:
            rehearsal.presences[rehearsal.step] = presence
            rehearsal.shared_presences[rehearsal.step] = presence
        return rehearsal


def _context(unconfirmed: frozenset[str]) -> CallContext:
    return CallContext("", 0, unconfirmed)

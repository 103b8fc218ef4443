"""Forwarding: what a move under way will leave, for others, before it is done.

A talk is over, as far as anybody sees, when its move still waits for the longest answers of all, a
new schedule for each of the two. So what the rehearsal of that move has come to with guessed
answers is handed on, as a CPU forwards a result that has not been
committed to those who need it: where its persona will be, what it will show, and the state in
which it leaves everybody that it was handed. Whether moves end the same with guesses at these
places of the host's code has been learned from moves before.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.runahead.predictor import HitRates, Outlook
from ga_ooo.runahead.rehearsal import Forwarded, Rehearsal, RehearsalHost
from ga_ooo.town.tile_history import Presence

_RELIABLE: Final = 0.7
"""Share of right forecasts from which others rely on the like: more than is taken for granted
before there was any."""


@dataclass(frozen=True, slots=True)
class _Forecast:
    step: Step
    presence: Presence
    guessed: frozenset[str]


class Forwarding:
    """Remembers what is forwarded to whom, and how often the like was right.

    Args:
        scheduler: of the run; only asked.
        stage: copies who was on it.
        rates: of moves that showed what was forecast, by the sites that were guessed.
    """

    def __init__(self, scheduler: Scheduler, stage: RehearsalHost, rates: HitRates) -> None:
        self._scheduler = scheduler
        self._stage = stage
        self._rates = rates
        self._to: dict[PersonaIndex, Forwarded] = {}
        self._forecasts: dict[PersonaIndex, _Forecast] = {}

    def to(self, persona: PersonaIndex) -> Forwarded | None:
        """What is forwarded to a persona."""
        return self._to.get(persona)

    def forward(self, chain: Rehearsal, presence: Presence) -> Forwarded | None:
        """A chain has rehearsed a move to its end: hand on what it will leave, if the move is
        really under way and the like was right before.

        Args:
            presence: what the persona shows after it.
        """
        persona, step = chain.persona, chain.step - 1
        move = chain.done[step]
        guessed = frozenset(move.open_guesses)
        if not guessed or not self._scheduler.is_running(persona, step):
            return None
        self._forecasts[persona] = _Forecast(chain.step, presence, guessed)
        if self._rates.rate(_outlook(guessed)) < _RELIABLE:
            return None
        actors = {persona: move.scene.actor, **move.scene.guests}
        touched = [p for p in self._stage.touched_by(persona) if p in actors]
        left = {p: self._stage.keep(actors[p]) for p in touched}
        presences = {persona: presence}
        for other in touched:
            if other != persona and self._scheduler.phase(other) is Phase.COMPLETED:
                tile = self._scheduler.next_tile(other)
                presences[other] = self._stage.shown(other, tile, actors[other])
        forwarded = Forwarded(persona, move, presences, left, dict(chain.accesses))
        for other in left:
            self._to[other] = forwarded
        return forwarded

    def over(self, persona: PersonaIndex) -> None:
        """The move of a persona is done or starts over: what it leaves is known, or nothing."""
        for other in [p for p, forwarded in self._to.items() if forwarded.by == persona]:
            del self._to[other]

    def committed(self, presence: Presence, step: Step) -> None:
        """What a persona really shows at a step."""
        forecast = self._forecasts.pop(presence.persona, None)
        if forecast is not None and forecast.step == step:
            self._rates.learn(_outlook(forecast.guessed), forecast.presence == presence)

    def clear(self) -> None:
        """Everybody may have changed."""
        self._to.clear()
        self._forecasts.clear()


def _outlook(guessed: frozenset[str]) -> Outlook:
    return Outlook("", 0, guessed)


_MOST: Final = 4
"""How often a chain is begun before there is news: two that refute each other would never end."""


class Beginnings:
    """Begins chains.

    Args:
        scheduler: of the run; only asked.
        stage: makes actors.
        forwarding: what real moves under way will leave.
        first: nobody is rehearsed before this step.
    """

    def __init__(
        self, scheduler: Scheduler, stage: RehearsalHost, forwarding: Forwarding, first: Step
    ) -> None:
        self._scheduler = scheduler
        self._stage = stage
        self._forwarding = forwarding
        self._first = first
        self._begun: Counter[PersonaIndex] = Counter()
        self._refused: set[PersonaIndex] = set()
        self._barren: dict[PersonaIndex, Step] = {}

    def news(self) -> set[PersonaIndex]:
        """Something real has happened, or an answer has come. Returns those who were refused a
        chain since the last time, and may have one now."""
        self._begun.clear()
        refused, self._refused = self._refused, set()
        return refused

    def give_up(self, persona: PersonaIndex) -> None:
        """Rehearse a persona no more before it has committed its step."""
        self._barren[persona] = self._scheduler.commit_step(persona)

    def begin(self, persona: PersonaIndex) -> Rehearsal | None:
        """A chain for a persona, if one is of any use now."""
        step = self._scheduler.commit_step(persona)
        if step < self._first or self._barren.get(persona) == step:
            return None
        if self._begun[persona] == _MOST:
            self._refused.add(persona)
            return None
        self._begun[persona] += 1
        step, tile = self._scheduler.next_move(persona)
        forwarded = self._forwarding.to(persona)
        # An answer that was guessed wrong is known by now: better begin with it.
        if forwarded is None or (forwarded.by == persona and forwarded.move.guessed_wrong):
            accesses: dict[int, tuple[Any, Any]] = {}
            actor = self._stage.actor(persona, accesses)
            return Rehearsal(persona, actor, step, tile, accesses=accesses)
        return self._go_on_from(forwarded, persona, step, tile)

    def _go_on_from(
        self, forwarded: Forwarded, persona: PersonaIndex, step: Step, tile: TileIndex
    ) -> Rehearsal:
        actor = self._stage.revive(persona, forwarded.left[persona])
        accesses = dict(forwarded.accesses)
        chain = Rehearsal(persona, actor, step, tile, accesses=accesses, forwarded=forwarded)
        if forwarded.by == persona:
            chain.done[step] = forwarded.move
            chain.step, chain.tile = step + 1, forwarded.presences[persona].tile
        presence = forwarded.presences.get(persona)
        if presence is not None:
            chain.presences[chain.step] = chain.told[chain.step] = presence
        return chain

"""Where a chain of rehearsals begins: at what is real, or at what a move under way will leave."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.runahead.chains import Chain, Forwarded
from ga_ooo.runahead.forwarding import Forwarding
from ga_ooo.runahead.stage import Stage

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
        self, scheduler: Scheduler, stage: Stage, forwarding: Forwarding, first: Step
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

    def begin(self, persona: PersonaIndex) -> Chain | None:
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
            return Chain(persona, actor, step, tile, accesses=accesses)
        return self._go_on_from(forwarded, persona, step, tile)

    def _go_on_from(
        self, forwarded: Forwarded, persona: PersonaIndex, step: Step, tile: TileIndex
    ) -> Chain:
        actor = self._stage.revive(persona, forwarded.left[persona])
        accesses = dict(forwarded.accesses)
        chain = Chain(persona, actor, step, tile, accesses=accesses, forwarded=forwarded)
        if forwarded.by == persona:
            chain.done[step] = forwarded.move
            chain.step, chain.tile = step + 1, forwarded.presences[persona].tile
        presence = forwarded.presences.get(persona)
        if presence is not None:
            chain.presences[chain.step] = chain.told[chain.step] = presence
        return chain

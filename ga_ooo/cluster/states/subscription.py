"""Subscription: which worker has the state of whom.

A worker has the states of the personas that it rehearses, and of those that its rehearsals have
met. Of all others it has outlines. So a large town costs a worker no more than its part. States
are large: they are sent a few at a time, and each persona is rehearsed where it was until its new
worker has its state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from ga_ooo.cluster.channel import Channel
from ga_ooo.cluster.news import TownNews
from ga_ooo.cluster.placement import Assignment
from ga_ooo.engine.ids import PersonaIndex

_AT_ONCE: Final = 4_000_000
"""Bytes of whole states in one frame, from which no more are added: the main process makes them in
about 0.1 seconds, in which it takes no real moves."""


class Subscriptions:
    """Sends states, and moves personas to the workers on which they are placed.

    Args:
        channels: of all workers.
        assignment: says which worker should rehearse whom.
        news: makes states and outlines.
        count: of personas.
    """

    def __init__(
        self, channels: Sequence[Channel], assignment: Assignment, news: TownNews, count: int
    ) -> None:
        self._channels = channels
        self._assignment = assignment
        self._news = news
        self._people = frozenset(range(count))
        self._waiting: dict[Channel, deque[PersonaIndex]] = {}

    def is_held(self, persona: PersonaIndex) -> bool:
        """Whether a worker has the state of a persona."""
        return any(persona in channel.replicas for channel in self._channels)

    def is_outlined(self, persona: PersonaIndex) -> bool:
        """Whether a worker has the outline of a persona."""
        described = [each for each in self._channels if each.is_up and not each.needs_begin]
        return any(persona not in channel.replicas for channel in described)

    @property
    def unassigned(self) -> frozenset[PersonaIndex]:
        """The personas that no worker rehearses."""
        return self._people.difference(*(channel.assigned for channel in self._channels))

    @property
    def has_more(self) -> bool:
        """Whether :meth:`move_personas` would move any now."""
        return any(map(self._can_advance, self._channels))

    def is_waiting(self, channel: Channel) -> bool:
        """Whether states are to be sent to a worker."""
        return bool(channel.needs or self._waiting.get(channel))

    def assign_again(self) -> None:
        """Other workers have the town than before."""
        self._assignment.assign_again()

    def move_personas(self) -> bool:
        """Move some personas to the workers that should rehearse them, with the states that these
        workers do not have. Returns whether anything was sent. No move may be half begun or half
        ended: so this is for a moment at which the engine is idle.

        Raises:
            UnknownStateError: a persona holds something that no worker can be sent.
        """
        wanted = self._assignment.assign(self._channels)
        if wanted is not None:
            self._assign(wanted)
        ready = list(filter(self._can_advance, self._channels))
        for channel in ready:
            self._advance(channel)
        return bool(ready)

    def lost(self, channel: Channel) -> None:
        """A worker has nothing any more."""
        self.assign_again()
        self._waiting.pop(channel, None)
        for persona in self._people:
            if not self.is_held(persona):
                self._news.forget(persona)

    def _assign(self, wanted: dict[Channel, list[PersonaIndex]]) -> None:
        self._waiting = {
            channel: deque(p for p in personas if p not in channel.assigned)
            for channel, personas in wanted.items()
        }
        near = self._assignment.near()
        for channel, personas in wanted.items():
            # A worker keeps the states of those whom its personas may soon meet again.
            rehearsed = channel.assigned.union(personas)
            kept = {other for persona in rehearsed for other in near[persona]}
            self._drop(channel, channel.replicas - rehearsed - kept)

    def _can_advance(self, channel: Channel) -> bool:
        return channel.is_free and self.is_waiting(channel)

    def _advance(self, channel: Channel) -> None:
        size = sum(self._subscribe(channel, persona) for persona in sorted(channel.needs))
        channel.needs.clear()
        waiting: deque[PersonaIndex] = self._waiting.get(channel, deque())
        moved: list[PersonaIndex] = []
        while waiting and size < _AT_ONCE:
            moved.append(waiting.popleft())
            size += self._subscribe(channel, moved[-1])
        if not moved:
            return
        channel.assign(channel.assigned.union(moved))
        for other in self._channels:
            if other is not channel and not other.assigned.isdisjoint(moved):
                leaving = other.assigned.intersection(moved)
                other.assign(other.assigned - leaving)
                self._drop(other, leaving)

    def _subscribe(self, channel: Channel, persona: PersonaIndex) -> int:
        """A worker gets the state of a persona, if it has none. Returns the bytes of the state."""
        if persona in channel.replicas:
            return 0
        state = self._news.state(persona)
        channel.states.append(state)
        channel.replicas.add(persona)
        return len(state)

    def _drop(self, channel: Channel, personas: Iterable[PersonaIndex]) -> None:
        for persona in sorted(personas):
            channel.replicas.discard(persona)
            channel.states.append(self._news.outline(persona))
            if not self.is_held(persona):
                self._news.forget(persona)

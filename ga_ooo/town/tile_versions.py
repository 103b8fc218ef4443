"""One tile of the tile history: who was there, and which events its versions hold."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.town.events import Event, event_order

Events: TypeAlias = tuple[Event, ...]
"""The events of a tile, in the order of :func:`~ga_ooo.town.events.event_order`."""


class Presence(NamedTuple):
    """The tile of a persona at a step, and the events that it shows there.

    Attributes:
        persona: index in persona order.
        tile: the tile that it is on.
        event: the persona's own event (host: ``Scratch.get_curr_event_and_desc``).
        object_event: the event of the object it uses, if it has arrived (host:
            ``get_curr_obj_event_and_desc`` while ``planned_path`` is empty); None on the way.
    """

    persona: PersonaIndex
    tile: TileIndex
    event: Event
    object_event: Event | None


def ordered_events(events: Iterable[Event]) -> Events:
    """The events in the order of :func:`~ga_ooo.town.events.event_order`."""
    return tuple(sorted(events, key=event_order))


class TileVersions:
    """One tile.

    Args:
        step: of the first version.
        events: of that version.

    Attributes:
        presences: by step.
        first: step of the first presence. Events do not change before it.
        last: step of the last presence. Events do not change later than one step after it, when its
            persona leaves.
        built: the versions that were built so far: step, set of events, and the same in order.
        ahead: the last prediction, until the next presence: what it rests on (see
            ``TileHistory.predicted``), and the events in both forms.
    """

    __slots__ = ("ahead", "built", "first", "last", "presences")

    def __init__(self, step: Step, events: frozenset[Event]) -> None:
        self.presences: dict[Step, list[Presence]] = {}
        self.first = step
        self.last = step - 1
        self.built: list[tuple[Step, frozenset[Event], Events]] = [
            (step, events, ordered_events(events))
        ]
        self.ahead: tuple[tuple[int, ...], frozenset[Event], Events] | None = None

    def add(self, step: Step, presence: Presence) -> None:
        """A persona is on the tile at ``step``."""
        self.first = min(self.first, step) if self.presences else step
        self.presences.setdefault(step, []).append(presence)
        self.last = max(self.last, step)
        self.ahead = None

    def at(self, step: Step) -> int:
        """Index of the latest version up to ``step``: mostly the last of those that were built."""
        last = len(self.built) - 1
        if self.built[last][0] <= step:
            return last
        return bisect_right(self.built, step, key=lambda version: version[0]) - 1

    def is_empty(self) -> bool:
        """No event is there, and no presence that could change that."""
        return not self.presences and not self.built[-1][1]

"""The versioned world: what events lie on a tile at a step, for any step still of interest.

The host keeps one set of events per tile and edits it between steps. Here everybody's *presence*
(tile, event, object event) is published once per step, and the set of a tile at a step is built
from them on demand, by the host's own sequence of edits (``ReverieServer.start_server``):

1. every object event of the step before is turned idle, on the tile of the **last** persona (in
   persona order) that held it: two personas with the same object event share one key of the
   host's ``game_obj_cleanup``;
2. persona by persona, in order: its old events leave its old tile; its event is added to its new
   tile; if it has arrived, its object event is added there and then the object's blank removed.

What stays behind on a tile (residue) is part of the world and carried from version to version.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, KeysView, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.town.events import Event, event_order

Events: TypeAlias = tuple[Event, ...]
"""The events of a tile in the fixed order of :func:`~ga_ooo.engine.ids.event_order`."""


class Presence(NamedTuple):
    """Where a persona is at a step and what it shows there.

    Attributes:
        persona: index in persona order.
        tile: where it stands.
        event: the persona's own event (host: ``Scratch.get_curr_event_and_desc``).
        object_event: the event of the object it uses, if it has arrived (host:
            ``get_curr_obj_event_and_desc`` while ``planned_path`` is empty); None on the way.
    """

    persona: PersonaIndex
    tile: TileIndex
    event: Event
    object_event: Event | None


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A version depends on who else held an object event at a step, anywhere.

    Attributes:
        object_event: the event in question.
        step: the step at which it was held.
        after: only personas later in order than this one matter.
    """

    object_event: Event
    step: Step
    after: PersonaIndex


def _blank(event: Event) -> Event:
    return (event[0], None, None, None)


class _TileVersions:
    """History of one tile: presences by step, and the versions built so far."""

    __slots__ = ("built", "first", "last", "presences")

    def __init__(self, step: Step, events: frozenset[Event]) -> None:
        self.presences: dict[Step, list[Presence]] = {}
        # Steps of the earliest and the latest presence: nothing changes before, nor after a leave.
        self.first = step
        self.last = step - 1
        self.built: list[tuple[Step, frozenset[Event], Events]] = [(step, events, _ordered(events))]

    def at(self, step: Step) -> int:
        """Which of the versions built is the latest up to ``step``: mostly the last."""
        last = len(self.built) - 1
        if self.built[last][0] <= step:
            return last
        return bisect_right(self.built, step, key=lambda version: version[0]) - 1

    def is_empty(self) -> bool:
        """Nothing lies there, and there is nobody to change that."""
        return not self.presences and not self.built[-1][1]


def _ordered(events: Iterable[Event]) -> Events:
    return tuple(sorted(events, key=event_order))


class TileHistory:
    """Events of all tiles over the steps between the commit horizon and the furthest persona.

    Args:
        names: persona names in persona order.
        events: sets of events by tile, after the host's edits of step ``step - 1``; tiles that
            are not named are empty.
        before: everybody's presence at ``step - 1``, whose events leave their tiles at ``step``.
            At the start of the host's ``start_server`` they carry no object events, since its
            ``game_obj_cleanup`` is local to one call.
        step: the first step that will be published.
    """

    def __init__(
        self,
        names: Iterable[str],
        events: Mapping[TileIndex, Iterable[Event]],
        before: Iterable[Presence],
        step: Step,
    ) -> None:
        self._names = tuple(names)
        self._first = step
        self._logs: dict[TileIndex, _TileVersions] = {
            tile: _TileVersions(step - 1, frozenset(held)) for tile, held in events.items() if held
        }
        self._holders: dict[Step, dict[Event, Presence]] = {}
        for presence in before:
            self.publish(step - 1, presence)

    def publish(self, step: Step, presence: Presence) -> None:
        """Make a persona's presence at ``step`` known; once per persona and step."""
        self._record(step, presence)
        key = presence.object_event
        if key is not None and not _is_inert(key):
            holders = self._holders.setdefault(step, {})
            last = holders.get(key)
            if last is None or presence.persona > last.persona:
                holders[key] = presence

    @property
    def tiles(self) -> KeysView[TileIndex]:
        """All tiles that have a history (a live view)."""
        return self._logs.keys()

    def events(
        self, tile: TileIndex, step: Step, is_clear: Callable[[SharedKey], bool]
    ) -> Events | SharedKey:
        """The events of ``tile`` at ``step``.

        The caller makes sure that everybody who could have stood on the tile by ``step`` has
        published its presence there.

        Args:
            is_clear: says whether a far read (see :class:`SharedKey`) is settled.

        Returns:
            the events, or the far read that has to be settled before they can be known.
        """
        log = self._logs.get(tile)
        if log is None:
            return ()
        at = log.at(step)
        known, events, ordered = log.built[at]
        if known == step or log.last < known:
            return ordered
        start = events
        for u in range(max(known + 1, log.first), min(step, log.last + 1) + 1):
            outcome = self._apply(log, tile, u, events, is_clear)
            if isinstance(outcome, SharedKey):
                return outcome
            events = outcome
        if events != start:
            ordered = _ordered(events)
        log.built.insert(at + 1, (step, events, ordered))
        return ordered

    def predicted(self, tile: TileIndex, step: Step, arrivals: Iterable[Presence]) -> Events:
        """What may lie on ``tile`` at ``step``, from what is published so far; nothing is settled.

        Args:
            arrivals: predicted presences on the tile, of personas who have not published theirs.
        """
        log = self._logs.get(tile)
        result: set[Event] = set()
        if log is not None:
            at = log.at(step)
            known, events, ordered = log.built[at]
            if not arrivals and (known == step or log.last < known):
                return ordered
            for u in range(max(known + 1, log.first), min(step, log.last + 1) + 1):
                outcome = self._apply(log, tile, u, events, lambda _: True)
                assert not isinstance(outcome, SharedKey)
                events = outcome
            if not arrivals and events == log.built[at][1]:
                return ordered
            result.update(events)
        for presence in arrivals:
            _arrive(result, presence)
        return _ordered(result)

    def forget(self, horizon: Step) -> list[TileIndex]:
        """Drop what no step from ``horizon`` on can need (fossil collection).

        Everybody has published every step before ``horizon``, so all far reads there are settled.

        Returns:
            tiles that have no history any more: they are empty, and nobody has come since.
        """
        self._first = horizon
        for tile, log in self._logs.items():
            if not log.presences:
                continue
            self.events(tile, horizon - 1, lambda _: True)
            del log.built[: log.at(horizon - 1)]
            log.presences = {u: here for u, here in log.presences.items() if u >= horizon - 1}
        empty = [tile for tile, log in self._logs.items() if log.is_empty()]
        for tile in empty:
            del self._logs[tile]
        self._holders = {u: held for u, held in self._holders.items() if u >= horizon - 1}
        return empty

    # --- building ------------------------------------------------------------------------------

    def _record(self, step: Step, presence: Presence) -> None:
        log = self._logs.get(presence.tile)
        if log is None:
            log = self._logs[presence.tile] = _TileVersions(self._first - 1, frozenset())
        log.first = min(log.first, step) if log.presences else step
        log.presences.setdefault(step, []).append(presence)
        log.last = max(log.last, step)

    def _apply(
        self,
        log: _TileVersions,
        tile: TileIndex,
        step: Step,
        events: frozenset[Event],
        is_clear: Callable[[SharedKey], bool],
    ) -> frozenset[Event] | SharedKey:
        """The host's edits of one step on one tile."""
        before = log.presences.get(step - 1, [])
        arrived = log.presences.get(step, [])
        if before == arrived:
            # The same people doing the same things: each edit undoes what the step began with.
            return events
        now = sorted(arrived, key=lambda p: p.persona)
        held_now = {p.object_event for p in now}
        result = set(events)
        for key in {p.object_event for p in before}:
            if key is None or _is_inert(key):
                continue
            cleaned = self._cleaned_here(key, tile, step - 1, key in held_now, is_clear)
            if isinstance(cleaned, SharedKey):
                return cleaned
            if cleaned and key in result:
                result.remove(key)
                result.add(_blank(key))
        leaving = {p.persona: self._names[p.persona] for p in before}
        present = {p.persona: p for p in now}
        for persona in sorted(leaving | present):
            if persona in leaving:
                name = leaving[persona]
                result = {event for event in result if event[0] != name}
            if persona in present:
                _arrive(result, present[persona])
        return frozenset(result)

    def _cleaned_here(
        self,
        key: Event,
        tile: TileIndex,
        step: Step,
        held_again: bool,
        is_clear: Callable[[SharedKey], bool],
    ) -> bool | SharedKey:
        """Whether ``key``, held on ``tile`` at ``step``, is turned idle here afterwards."""
        last = self._holders[step][key]
        if last.tile != tile:
            return False
        # Held on this tile again, it ends up on either way, and its blank removed.
        if held_again:
            return True
        question = SharedKey(key, step, last.persona)
        return True if is_clear(question) else question


def _arrive(events: set[Event], presence: Presence) -> None:
    events.add(presence.event)
    if presence.object_event is not None:
        # In this order: an object event that is blank itself vanishes at once.
        events.add(presence.object_event)
        events.discard(_blank(presence.object_event))


def _is_inert(event: Event) -> bool:
    """An object event that equals its own blank leaves no trace (waiting, talking)."""
    return event[1:] == (None, None, None)

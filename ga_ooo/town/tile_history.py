"""The tile history: the events of every tile at every step that is still of interest.

The host keeps one set of events per tile and edits it between steps. Here the *presence* of each
persona (tile, event, object event) is published once per step. The set of a tile at a step, called
a *version*, is built from presences on demand, by the host's own sequence of edits
(``ReverieServer.start_server``):

1. Every object event of the step before is turned idle, on the tile of the **last** persona (in
   persona order) that showed it: two personas with the same object event share one key of the
   host's ``game_obj_cleanup``.
2. Persona by persona, in order: its old events leave its old tile; its event is added to its new
   tile; if it has arrived, its object event is added there and then the blank event of that object
   is removed.

An event that stays behind on a tile (residue) is carried from version to version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, KeysView, Mapping
from dataclasses import dataclass

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.town.events import Event
from ga_ooo.town.tile_versions import Events, Presence, TileVersions, ordered_events


@dataclass(frozen=True, slots=True)
class SharedKey:
    """A version depends on who else showed an object event at a step, anywhere on the map.

    Attributes:
        object_event: the event in question.
        step: the step at which it was shown.
        after: only personas later in order than this one matter.
    """

    object_event: Event
    step: Step
    after: PersonaIndex


def _blank(event: Event) -> Event:
    return (event[0], None, None, None)


class TileHistory:
    """The events of all tiles from the commit horizon to the step of the furthest persona.

    Args:
        names: persona names in persona order.
        events: sets of events by tile, after the host's edits of step ``step - 1``; all other tiles
            are empty.
        before: everybody's presence at ``step - 1``, whose events leave their tiles at ``step``.
            At the start of the host's ``start_server`` they have no object events, since its
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
        self._by_tile: dict[TileIndex, TileVersions] = {
            tile: TileVersions(step - 1, frozenset(here)) for tile, here in events.items() if here
        }
        self._last_shown: dict[Step, dict[Event, Presence]] = {}
        self._shared_keys = 0
        for presence in before:
            self.publish(step - 1, presence)

    def publish(self, step: Step, presence: Presence) -> None:
        """Add a persona's presence at ``step``; once per persona and step."""
        self._add(step, presence)
        key = presence.object_event
        if key is not None and not _is_inert(key):
            last_shown = self._last_shown.setdefault(step, {})
            last = last_shown.get(key)
            if last is None or presence.persona > last.persona:
                last_shown[key] = presence
                if last is not None:
                    # Events of the tile of the other persona that were predicted may be wrong now.
                    self._shared_keys += 1

    @property
    def tiles(self) -> KeysView[TileIndex]:
        """All tiles that have a history (a live view)."""
        return self._by_tile.keys()

    def events(
        self, tile: TileIndex, step: Step, is_clear: Callable[[SharedKey], bool]
    ) -> Events | SharedKey:
        """The events of ``tile`` at ``step``.

        The caller makes sure that everybody who could have been on the tile by ``step`` has
        published its presences up to that step.

        Args:
            is_clear: whether everybody who could have shown the event of a :class:`SharedKey` has
                published its presence.

        Returns:
            the events, or the shared key that must be clear before they can be known.
        """
        versions = self._by_tile.get(tile)
        if versions is None:
            return ()
        at = versions.at(step)
        known, events, ordered = versions.built[at]
        if known == step or versions.last < known:
            return ordered
        start = events
        for u in range(max(known + 1, versions.first), min(step, versions.last + 1) + 1):
            outcome = self._apply(versions, tile, u, events, is_clear)
            if isinstance(outcome, SharedKey):
                return outcome
            events = outcome
        if events != start:
            ordered = ordered_events(events)
        versions.built.insert(at + 1, (step, events, ordered))
        return ordered

    def predicted(self, tile: TileIndex, step: Step, arrivals: Iterable[Presence]) -> Events:
        """The events that ``tile`` may have at ``step``, from the presences published so far.

        No version is built, since later presences may still change the events.

        Args:
            arrivals: predicted presences on the tile, of personas who have not published theirs.
        """
        versions = self._by_tile.get(tile)
        result: set[Event] = set()
        if versions is not None:
            at = versions.at(step)
            known, events, ordered = versions.built[at]
            if not arrivals and (known == step or versions.last < known):
                return ordered
            until = min(step, versions.last + 1)
            key = (until, known, self._shared_keys)
            if versions.ahead is None or versions.ahead[0] != key:
                versions.ahead = (key, *self._ahead(versions, tile, at, until))
            _, events, ordered = versions.ahead
            if not arrivals:
                return ordered
            result.update(events)
        for presence in arrivals:
            _arrive(result, presence)
        return ordered_events(result)

    def forget(self, horizon: Step) -> list[TileIndex]:
        """Drop presences and versions that no step from ``horizon`` on needs (fossil collection).

        Everybody has published every step before ``horizon``, so all shared keys there are clear.

        Returns:
            tiles that have no history any more: they are empty, and nobody has been there since.
        """
        self._first = horizon
        for tile, versions in self._by_tile.items():
            if not versions.presences:
                continue
            self.events(tile, horizon - 1, lambda _: True)
            del versions.built[: versions.at(horizon - 1)]
            versions.presences = {
                u: here for u, here in versions.presences.items() if u >= horizon - 1
            }
        empty = [tile for tile, versions in self._by_tile.items() if versions.is_empty()]
        for tile in empty:
            del self._by_tile[tile]
        self._last_shown = {u: last for u, last in self._last_shown.items() if u >= horizon - 1}
        return empty

    # --- building ------------------------------------------------------------------------------

    def _add(self, step: Step, presence: Presence) -> None:
        versions = self._by_tile.get(presence.tile)
        if versions is None:
            versions = self._by_tile[presence.tile] = TileVersions(self._first - 1, frozenset())
        versions.add(step, presence)

    def _ahead(
        self, versions: TileVersions, tile: TileIndex, at: int, until: Step
    ) -> tuple[frozenset[Event], Events]:
        """The events at a step if no more presences are published, from the version at an index."""
        known, events, ordered = versions.built[at]
        start = events
        for u in range(max(known + 1, versions.first), until + 1):
            outcome = self._apply(versions, tile, u, events, lambda _: True)
            assert not isinstance(outcome, SharedKey)
            events = outcome
        return events, (ordered if events == start else ordered_events(events))

    def _apply(
        self,
        versions: TileVersions,
        tile: TileIndex,
        step: Step,
        events: frozenset[Event],
        is_clear: Callable[[SharedKey], bool],
    ) -> frozenset[Event] | SharedKey:
        """Make the host's edits of one step on one tile."""
        before = versions.presences.get(step - 1, [])
        arrived = versions.presences.get(step, [])
        if before == arrived:
            # The same people show the same events, so the edits of this step cancel each other.
            return events
        now = sorted(arrived, key=lambda p: p.persona)
        shown_now = {p.object_event for p in now}
        result = set(events)
        for key in {p.object_event for p in before}:
            if key is None or _is_inert(key):
                continue
            cleaned = self._cleaned_here(key, tile, step - 1, key in shown_now, is_clear)
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
        shown_again: bool,
        is_clear: Callable[[SharedKey], bool],
    ) -> bool | SharedKey:
        """Whether ``key``, shown on ``tile`` at ``step``, is turned idle there at the next step."""
        last = self._last_shown[step][key]
        if last.tile != tile:
            return False
        # If it is shown on this tile again, it is there in either case, and its blank is not.
        if shown_again:
            return True
        shared = SharedKey(key, step, last.persona)
        return True if is_clear(shared) else shared


def _arrive(events: set[Event], presence: Presence) -> None:
    events.add(presence.event)
    if presence.object_event is not None:
        # In this order, so an object event that is blank itself vanishes at once.
        events.add(presence.object_event)
        events.discard(_blank(presence.object_event))


def _is_inert(event: Event) -> bool:
    """Whether an object event is blank itself, and leaves no trace (waiting, talking)."""
    return event[1:] == (None, None, None)

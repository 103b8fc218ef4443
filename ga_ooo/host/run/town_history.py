"""The past of a town: where each persona was, and which events each tile had."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.news import NewsTracker
from ga_ooo.host.world.snapshot import PersonaCopy
from ga_ooo.town.tile_history import SharedKey, TileHistory
from ga_ooo.town.tile_versions import Events, Presence


class TownHistory:
    """Presences of all personas and events of all tiles, since the last checkpoint.

    Args:
        names: of the personas, in their order.
        views: of the maze.
        start: the first step.
        news: is notified of changed presences.
        marks_all: whether the views treat every tile as one that may have events.

    Attributes:
        event_tiles: tiles that ever held an event.
    """

    def __init__(
        self,
        names: list[str],
        views: MazeViews,
        start: Checkpoint,
        news: NewsTracker,
        *,
        marks_all: bool,
    ) -> None:
        self._tiles = TileHistory(names, start.events, start.before, start.step)
        self.event_tiles = self._tiles.tiles
        self._views = views
        self._news = news
        self._marks_all = marks_all
        views.mark(None if marks_all else self.event_tiles)
        self._first = start.step
        self._first_curr_tiles = start.curr_tiles
        self._presences: list[dict[Step, Presence]] = [
            {start.step - 1: presence} for presence in start.before
        ]

    def publish(self, persona: PersonaIndex, step: Step, tile: TileIndex, scratch: Any) -> None:
        """Record that a persona has reached a step, where others may see it from now on.

        Args:
            scratch: of the persona, right before it takes the step.
        """
        self.add(step, _presence(persona, tile, scratch))

    def add(self, step: Step, presence: Presence) -> None:
        """The same for a presence that is known."""
        persona, tile = presence.persona, presence.tile
        before = self._presences[persona].get(step - 1)
        if before == presence:
            # Most personas stay as they are; one object makes the versions' comparisons cheap.
            presence = before
        else:
            self._news.note_change(step, before, presence)
        self._presences[persona][step] = presence
        if tile not in self.event_tiles:
            self._views.mark([tile])
        self._tiles.publish(step, presence)

    def shows_still(self, persona: PersonaIndex, step: Step, scratch: Any) -> bool:
        """Whether a persona still shows the events that were published for a step."""
        presence = self._presences[persona][step]
        return presence == _presence(persona, presence.tile, scratch)

    # --- personas --------------------------------------------------------------------------------

    def presence(self, persona: PersonaIndex, step: Step) -> Presence | None:
        """A persona's presence at a step; None if it is not known."""
        return self._presences[persona].get(step)

    def tile_at(self, persona: PersonaIndex, step: Step) -> TileIndex:
        """A persona's tile at a step between the checkpoint and its commit step."""
        return self._presences[persona][step].tile

    def position_at(self, persona: PersonaIndex, step: Step) -> tuple[int, int]:
        """The same as ``(x, y)``."""
        return self._views.town.position(self.tile_at(persona, step))

    def curr_tile(self, persona: PersonaIndex, step: Step) -> Any:
        """``scratch.curr_tile`` of a persona that has taken ``step`` and no later one."""
        if step < self._first:
            return self._first_curr_tiles[persona]
        return self.position_at(persona, step)

    # --- events ----------------------------------------------------------------------------------

    def events(
        self, tile: TileIndex, step: Step, is_clear: Callable[[SharedKey], bool]
    ) -> Events | SharedKey:
        """See :meth:`~ga_ooo.town.tile_history.TileHistory.events`."""
        return self._tiles.events(tile, step, is_clear)

    def events_at(self, tile: TileIndex, step: Step) -> Events:
        """Events of a tile at a step that all personas have reached."""
        events = self._tiles.events(tile, step, lambda _: True)
        assert not isinstance(events, SharedKey)
        return events

    def all_events(self, step: Step) -> dict[TileIndex, Events]:
        """Events of all tiles that ever had any, at a step that all personas have reached."""
        return {tile: self.events_at(tile, step) for tile in list(self.event_tiles)}

    def predicted_events(self, tile: TileIndex, step: Step, arrivals: Iterable[Presence]) -> Events:
        """See :meth:`~ga_ooo.town.tile_history.TileHistory.predicted`."""
        return self._tiles.predicted(tile, step, arrivals)

    # --- checkpoints -----------------------------------------------------------------------------

    def checkpoint(self, step: Step, copies: list[PersonaCopy]) -> Checkpoint:
        """The checkpoint of a step that all personas have reached.

        Args:
            copies: of all personas at that step.
        """
        personas = range(len(copies))
        return Checkpoint(
            step=step,
            copies=copies,
            positions=[self.tile_at(persona, step) for persona in personas],
            before=[self._presences[persona][step - 1] for persona in personas],
            events=self.all_events(step - 1),
            curr_tiles=[self.position_at(persona, step - 1) for persona in personas],
        )

    def forget_before(self, horizon: Step) -> None:
        """Drop what is not needed once all personas have reached ``horizon`` for good."""
        emptied = self._tiles.forget(horizon)
        if not self._marks_all:
            self._views.unmark(emptied)
        for presences in self._presences:
            for step in [u for u in presences if u < horizon - 1]:
                del presences[step]


def _presence(persona: PersonaIndex, tile: TileIndex, scratch: Any) -> Presence:
    return Presence(
        persona,
        tile,
        scratch.get_curr_event_and_desc(),
        None if scratch.planned_path else scratch.get_curr_obj_event_and_desc(),
    )

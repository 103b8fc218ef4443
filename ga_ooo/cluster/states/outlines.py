"""Outlines: what others can assume of a persona, for workers that do not need its whole state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from ga_ooo.engine.ids import Step, TileIndex

_Event: TypeAlias = tuple[str | None, str | None, str | None, str | None]


class Outline(msgspec.Struct, array_like=True, frozen=True):
    """Where a persona goes, and what it does.

    Attributes:
        since: the first step that it has not completed.
        path: its tile after that step, after the next one, and so on; empty if it stays.
        event: see :class:`~ga_ooo.town.tile_versions.Presence`.
        object_event: the same, when it has arrived.
    """

    since: int
    path: list[int]
    event: _Event
    object_event: _Event

    def path_at(self, step: Step) -> list[TileIndex]:
        """What is left of the path when all steps before ``step`` are completed."""
        return self.path[max(0, step - self.since) :]

    def says(self, later: Outline) -> bool:
        """Whether a later outline says nothing new."""
        return (self.event, self.object_event, self.path_at(later.since)) == (
            later.event,
            later.object_event,
            later.path,
        )


def outline_of(scratch: Any, since: Step, index: Callable[[Any], TileIndex]) -> Outline:
    """The outline of a persona.

    Args:
        scratch: of the persona, before it takes ``since``.
        index: of a tile ``(x, y)``.
    """
    return Outline(
        since,
        [index(tile) for tile in scratch.planned_path],
        scratch.get_curr_event_and_desc(),
        scratch.get_curr_obj_event_and_desc(),
    )

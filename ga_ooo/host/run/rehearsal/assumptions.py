"""What rehearsals assume of personas that have not reached a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.run.town_host import RealTown
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.runahead.rehearsal import AssumedWorld, Rehearsal, RehearsalState
from ga_ooo.town.tile_history import Presence

_MOST_BOARDS: Final = 1024
_MOST_CHANGES: Final = 100_000
"""When so many are kept, all are dropped."""


@dataclass(slots=True)
class _Board:
    """The presences of all personas at one step, as of a number of changes."""

    presences: list[Presence]
    changes: int


class Assumptions:
    """The known or assumed presences of all personas.

    They are kept by step. Of a step that was asked for before, only the presences of those personas
    are determined again that have changed since.

    Args:
        run: the real personas and presences of the run.
        views: of its map.
    """

    def __init__(self, run: RealTown, views: MazeViews) -> None:
        self._run = run
        self._views = views
        self._boards: dict[Step, _Board] = {}
        self._changes: list[PersonaIndex] = []

    def changed(self, persona: PersonaIndex | None) -> None:
        """A persona or its rehearsal has changed; None: any of them."""
        if persona is None or len(self._changes) >= _MOST_CHANGES:
            self._boards.clear()
            self._changes.clear()
        elif not self._changes or self._changes[-1] != persona:
            self._changes.append(persona)

    def presences(self, step: Step, rehearsals: Mapping[PersonaIndex, Rehearsal]) -> list[Presence]:
        """The presence of each persona at a step.

        Args:
            rehearsals: by persona.
        """
        personas, changes = range(len(self._run.names)), len(self._changes)
        board = self._boards.get(step)
        if board is None:
            if len(self._boards) >= _MOST_BOARDS:
                self._boards.clear()
            presences = [self.presence(persona, step, rehearsals) for persona in personas]
            board = self._boards[step] = _Board(presences, changes)
        else:
            # The last change is not counted as seen: its persona may change again unnoted.
            for persona in set(self._changes[max(0, board.changes - 1) :]):
                board.presences[persona] = self.presence(persona, step, rehearsals)
            board.changes = changes
        return board.presences.copy()

    def presence(
        self, persona: PersonaIndex, step: Step, rehearsals: Mapping[PersonaIndex, Rehearsal]
    ) -> Presence:
        """The presence of one persona at a step."""
        return self._run.history.presence(persona, step) or self._assumed(
            persona, step, rehearsals.get(persona)
        )

    def by_tile(self, world: AssumedWorld) -> dict[TileIndex, list[Presence]]:
        """The presences of a world that are not known yet, by tile."""
        if world.assumed is None:
            world.assumed = {}
            for presence in world.presences:
                if self._run.history.presence(presence.persona, world.step) is None:
                    world.assumed.setdefault(presence.tile, []).append(presence)
        return world.assumed

    def _assumed(self, persona: PersonaIndex, step: Step, rehearsal: Rehearsal | None) -> Presence:
        """As the persona's own rehearsal shows; else it follows its path and does not change."""
        if rehearsal is not None:
            shared = rehearsal.shared_presences
            if step in shared:
                return shared[step]
            is_between = rehearsal.state is RehearsalState.BETWEEN_MOVES
            if rehearsal.step in shared and is_between and rehearsal.step <= step:
                if not rehearsal.replica.scratch.planned_path:
                    return shared[rehearsal.step]
                steps = step - rehearsal.step
                return self._extrapolate(persona, rehearsal.replica, rehearsal.tile, steps)
        since, tile = self._run.scheduler.next_move(persona)
        return self._extrapolate(persona, self._run.personas[persona], tile, step - since)

    def _extrapolate(
        self, persona: PersonaIndex, host_persona: Any, tile: TileIndex, steps: int
    ) -> Presence:
        """The presence after so many steps along the planned path, with the present action."""
        scratch = host_persona.scratch
        path = scratch.planned_path
        if path and steps:
            tile = self._views.index(path[min(steps, len(path)) - 1])
        return presence_of(persona, tile, scratch, arrived=len(path) <= steps)


def presence_of(persona: PersonaIndex, tile: TileIndex, scratch: Any, *, arrived: bool) -> Presence:
    """The presence of a persona on a tile.

    Args:
        scratch: of the persona.
        arrived: whether it uses its object.
    """
    return Presence(
        persona,
        tile,
        scratch.get_curr_event_and_desc(),
        scratch.get_curr_obj_event_and_desc() if arrived else None,
    )

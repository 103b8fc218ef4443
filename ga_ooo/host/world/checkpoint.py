"""Checkpoints in memory: copies of all personas at one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.world.snapshot import PersonaCopy, take_copy, with_accessed
from ga_ooo.town.tile_versions import Events, Presence


@dataclass(frozen=True)
class Checkpoint:
    """All personas right before they take ``step``.

    Attributes:
        step: the step about to be taken.
        copies: clean copies of all personas.
        positions: the tile of each persona at ``step``.
        before: the presence of each persona at the step before.
        events: events by tile after the host's edits of the step before.
        curr_tiles: ``scratch.curr_tile`` of each persona as the host would show it now.
        whispers: so many of the run's whispers are part of this state.
    """

    step: Step
    copies: list[PersonaCopy]
    positions: list[TileIndex]
    before: list[Presence]
    events: Mapping[TileIndex, Events | frozenset[Any] | set[Any]]
    curr_tiles: list[Any]
    whispers: int = 0


def first_checkpoint(
    server: Any,
    positions: list[TileIndex],
    earlier: list[TileIndex],
    events: Mapping[TileIndex, Events | frozenset[Any] | set[Any]],
    whispers: int,
) -> Checkpoint:
    """The state of a server that begins to take steps.

    Args:
        positions: the tile of each persona at the server's step.
        earlier: the tile of each persona at the step before.
        events: by tile.
        whispers: so many of the run's whispers are part of the state.
    """
    names, personas = list(server.personas), list(server.personas.values())
    return Checkpoint(
        step=server.step,
        copies=[with_accessed(take_copy(persona), persona) for persona in personas],
        positions=positions,
        before=[
            Presence(i, tile, (names[i], None, None, None), None) for i, tile in enumerate(earlier)
        ],
        events=events,
        curr_tiles=[persona.scratch.curr_tile for persona in personas],
        whispers=whispers,
    )


class CheckpointCollector:
    """Collects the copies for coming checkpoints. Personas reach a step at different times, so each
    persona is copied when it reaches the step of a checkpoint.

    Args:
        every: steps between two regular checkpoints.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._extra: set[Step] = set()
        self._copies: dict[Step, dict[PersonaIndex, PersonaCopy]] = {}

    def mark(self, step: Step) -> None:
        """Plan a checkpoint at ``step`` too. No persona may have reached that step."""
        self._extra.add(step)

    def reaches(self, persona: PersonaIndex, step: Step, host_persona: Any) -> None:
        """Copy a persona that is about to take ``step``, if a checkpoint is planned there."""
        if step % self._every == 0 or step in self._extra:
            copy = with_accessed(take_copy(host_persona), host_persona)
            self._copies.setdefault(step, {})[persona] = copy

    def take(self, step: Step) -> list[PersonaCopy] | None:
        """Remove and return the copies of a step that all personas have reached.

        Returns:
            in persona order; None if no checkpoint was planned there.
        """
        self._extra.discard(step)
        copies = self._copies.pop(step, None)
        return None if copies is None else [copies[persona] for persona in sorted(copies)]

"""Checkpoints in memory: everybody at one step, copied as each of them passes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.world.snapshot import PersonaCopy, take_copy, with_accessed
from ga_ooo.town.tile_history import Events, Presence


@dataclass(frozen=True)
class Checkpoint:
    """Everybody right before taking ``step``.

    Attributes:
        step: the step about to be taken.
        copies: clean copies of all personas.
        positions: everybody's tile at ``step``.
        before: everybody's presence at the step before.
        events: events by tile after the host's edits of the step before.
        curr_tiles: everybody's ``scratch.curr_tile`` as the host would show it now.
    """

    step: Step
    copies: list[PersonaCopy]
    positions: list[TileIndex]
    before: list[Presence]
    events: Mapping[TileIndex, Events | frozenset[Any] | set[Any]]
    curr_tiles: list[Any]


class Passing:
    """Copies of people as they pass the steps of checkpoints to come, each at a time of its own.

    Args:
        every: steps between two regular checkpoints.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._marks: set[Step] = set()
        self._copies: dict[Step, dict[PersonaIndex, PersonaCopy]] = {}

    def mark(self, step: Step) -> None:
        """There is to be a checkpoint at ``step`` as well, which nobody has reached."""
        self._marks.add(step)

    def passes(self, persona: PersonaIndex, step: Step, host_persona: Any) -> None:
        """A persona is about to take ``step``."""
        if step % self._every == 0 or step in self._marks:
            copy = with_accessed(take_copy(host_persona), host_persona)
            self._copies.setdefault(step, {})[persona] = copy

    def take(self, step: Step) -> list[PersonaCopy] | None:
        """Copies of everybody, who have all reached ``step``; None if none is due there."""
        self._marks.discard(step)
        copies = self._copies.pop(step, None)
        return None if copies is None else [copies[persona] for persona in sorted(copies)]

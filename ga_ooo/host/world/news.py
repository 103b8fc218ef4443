"""Moves in which nothing happens, because nothing that the persona can see has changed.

A persona that looked around and found nothing new finds nothing new one step later either, unless
its surroundings or the persona itself changed in between. The events of a tile are built from the
personas that were there at the step before and those that are there now (see
:mod:`ga_ooo.town.tile_history`), so the events stay the same where the same personas do the same
things. Sight ends at the walls of an arena, so it is enough to record in which arenas something
changed.
"""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple, Protocol, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.town.map import TownMap
from ga_ooo.town.tile_versions import Presence

Execution: TypeAlias = tuple[Any, Any, str]
"""The result of the host's ``Persona.move``: next tile ``(x, y)``, pronunciatio, description."""


class IdleMoves(Protocol):
    """Takes moves of personas that see nothing new, in place of the host's ``Persona.move``."""

    def perception_state(self, persona: Any) -> tuple[Any, ...]:
        """All state of the persona that decides which events in sight are new to it."""
        ...

    def finds_nothing(self, persona: Any, maze: Any, tile: Any) -> bool:
        """Whether it is sure that the persona perceives nothing new from ``tile``, ``(x, y)``."""
        ...

    def take(self, persona: Any, tile: Any, time: datetime.datetime) -> Execution | None:
        """Take the move, if nothing happens in it.

        Args:
            persona: the host's persona.
            tile: ``(x, y)`` of the persona.
            time: the game time of the step.

        Returns:
            None, with nothing changed, if the host's own move has to run.
        """
        ...


class Look(NamedTuple):
    """One look around, from a tile at a step, with a certain state of the persona."""

    step: Step
    tile: TileIndex
    state: tuple[Any, ...]


class NewsTracker:
    """Knows which looks found nothing new, and where something has changed since.

    Args:
        town: the map.
        people: number of personas.
        idle: takes moves in which nothing happens; None to leave all moves to the host.
    """

    def __init__(self, town: TownMap, people: int, idle: IdleMoves | None) -> None:
        self._town = town
        self._idle = idle
        self._arena: list[int] = town.arena.ravel().tolist()
        self._changed: dict[Step, set[int]] = {}
        self._no_news: list[Look | None] = [None] * people

    def note_change(self, step: Step, before: Presence | None, presence: Presence) -> None:
        """Record that the presence of a persona at ``step`` differs from the step before."""
        changed = self._changed.setdefault(step, set())
        changed.add(self._arena[presence.tile])
        if before is not None:
            changed.add(self._arena[before.tile])

    def take_move(
        self,
        persona: PersonaIndex,
        host_persona: Any,
        step: Step,
        tile: TileIndex,
        time: datetime.datetime,
    ) -> Execution | None:
        """Take the step of a persona, if nothing happens in it.

        All personas that may be in sight must have published their presence at the step.

        Returns:
            what the host's move would return; None, with nothing changed, if the persona may see
            something new or if more than an idle move would happen.
        """
        last = self._no_news[persona]
        if (
            last is None
            or self._idle is None
            or last != (step - 1, tile, self._idle.perception_state(host_persona))
            or self._arena[tile] in self._changed.get(step, ())
        ):
            return None
        executed = self._idle.take(host_persona, self._town.position(tile), time)
        if executed is not None:
            self._no_news[persona] = last._replace(step=step)
        return executed

    def before_move(self, host_persona: Any, step: Step, tile: TileIndex) -> Look | None:
        """The look that the host's own move is about to take; None if idle moves are off."""
        if self._idle is None:
            return None
        return Look(step, tile, self._idle.perception_state(host_persona))

    def after_move(self, persona: PersonaIndex, host_persona: Any, look: Look | None) -> None:
        """Record the result of the look: if it found news, the state of the persona differs now.

        Args:
            look: the result of :meth:`before_move`.
        """
        if look is not None and self._idle is not None:
            found_nothing = self._idle.perception_state(host_persona) == look.state
            self._no_news[persona] = look if found_nothing else None

    def forget(self, persona: PersonaIndex) -> None:
        """Drop the last look of a persona whose state was changed outside of its own move."""
        self._no_news[persona] = None

    def forget_all(self) -> None:
        """Drop the last looks of all personas."""
        self._no_news = [None] * len(self._no_news)

    def forget_before(self, step: Step) -> None:
        """Drop the changes of earlier steps: no move will be taken there any more."""
        self._changed = {u: arenas for u, arenas in self._changed.items() if u >= step}

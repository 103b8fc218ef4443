"""Moves in which nothing happens, because nobody in sight came, went or began something else."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.accelerators.idle import Execution, IdleMoves
from ga_ooo.town.map import TownMap
from ga_ooo.town.tile_history import Presence


class Look(NamedTuple):
    """A look around from a tile at a step."""

    step: Step
    tile: TileIndex
    eyes: tuple[Any, ...]
    """What of the persona decides on what is news to it."""


class Stillness:
    """What is known of looks that found no news, and of changes since.

    The events of a tile are built from who was there at the step before and who is there now
    (see :mod:`ga_ooo.town.tile_history`); where these are the same people doing the same things,
    they stay.
    Sight ends at the walls of an arena, so changes are kept by arena.

    Args:
        town: the map.
        people: number of personas.
        idle: takes moves in which nothing happens; None to leave them to the host.
    """

    def __init__(self, town: TownMap, people: int, idle: IdleMoves | None) -> None:
        self._town = town
        self._idle = idle
        self._arena: list[int] = town.arena.ravel().tolist()
        self._changed: dict[Step, set[int]] = {}
        self._no_news: list[Look | None] = [None] * people

    def published(self, step: Step, before: Presence | None, presence: Presence) -> None:
        """A persona's presence at ``step`` is another than before."""
        changed = self._changed.setdefault(step, set())
        changed.add(self._arena[presence.tile])
        if before is not None:
            changed.add(self._arena[before.tile])

    def take(
        self,
        persona: PersonaIndex,
        host_persona: Any,
        step: Step,
        tile: TileIndex,
        time: datetime.datetime,
    ) -> Execution | None:
        """Take the step of a persona, if nothing happens in it.

        All who may be in sight have published their presence at the step.

        Returns:
            what the host's move would; None, with nothing changed, if there may be news or more.
        """
        last = self._no_news[persona]
        if (
            last is None
            or self._idle is None
            or last != (step - 1, tile, self._idle.eyes(host_persona))
            or self._arena[tile] in self._changed.get(step, ())
        ):
            return None
        executed = self._idle.take(host_persona, self._town.position(tile), time)
        if executed is not None:
            self._no_news[persona] = last._replace(step=step)
        return executed

    def look(self, host_persona: Any, step: Step, tile: TileIndex) -> Look | None:
        """A look that the host's own move is about to take; None if nobody needs to know."""
        if self._idle is None:
            return None
        return Look(step, tile, self._idle.eyes(host_persona))

    def looked(self, persona: PersonaIndex, host_persona: Any, look: Look | None) -> None:
        """It has taken it; where it found news, the persona has other eyes now."""
        if look is not None and self._idle is not None:
            found_nothing = self._idle.eyes(host_persona) == look.eyes
            self._no_news[persona] = look if found_nothing else None

    def forget(self, persona: PersonaIndex) -> None:
        """The persona may have become another."""
        self._no_news[persona] = None

    def forget_all(self) -> None:
        """Everybody may have."""
        self._no_news = [None] * len(self._no_news)

    def forget_before(self, step: Step) -> None:
        """Nobody asks about earlier steps any more."""
        self._changed = {u: arenas for u, arenas in self._changed.items() if u >= step}

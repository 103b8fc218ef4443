"""The table of all rehearsals, and which of them can see a persona at a step."""

from __future__ import annotations

from typing import Final, TypeAlias

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.runahead.rehearsal import Rehearsal, RehearsedMove
from ga_ooo.town.cells import Cell, Cells
from ga_ooo.town.tile_versions import Presence

_Movers: TypeAlias = set[PersonaIndex]
_NOBODY: Final = frozenset[PersonaIndex]()


class RehearsalTable(dict[PersonaIndex, Rehearsal]):
    """All rehearsals that have not been squashed. Changed by its own methods only.

    A new presence is compared only with the moves that could see it, or that assumed its persona in
    their sight. They are found by cell and by persona, so the cost does not grow with the town.

    Args:
        cells: of the map.
    """

    def __init__(self, cells: Cells) -> None:
        super().__init__()
        self._cells = cells
        self._in_cell: dict[tuple[Step, Cell], _Movers] = {}
        self._assuming: dict[tuple[Step, PersonaIndex], _Movers] = {}

    def put(self, rehearsal: Rehearsal) -> None:
        """Add a rehearsal of a persona that has none."""
        self[rehearsal.persona] = rehearsal
        for move in rehearsal.moves.values():
            self.began(move)

    def began(self, move: RehearsedMove) -> None:
        """A rehearsal of the table has begun a move."""
        world = move.world
        mover, step = world.persona, world.step
        self._in_cell.setdefault((step, self._cells.of(world.tile)), set()).add(mover)
        for other in world.presences:
            self._assuming.setdefault((step, other), set()).add(mover)

    def take(self, persona: PersonaIndex) -> Rehearsal | None:
        """Remove the rehearsal of a persona, if there is one."""
        rehearsal = self.pop(persona, None)
        if rehearsal is not None:
            for move in rehearsal.moves.values():
                self._remove(move)
        return rehearsal

    def forget_before(self, persona: PersonaIndex, step: Step) -> None:
        """A persona whose rehearsal is in the table has committed all steps before ``step``."""
        for move in self[persona].forget_before(step):
            self._remove(move)

    def contradicted(self, presence: Presence, step: Step) -> list[PersonaIndex]:
        """The personas whose rehearsal of a step assumed another presence of a persona in their
        sight."""
        movers = set(self._assuming.get((step, presence.persona), _NOBODY))
        for cell in self._cells.around(presence.tile):
            movers |= self._in_cell.get((step, cell), _NOBODY)
        movers.discard(presence.persona)
        return [mover for mover in sorted(movers) if self._differs(mover, presence, step)]

    def _differs(self, mover: PersonaIndex, presence: Presence, step: Step) -> bool:
        world = self[mover].moves[step].world
        assumed = world.presences.get(presence.persona)
        if assumed is None:
            return self._cells.in_sight(world.tile, presence.tile)
        return assumed != presence

    def _remove(self, move: RehearsedMove) -> None:
        world = move.world
        mover, step = world.persona, world.step
        _discard(self._in_cell, (step, self._cells.of(world.tile)), mover)
        for other in world.presences:
            _discard(self._assuming, (step, other), mover)


def _discard(movers: dict[tuple[Step, int], _Movers], key: tuple[Step, int], mover: int) -> None:
    found = movers[key]
    found.remove(mover)
    if not found:
        del movers[key]

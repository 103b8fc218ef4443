"""A new presence concerns the rehearsed moves that could see it, and no other is looked at."""

from __future__ import annotations

import pytest

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.runahead.rehearsal import AssumedWorld, Rehearsal, RehearsedMove
from ga_ooo.runahead.table import RehearsalTable
from ga_ooo.town.cells import Cells
from ga_ooo.town.tile_versions import Presence
from tests.engine.drawing import draw

STREET = draw("." * 40)
RADIUS = 4
STEPS = 3


def shows(persona: PersonaIndex, tile: TileIndex, word: str = "reads") -> Presence:
    """A presence."""
    return Presence(persona, tile, ("somebody", word, "", ""), None)


def rehearsal_of(persona: PersonaIndex, tile: TileIndex, *others: Presence) -> Rehearsal:
    """A rehearsal of some steps on one tile, which assumes others in sight."""
    rehearsal = Rehearsal(persona, None, None, STEPS, tile)
    for step in range(STEPS):
        world = AssumedWorld(None, persona, step, tile, {p.persona: p for p in others}, {})
        rehearsal.moves[step] = RehearsedMove(world)
    return rehearsal


def table_of(*rehearsals: Rehearsal) -> RehearsalTable:
    """A table with these rehearsals."""
    table = RehearsalTable(Cells(STREET, RADIUS))
    for rehearsal in rehearsals:
        table.put(rehearsal)
    return table


def test_a_presence_contradicts_those_who_assumed_another_one_in_sight() -> None:
    table = table_of(rehearsal_of(1, 0, shows(3, 2)), rehearsal_of(2, 10))
    assert table.contradicted(shows(3, 2), 0) == []
    assert table.contradicted(shows(3, 2, "talks"), 0) == [1]
    assert table.contradicted(shows(3, 8), 0) == [1, 2], "it left one and comes to the other"
    assert table.contradicted(shows(3, 30), 0) == [1]
    assert table.contradicted(shows(4, 30), 0) == []
    assert table.contradicted(shows(1, 9), 0) == [2], "nobody contradicts itself"
    assert table.contradicted(shows(3, 8), STEPS) == [], "no move of that step"


@pytest.mark.parametrize("tile", range(40))
def test_sight_is_the_radius(tile: TileIndex) -> None:
    table = table_of(rehearsal_of(1, 20))
    assert bool(table.contradicted(shows(2, tile), 1)) == (abs(tile - 20) <= RADIUS)


def test_moves_that_are_over_are_not_found() -> None:
    table = table_of(rehearsal_of(1, 0, shows(3, 2)))
    table.forget_before(1, 1)
    assert [table.contradicted(shows(3, 3), step) for step in range(STEPS)] == [[], [1], [1]]
    taken = table.take(1)
    assert taken is not None and set(taken.moves) == {1, 2}
    assert [table.contradicted(shows(3, 3), step) for step in range(STEPS)] == [[], [], []]
    assert table.take(1) is None
    table.put(taken)
    assert table.contradicted(shows(3, 3), 2) == [1]


@pytest.mark.parametrize("people", [10, 1000])
def test_the_cost_does_not_grow_with_the_town(people: int) -> None:
    """A long street on which each persona sees its two neighbours."""
    compared: list[Step] = []

    class CountingCells(Cells):
        def in_sight(self, one: TileIndex, other: TileIndex) -> bool:
            compared.append(one)
            return super().in_sight(one, other)

    table = RehearsalTable(CountingCells(draw("." * 3 * people), RADIUS))
    for persona in range(people):
        neighbours = {persona - 1, persona + 1} & set(range(people))
        near = [shows(other, 3 * other) for other in sorted(neighbours)]
        table.put(rehearsal_of(persona, 3 * persona, *near))
    assert table.contradicted(shows(5, 15, "talks"), 1) == [4, 6]
    assert len(compared) <= 8

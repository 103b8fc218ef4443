"""Of a step that was asked for before, only what has changed is determined again, and a question
about a tile costs as much as there are personas around it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.run.rehearsal.assumptions import Assumptions
from ga_ooo.town.cells import Cells
from ga_ooo.town.tile_versions import Presence
from tests.engine.drawing import draw

PEOPLE = 5


class CountingCells(Cells):
    """Counts how often two tiles are compared."""

    compared = 0

    def in_sight(self, one: TileIndex, other: TileIndex) -> bool:
        """See :class:`Cells`."""
        self.compared += 1
        return super().in_sight(one, other)


class Town:
    """Personas whose presences are known, and counted when they are asked for. By default all are
    on tile 0."""

    def __init__(self, drawing: str = "...", people: int = PEOPLE) -> None:
        self.names = [str(persona) for persona in range(people)]
        self.shown = ["reads"] * people
        self.tiles = [0] * people
        self.asked: list[PersonaIndex] = []
        self.marked: set[TileIndex] = set()
        self.history = SimpleNamespace(presence=self._presence)
        self.cells = CountingCells(draw(drawing), radius=2)
        self.views = SimpleNamespace(cells=self.cells, mark=self.marked.update, unmarked=0)
        run: Any = self
        views: Any = self.views
        self.assumptions = Assumptions(run, views)

    def words(self, step: Step) -> list[str | None]:
        """What each persona in sight of tile 0 shows at a step."""
        self.asked.clear()
        shown = self.assumptions.in_sight(step, 0, {})
        return [presence.event[1] for presence in shown.values()]

    def _presence(self, persona: PersonaIndex, step: Step) -> Presence:
        self.asked.append(persona)
        return Presence(persona, self.tiles[persona], ("", self.shown[persona], "", ""), None)


def test_only_changed_personas_are_asked_again() -> None:
    town = Town()
    assert town.words(3) == ["reads"] * PEOPLE
    assert len(town.asked) == PEOPLE
    assert town.words(3) == ["reads"] * PEOPLE
    assert not town.asked
    for word in ("walks", "sits"):
        town.shown[2] = word
        town.assumptions.changed(2)
        assert town.words(3) == ["reads", "reads", word, "reads", "reads"]
        assert town.asked == [2]
    town.words(4)
    assert len(town.asked) == PEOPLE, "another step"


def test_all_are_asked_again_after_an_unknown_change() -> None:
    town = Town()
    town.words(3)
    town.shown[4] = "sings"
    town.assumptions.changed(None)
    assert town.words(3)[4] == "sings"
    assert len(town.asked) == PEOPLE


def test_worlds_keep_what_they_assumed() -> None:
    town = Town()
    before = town.assumptions.in_sight(3, 0, {})
    town.shown[0] = "walks"
    town.assumptions.changed(0)
    assert town.words(3)[0] == "walks"
    assert before[0].event[1] == "reads"


def test_personas_that_move_are_found_where_they_are() -> None:
    town = Town("........")
    assert town.marked == set()
    for tile, seen in ((1, 5), (2, 5), (3, 4), (7, 4), (0, 5)):
        town.tiles[2] = tile
        town.assumptions.changed(2)
        assert len(town.words(3)) == seen
        assert tile in town.marked, "host code looks at marked tiles only"


def test_tiles_are_marked_again_after_some_were_unmarked() -> None:
    town = Town()
    town.words(3)
    town.marked.clear()
    town.words(3)
    assert not town.marked
    town.views.unmarked += 1
    town.words(3)
    assert town.marked == {0}


def test_arrivals_far_away_are_those_that_are_not_known() -> None:
    town = Town("........")
    town.tiles[3] = 7
    town.assumptions.in_sight(3, 0, {})
    assert town.assumptions.arrivals(7, 3, {}) == []
    town.history.presence = lambda persona, step: None
    assert [presence.persona for presence in town.assumptions.arrivals(7, 3, {})] == [3]
    assert town.assumptions.arrivals(6, 3, {}) == []


@pytest.mark.parametrize("people", [10, 1000])
def test_the_cost_of_a_question_does_not_grow_with_the_town(people: int) -> None:
    """Two persons in each room of a long street of rooms."""
    town = Town("".join("aa#bb#"[room % 2 * 3 :][:3] for room in range(people // 2)), people)
    town.tiles = [persona // 2 * 3 + persona % 2 for persona in range(people)]
    town.words(3)
    town.cells.compared = 0
    assert list(town.assumptions.in_sight(3, 9, {})) == [6, 7]
    assert town.cells.compared <= 6
    town.asked.clear()
    town.assumptions.changed(people - 1)
    town.assumptions.in_sight(3, 9, {})
    assert town.asked == [people - 1]

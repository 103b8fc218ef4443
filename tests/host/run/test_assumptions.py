"""Of a step that was asked for before, only what has changed is determined again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.host.run.rehearsal.assumptions import Assumptions
from ga_ooo.town.tile_history import Presence

PEOPLE = 5


class Town:
    """Personas whose presences are known, and counted when they are asked for."""

    def __init__(self) -> None:
        self.names = [str(persona) for persona in range(PEOPLE)]
        self.shown = ["reads"] * PEOPLE
        self.asked: list[PersonaIndex] = []
        self.history = SimpleNamespace(presence=self._presence)
        run: Any = self
        self.assumptions = Assumptions(run, cast(Any, None))

    def words(self, step: Step) -> list[str | None]:
        """What each persona shows at a step."""
        self.asked.clear()
        return [presence.event[1] for presence in self.assumptions.presences(step, {})]

    def _presence(self, persona: PersonaIndex, step: Step) -> Presence:
        self.asked.append(persona)
        return Presence(persona, 0, ("", self.shown[persona], "", ""), None)


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
    before = town.assumptions.presences(3, {})
    town.shown[0] = "walks"
    town.assumptions.changed(0)
    assert town.words(3)[0] == "walks"
    assert before[0].event[1] == "reads"

"""What ends stillness: somebody in the arena who comes, goes or begins something; other eyes."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ga_ooo.host.accelerators.idle import Execution, IdleMoves
from ga_ooo.host.world.stillness import Stillness
from ga_ooo.town.map import TownMap
from ga_ooo.town.tile_history import Presence

TOWN = TownMap.from_rows([[True] * 4], [["w:s:a", "w:s:a", "w:s:b", "w:s:b"]])
NOON = datetime.datetime(2023, 2, 13, 12)
HERE, THERE = 0, 3


class Everything(IdleMoves):
    """Takes every move that it is offered, of personas who are their own eyes."""

    def __init__(self) -> None:
        self.busy = False

    def eyes(self, persona: Any) -> tuple[Any, ...]:
        """See the base."""
        return (persona,)

    def take(self, persona: Any, tile: Any, time: datetime.datetime) -> Execution | None:
        """See the base."""
        return None if self.busy else (tile, "", "")


@pytest.fixture
def idle() -> Everything:
    """Takes moves."""
    return Everything()


@pytest.fixture
def still(idle: Everything) -> Stillness:
    """Persona 0 has looked around at step 4, here, and found no news."""
    stillness = Stillness(TOWN, 2, idle)
    stillness.looked(0, "me", stillness.look("me", 4, HERE))
    return stillness


def takes(still: Stillness, step: int = 5, tile: int = HERE, me: str = "me") -> bool:
    """Whether persona 0 takes the step at once."""
    return still.take(0, me, step, tile, NOON) is not None


def walk(still: Stillness, step: int, before: int, after: int) -> None:
    """Persona 1 is on another tile than at the step before."""
    past, now = (Presence(1, tile, ("Bo", "is", "up", "up"), None) for tile in (before, after))
    still.published(step, past, now)


def test_nothing_happens_for_long(still: Stillness) -> None:
    """Step after step, none left out."""
    assert [takes(still, step) for step in (5, 6, 7)] == [True] * 3
    assert not takes(still, 9)
    assert not takes(still, 7)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(1, 1, False), (1, THERE, False), (THERE, 1, False), (THERE, 2, True)],
)
def test_somebody_in_the_arena(still: Stillness, before: int, after: int, expected: bool) -> None:
    """Does something else, leaves it, comes to it; or all that goes on behind the wall."""
    walk(still, 6, before, after)
    assert takes(still, 5)
    assert takes(still, 6) is expected


def test_the_first_presence_of_all(still: Stillness) -> None:
    """It has none before it."""
    still.published(5, None, Presence(1, 1, ("Bo", None, None, None), None))
    assert not takes(still)


def test_another_place_and_other_eyes(still: Stillness) -> None:
    """What was seen from elsewhere, or before something was remembered, is no help."""
    assert not takes(still, tile=1)
    assert not takes(still, me="wiser")
    assert takes(still)


def test_news(idle: Everything) -> None:
    """A look after which the eyes are others has found some."""
    still = Stillness(TOWN, 2, idle)
    still.looked(0, "wiser", still.look("me", 4, HERE))
    assert not takes(still, me="wiser")


def test_more_than_nothing_happens(still: Stillness, idle: Everything) -> None:
    """Then the host moves, and says what it has seen."""
    idle.busy = True
    assert not takes(still)
    idle.busy = False
    assert not takes(still, 6)


def test_forgetting(still: Stillness) -> None:
    """Whoever may have become another, and steps that nobody asks about."""
    walk(still, 5, 1, 1)
    still.forget_before(5)
    assert not takes(still)
    still.forget_before(6)
    assert takes(still)
    still.forget(1)
    assert takes(still, 6)
    still.forget(0)
    assert not takes(still, 7)
    still.looked(0, "me", still.look("me", 7, HERE))
    still.forget_all()
    assert not takes(still, 8)


def test_switched_off() -> None:
    """Everything is left to the host."""
    still = Stillness(TOWN, 2, None)
    still.looked(0, "me", still.look("me", 4, HERE))
    assert not takes(still)

"""When a persona may see something new: a change in its arena, or a change of the persona."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ga_ooo.host.world.news import Execution, IdleMoves, NewsTracker
from ga_ooo.town.map import TownMap
from ga_ooo.town.tile_versions import Presence

TOWN = TownMap.from_rows([[True] * 4], [["w:s:a", "w:s:a", "w:s:b", "w:s:b"]])
NOON = datetime.datetime(2023, 2, 13, 12)
HERE, THERE = 0, 3


class TakesAll(IdleMoves):
    """Takes every move, unless it is busy. A persona is its own perception state."""

    def __init__(self) -> None:
        self.busy = False

    def perception_state(self, persona: Any) -> tuple[Any, ...]:
        """See the base."""
        return (persona,)

    def finds_nothing(self, persona: Any, maze: Any, tile: Any) -> bool:
        """See the base."""
        return False

    def take(self, persona: Any, tile: Any, time: datetime.datetime) -> Execution | None:
        """See the base."""
        return None if self.busy else (tile, "", "")


@pytest.fixture
def idle() -> TakesAll:
    """Idle moves that are all taken."""
    return TakesAll()


@pytest.fixture
def news(idle: TakesAll) -> NewsTracker:
    """Persona 0 has looked around at step 4, on tile HERE, and has found nothing new."""
    news = NewsTracker(TOWN, 2, idle)
    news.after_move(0, "me", news.before_move("me", 4, HERE))
    return news


def takes(news: NewsTracker, step: int = 5, tile: int = HERE, me: str = "me") -> bool:
    """Whether persona 0 takes the step as an idle move."""
    return news.take_move(0, me, step, tile, NOON) is not None


def walk(news: NewsTracker, step: int, before: int, after: int) -> None:
    """Persona 1 moves from one tile to another, or begins something on the same tile."""
    past, now = (Presence(1, tile, ("Bo", "is", "up", "up"), None) for tile in (before, after))
    news.note_change(step, past, now)


def test_many_idle_moves_in_a_row(news: NewsTracker) -> None:
    """Each step needs the step before it."""
    assert [takes(news, step) for step in (5, 6, 7)] == [True] * 3
    assert not takes(news, 9)
    assert not takes(news, 7)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(1, 1, False), (1, THERE, False), (THERE, 1, False), (THERE, 2, True)],
)
def test_somebody_in_the_arena(news: NewsTracker, before: int, after: int, expected: bool) -> None:
    """A persona begins something, leaves or arrives; other arenas do not count."""
    walk(news, 6, before, after)
    assert takes(news, 5)
    assert takes(news, 6) is expected


def test_first_presence(news: NewsTracker) -> None:
    """It has no presence before it."""
    news.note_change(5, None, Presence(1, 1, ("Bo", None, None, None), None))
    assert not takes(news)


def test_another_tile_or_state(news: NewsTracker) -> None:
    """A look from another tile, or in another state of the persona, proves nothing."""
    assert not takes(news, tile=1)
    assert not takes(news, me="wiser")
    assert takes(news)


def test_a_look_that_found_news(idle: TakesAll) -> None:
    """The perception state differs after the look, so the look found something new."""
    news = NewsTracker(TOWN, 2, idle)
    news.after_move(0, "wiser", news.before_move("me", 4, HERE))
    assert not takes(news, me="wiser")


def test_a_move_that_is_not_idle(news: NewsTracker, idle: TakesAll) -> None:
    """The host takes it; without a new look, no further idle move follows."""
    idle.busy = True
    assert not takes(news)
    idle.busy = False
    assert not takes(news, 6)


def test_forgetting(news: NewsTracker) -> None:
    """Personas that were changed from outside, and steps that are over."""
    walk(news, 5, 1, 1)
    news.forget_before(5)
    assert not takes(news)
    news.forget_before(6)
    assert takes(news)
    news.forget(1)
    assert takes(news, 6)
    news.forget(0)
    assert not takes(news, 7)
    news.after_move(0, "me", news.before_move("me", 7, HERE))
    news.forget_all()
    assert not takes(news, 8)


def test_switched_off() -> None:
    """All moves are left to the host."""
    news = NewsTracker(TOWN, 2, None)
    news.after_move(0, "me", news.before_move("me", 4, HERE))
    assert not takes(news)

"""What a move under way will leave is handed on if the like was right before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest

from ga_ooo.engine.protocol import Issue
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.model.requests import NO_REPORT, CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.runahead.forwarding import Beginnings, Forwarding
from ga_ooo.runahead.predictor import HitRates
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.runahead.rehearsal import Forwarded, Rehearsal, RehearsalHost, Rehearsed, Scene
from ga_ooo.town.tile_history import Presence
from tests.engine.drawing import draw, run_until, start

MOVER, GUEST, OTHER = 0, 1, 2
TILE, NEXT = 0, 1
SCHEDULE = "react>schedule"


class Table:
    """A stage on which actors are words."""

    def actor(self, persona: int, accesses: dict[int, tuple[Any, Any]]) -> str:
        return "real"

    def touched_by(self, persona: int) -> Iterable[int]:
        return (MOVER, GUEST) if persona == MOVER else (persona,)

    def keep(self, actor: Any) -> Any:
        return actor

    def revive(self, persona: int, kept: Any) -> str:
        return f"{kept} again"

    def shown(self, persona: int, tile: int, actor: Any) -> Presence:
        return shows(persona, actor)


def shows(persona: int, word: str) -> Presence:
    """A presence by which an actor is known."""
    return Presence(persona, NEXT, (word, "is", "here", word), None)


@pytest.fixture(autouse=True)
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Answers that are awaited belong to one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def scheduler() -> Scheduler:
    """Three in a room; the first has been told to move."""
    scheduler = start(draw("rrr"), dict.fromkeys("abc", (TILE, 0)))
    assert run_until(scheduler, 8) == [Issue(MOVER, 0)]
    return scheduler


@pytest.fixture
def forwarding(scheduler: Scheduler) -> Forwarding:
    """Of a run in which nothing was learned."""
    return Forwarding(scheduler, cast(RehearsalHost, Table()), HitRates())


def under_way(site: str = SCHEDULE) -> Prefetch:
    """A call that has not been answered."""
    call = ModelCall(
        ModelRequest(CallKind.CHAT, "m", (("user", "?"),)), CallKey("a", 0, 0), site=site
    )
    return Prefetch(call, 0, None, 1.0, asyncio.get_event_loop().create_future(), 0.0)


def rehearsed(persona: int = MOVER, *guessed: Prefetch) -> Rehearsal:
    """A chain whose first move, of step 0, has ended."""
    scene = Scene("after", persona, 0, TILE, [], {}, {GUEST: "met", OTHER: "seen"})
    move = Rehearsed(scene, guessed=[(early, ModelAnswer("as ever")) for early in guessed])
    return Rehearsal(persona, "after", 1, NEXT, done={0: move})


def experienced(forwarding: Forwarding, *words: str) -> None:
    """Moves end, each with a word that differs from the forecast or not."""
    for word in words:
        forwarding.forward(rehearsed(MOVER, under_way()), shows(MOVER, "talks"))
        forwarding.over(MOVER)
        forwarding.committed(shows(MOVER, word), 1)


def forwarded(forwarding: Forwarding, *early: Prefetch) -> Forwarded | None:
    """What is handed on of one more move."""
    return forwarding.forward(rehearsed(MOVER, *early), shows(MOVER, "talks"))


def test_nobody_relies_on_what_was_never_seen_to_be_right(forwarding: Forwarding) -> None:
    assert forwarded(forwarding, under_way()) is None
    assert forwarding.to(MOVER) is None


def test_to_those_whom_the_move_was_handed_if_the_like_was_right(forwarding: Forwarding) -> None:
    experienced(forwarding, "talks", "talks")
    left = forwarded(forwarding, under_way())
    assert left is not None and left.left == {MOVER: "after", GUEST: "met"}
    assert forwarding.to(MOVER) is left and forwarding.to(GUEST) is left
    assert forwarding.to(OTHER) is None
    # The guest has not taken its step: what it shows then is not known.
    assert left.presences == {MOVER: shows(MOVER, "talks")}
    forwarding.over(MOVER)
    assert forwarding.to(MOVER) is None and forwarding.to(GUEST) is None


def test_no_more_once_the_like_was_wrong(forwarding: Forwarding) -> None:
    experienced(forwarding, "talks", "talks", "sleeps", "sleeps")
    assert forwarded(forwarding, under_way()) is None


def test_what_other_guesses_bring_is_another_matter(forwarding: Forwarding) -> None:
    experienced(forwarding, "talks", "talks")
    assert forwarded(forwarding, under_way("react>utterance")) is None


def test_not_what_has_no_guess_or_is_not_under_way(forwarding: Forwarding) -> None:
    experienced(forwarding, "talks", "talks")
    assert forwarded(forwarding) is None
    held = rehearsed(GUEST, under_way())
    assert forwarding.forward(held, shows(GUEST, "talks")) is None


@pytest.fixture
def beginnings(scheduler: Scheduler, forwarding: Forwarding) -> Beginnings:
    """Where chains begin."""
    return Beginnings(scheduler, cast(RehearsalHost, Table()), forwarding, 0)


@pytest.fixture
def schedule(forwarding: Forwarding) -> Prefetch:
    """What a move that was forwarded waits for."""
    experienced(forwarding, "talks", "talks")
    early = under_way()
    assert forwarded(forwarding, early) is not None
    return early


@pytest.mark.usefixtures("schedule")
def test_chains_go_on_from_what_will_be_left(beginnings: Beginnings) -> None:
    mover, guest, other = (beginnings.begin(persona) for persona in (MOVER, GUEST, OTHER))
    assert mover is not None and guest is not None and other is not None
    assert (mover.step, mover.tile, mover.actor) == (1, NEXT, "after again")
    assert mover.told == {1: shows(MOVER, "talks")}
    assert (guest.step, guest.actor, guest.told) == (0, "met again", {})
    # Others may rely on them, calls are judged by what they rest on.
    for chain in (mover, guest):
        assert not chain.doubtful_guesses() and chain.open_guesses() == {SCHEDULE}
    assert other.actor == "real" and not other.open_guesses()


def test_the_mover_begins_anew_when_a_guess_was_wrong(
    schedule: Prefetch, beginnings: Beginnings
) -> None:
    schedule.arrive(ModelAnswer("otherwise"), NO_REPORT, 1.0)
    mover, guest = beginnings.begin(MOVER), beginnings.begin(GUEST)
    assert mover is not None and (mover.step, mover.actor) == (0, "real")
    # The guest's state is still nearer to what it will be than the real one.
    assert guest is not None and guest.actor == "met again"


def test_those_who_refute_each_other_stop_until_there_is_news(beginnings: Beginnings) -> None:
    begun = [beginnings.begin(OTHER) is not None for _ in range(6)]
    assert begun == [True] * 4 + [False] * 2
    assert beginnings.news() == {OTHER}
    assert beginnings.begin(OTHER) is not None
    assert not beginnings.news()


def test_what_cannot_be_rehearsed_waits_for_its_step(beginnings: Beginnings) -> None:
    beginnings.give_up(OTHER)
    assert beginnings.begin(OTHER) is None and beginnings.begin(GUEST) is not None

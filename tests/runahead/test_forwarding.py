"""The result of a move in flight is forwarded if similar results were right before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest

from ga_ooo.engine.protocol import Issue
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.model.requests import NO_REPORT, CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from ga_ooo.runahead.forwarding import Forwarding, RehearsalFactory
from ga_ooo.runahead.predictor import HitRates
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.runahead.rehearsal import (
    AssumedWorld,
    ForwardedResult,
    Rehearsal,
    RehearsalHost,
    RehearsedMove,
)
from ga_ooo.town.tile_history import Presence
from tests.engine.drawing import draw, run_until, start

MOVER, HANDED, OTHER = 0, 1, 2
TILE, NEXT = 0, 1
SCHEDULE = "react>schedule"


class WordHost:
    """A host whose replicas are words."""

    def start_replica(self, persona: int, access_times: dict[int, tuple[Any, Any]]) -> str:
        return "real"

    def handed_to(self, persona: int) -> Iterable[int]:
        return (MOVER, HANDED) if persona == MOVER else (persona,)

    def copy(self, replica: Any) -> Any:
        return replica

    def make_replica(self, persona: int, copy: Any) -> str:
        return f"{copy} again"

    def presence_of(self, persona: int, tile: int, replica: Any) -> Presence:
        return shows(persona, replica)


def shows(persona: int, word: str) -> Presence:
    """A presence with this word in its event."""
    return Presence(persona, NEXT, (word, "is", "here", word), None)


@pytest.fixture(autouse=True)
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The loop of the futures in prefetches."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def scheduler() -> Scheduler:
    """Three personas in a room; the move of the first one was issued."""
    scheduler = start(draw("rrr"), dict.fromkeys("abc", (TILE, 0)))
    assert run_until(scheduler, 8) == [Issue(MOVER, 0)]
    return scheduler


@pytest.fixture
def forwarding(scheduler: Scheduler) -> Forwarding:
    """Forwarding that has learned nothing."""
    return Forwarding(scheduler, cast(RehearsalHost, WordHost()), HitRates())


def in_flight(site: str = SCHEDULE) -> Prefetch:
    """A call without an answer."""
    call = ModelCall(
        ModelRequest(CallKind.CHAT, "m", (("user", "?"),)), CallKey("a", 0, 0), site=site
    )
    return Prefetch(call, 0, None, asyncio.get_event_loop().create_future(), 0.0)


def rehearsed(persona: int = MOVER, *predicted: Prefetch) -> Rehearsal:
    """A rehearsal whose first move, of step 0, has ended."""
    world = AssumedWorld("after", persona, 0, TILE, [], {}, {HANDED: "met", OTHER: "seen"})
    predictions = [(prefetch, ModelAnswer("as ever")) for prefetch in predicted]
    move = RehearsedMove(world, predictions=predictions)
    return Rehearsal(persona, "after", 1, NEXT, moves={0: move})


def moves_end(forwarding: Forwarding, *words: str) -> None:
    """Moves end, each with a word that may differ from the forecast."""
    for word in words:
        forwarding.forward(rehearsed(MOVER, in_flight()), shows(MOVER, "talks"))
        forwarding.ended(MOVER)
        forwarding.committed(shows(MOVER, word), 1)


def forward(forwarding: Forwarding, *predicted: Prefetch) -> ForwardedResult | None:
    """The forwarded result of one more move."""
    return forwarding.forward(rehearsed(MOVER, *predicted), shows(MOVER, "talks"))


def test_nothing_is_forwarded_before_a_forecast_was_right(forwarding: Forwarding) -> None:
    assert forward(forwarding, in_flight()) is None
    assert forwarding.result_for(MOVER) is None


def test_a_reliable_result_is_forwarded_to_the_personas_that_were_handed(
    forwarding: Forwarding,
) -> None:
    moves_end(forwarding, "talks", "talks")
    result = forward(forwarding, in_flight())
    assert result is not None and result.copies == {MOVER: "after", HANDED: "met"}
    assert forwarding.result_for(MOVER) is result and forwarding.result_for(HANDED) is result
    assert forwarding.result_for(OTHER) is None
    # The handed persona has not completed its own move, so its next presence is not known.
    assert result.presences == {MOVER: shows(MOVER, "talks")}
    forwarding.ended(MOVER)
    assert forwarding.result_for(MOVER) is None and forwarding.result_for(HANDED) is None


def test_nothing_is_forwarded_after_wrong_forecasts(forwarding: Forwarding) -> None:
    moves_end(forwarding, "talks", "talks", "sleeps", "sleeps")
    assert forward(forwarding, in_flight()) is None


def test_predictions_at_other_sites_are_learned_apart(forwarding: Forwarding) -> None:
    moves_end(forwarding, "talks", "talks")
    assert forward(forwarding, in_flight("react>utterance")) is None


def test_only_a_real_move_in_flight_that_rests_on_predictions_is_forwarded(
    forwarding: Forwarding,
) -> None:
    moves_end(forwarding, "talks", "talks")
    assert forward(forwarding) is None
    held = rehearsed(HANDED, in_flight())
    assert forwarding.forward(held, shows(HANDED, "talks")) is None


@pytest.fixture
def factory(scheduler: Scheduler, forwarding: Forwarding) -> RehearsalFactory:
    """Starts rehearsals from step 0."""
    return RehearsalFactory(scheduler, cast(RehearsalHost, WordHost()), forwarding, 0)


@pytest.fixture
def schedule(forwarding: Forwarding) -> Prefetch:
    """The call for which a forwarded move waits."""
    moves_end(forwarding, "talks", "talks")
    prefetch = in_flight()
    assert forward(forwarding, prefetch) is not None
    return prefetch


@pytest.mark.usefixtures("schedule")
def test_rehearsals_start_from_a_forwarded_result(factory: RehearsalFactory) -> None:
    mover, handed, other = (factory.start(persona) for persona in (MOVER, HANDED, OTHER))
    assert mover is not None and handed is not None and other is not None
    assert (mover.step, mover.tile, mover.replica) == (1, NEXT, "after again")
    assert mover.shared_presences == {1: shows(MOVER, "talks")}
    assert (handed.step, handed.replica, handed.shared_presences) == (0, "met again", {})
    # Others may assume their presences; but their calls rest on the predictions.
    for rehearsal in (mover, handed):
        assert not rehearsal.unreliable_sites() and rehearsal.unconfirmed_sites() == {SCHEDULE}
    assert other.replica == "real" and not other.unconfirmed_sites()


def test_after_a_misprediction_the_mover_starts_from_the_real_state(
    schedule: Prefetch, factory: RehearsalFactory
) -> None:
    schedule.complete(ModelAnswer("otherwise"), NO_REPORT, 1.0)
    mover, handed = factory.start(MOVER), factory.start(HANDED)
    assert mover is not None and (mover.step, mover.replica) == (0, "real")
    # For the handed persona the forwarded state is still better than the real state.
    assert handed is not None and handed.replica == "met again"


def test_rehearsals_that_invalidate_each_other_stop_until_there_is_progress(
    factory: RehearsalFactory,
) -> None:
    started = [factory.start(OTHER) is not None for _ in range(6)]
    assert started == [True] * 4 + [False] * 2
    assert factory.note_progress() == {OTHER}
    assert factory.start(OTHER) is not None
    assert not factory.note_progress()


def test_an_abandoned_persona_is_not_rehearsed_before_its_next_step(
    factory: RehearsalFactory,
) -> None:
    factory.abandon(OTHER)
    assert factory.start(OTHER) is None and factory.start(HANDED) is not None

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
from ga_ooo.runahead.host import RehearsalHost
from ga_ooo.runahead.predictor import HitRates
from ga_ooo.runahead.prefetch import Prefetch
from ga_ooo.runahead.rehearsal import (
    AssumedWorld,
    ForwardedResult,
    Rehearsal,
    RehearsedMove,
)
from ga_ooo.town.tile_versions import Presence
from tests.engine.drawing import draw, run_until, start

MOVER, HANDED, OTHER = 0, 1, 2
TILE, NEXT = 0, 1
SCHEDULE = "react>schedule"


class WordHost:
    """A host whose replicas are words."""

    def start_copy(self, persona: int, access_times: dict[int, tuple[Any, Any]]) -> str:
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
    world = AssumedWorld("after", persona, 0, TILE, {}, {}, {HANDED: "met", OTHER: "seen"})
    predictions = [(prefetch, ModelAnswer("as ever")) for prefetch in predicted]
    move = RehearsedMove(world, predictions=predictions)
    return Rehearsal(persona, "after", "before", 1, NEXT, moves={0: move})


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
    assert other.replica == "real again" and not other.unconfirmed_sites()


def test_after_a_misprediction_the_mover_starts_from_the_real_state(
    schedule: Prefetch, factory: RehearsalFactory
) -> None:
    schedule.complete(ModelAnswer("otherwise"), NO_REPORT, 1.0)
    mover, handed = factory.start(MOVER), factory.start(HANDED)
    assert mover is not None and (mover.step, mover.replica) == (0, "real again")
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


def rehearsed_four_moves(in_flight_at: int | None = None) -> Rehearsal:
    """Four moves of OTHER; there are copies from before those of steps 0 and 2."""
    rehearsal = Rehearsal(OTHER, "after", "before 2", 4, NEXT)
    for step in range(4):
        copy = f"before {step}" if step % 2 == 0 else None
        world = AssumedWorld("after", OTHER, step, step, {}, {})
        move = rehearsal.moves[step] = RehearsedMove(world, copy, {step: ("node", "then")})
        rehearsal.presences[step + 1] = shows(OTHER, str(step + 1))
        if step == in_flight_at:
            move.predictions.append((in_flight(), ModelAnswer("as ever")))
    rehearsal.shared_presences[1] = rehearsal.presences[1]
    return rehearsal


def test_a_rehearsal_is_rolled_back_to_the_last_copy_and_keeps_the_moves_before(
    factory: RehearsalFactory,
) -> None:
    for step in (2, 3):
        again = factory.roll_back(rehearsed_four_moves(), step)
        assert again is not None
        assert (again.step, again.tile, again.replica) == (2, 2, "before 2 again")
        assert set(again.moves) == {0, 1} and set(again.presences) == {1, 2}
        assert again.access_times == {2: ("node", "then")}
    assert factory.roll_back(rehearsed_four_moves(), 1) is None, "it would keep no move"


def test_a_roll_back_is_a_start_and_keeps_off_a_forwarded_move(factory: RehearsalFactory) -> None:
    rehearsal = rehearsed_four_moves()
    rehearsal.forwarded = ForwardedResult(OTHER, rehearsal.moves[2], {}, {}, {})
    assert factory.roll_back(rehearsal, 3) is None
    rolled_back = [factory.roll_back(rehearsed_four_moves(), 3) is not None for _ in range(5)]
    assert rolled_back == [True] * 4 + [False]
    assert factory.start(OTHER) is None and factory.note_progress() == {OTHER}


def test_presences_are_shared_up_to_the_first_prediction_without_its_answer() -> None:
    rehearsal = rehearsed_four_moves(in_flight_at=2)
    assert [step for step, _ in rehearsal.share_confirmed()] == [2]
    assert set(rehearsal.shared_presences) == {1, 2}
    [[prefetch, _]] = rehearsal.moves[2].predictions
    prefetch.complete(ModelAnswer("as ever"), NO_REPORT, 1.0)
    assert [step for step, _ in rehearsal.share_confirmed()] == [3, 4]


def test_an_abandoned_persona_is_not_rehearsed_before_its_next_step(
    factory: RehearsalFactory,
) -> None:
    factory.abandon(OTHER)
    assert factory.start(OTHER) is None and factory.start(HANDED) is not None

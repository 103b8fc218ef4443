"""Prefetched calls in a replay."""

from __future__ import annotations

from dataclasses import replace as changed

import numpy as np
import pytest

from ga_ooo.lab.replay.policies import POLICIES, replay
from ga_ooo.lab.replay.prefetches import has_prefetches
from ga_ooo.lab.replay.running import Outcome
from ga_ooo.lab.replay.serving import ServingModel
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.town.map import TownMap
from ga_ooo.trace.format import NO_INDEX, Trace
from ga_ooo.trace.recording import CallRow, Position, RehearsalRow, TraceBuilder
from tests.lab.replay.drawing import finished

SECOND_A_TOKEN = ServingModel(slots=None, iteration_s=1.0)
TOWN = TownMap(np.ones((3, 3), np.bool_), np.zeros((3, 3), np.int32))


def two_in_a_room(*rehearsals: RehearsalRow, partner: int = NO_INDEX) -> Trace:
    """At step 0 the first persona asks for 10 tokens, then the second one twice for 5."""
    builder = TraceBuilder(["a", "b"], [0, 1], 0)
    builder.asked(0, 0, 0, CallRow("plan", "plan", partner, 0.0, 0, 10))
    for ordinal in range(2):
        builder.asked(1, 0, ordinal, CallRow("plan", "plan", NO_INDEX, 0.0, 0, 5))
    builder.retired([0, 1], ["", ""])
    builder.rehearsals += rehearsals
    return finished(builder, TOWN)


def ahead(
    tokens: int, used: int | None, after: RehearsalRow | Position | None = None
) -> RehearsalRow:
    """A prefetched call of the second persona, used by the call of this ordinal in its move."""
    taken = None if used is None else (1, 0, used)
    return RehearsalRow(1, 0, 0, after, "plan", 0.0, 0, tokens, taken)


def run(trace: Trace, name: str = "runahead") -> Outcome:
    """Replay on servers that take one second per token of an answer."""
    return replay(Towns((trace,)), POLICIES[name], SECOND_A_TOKEN, cpu=False)


def test_the_same_step_where_nothing_is_recorded() -> None:
    trace = two_in_a_room()
    assert not has_prefetches(Towns((trace,)))
    assert run(trace, "reach").makespan == pytest.approx(20)
    outcome = run(trace)
    assert outcome.makespan == pytest.approx(10) and outcome.wasted == 0


def test_a_persona_that_is_talked_to_has_wasted_prefetches() -> None:
    outcome = run(two_in_a_room(partner=1))
    assert outcome.makespan == pytest.approx(20)
    assert (outcome.wasted, outcome.wasted_tokens) == (2, 10)


def test_recorded_used_and_wasted_calls() -> None:
    """One wasted call before the right one; the second call is not prefetched."""
    wrong = ahead(8, None)
    outcome = run(two_in_a_room(wrong, ahead(5, 0, wrong)))
    # 8 wasted, then 5: the answer arrives at 13, and the second call is asked then.
    assert outcome.makespan == pytest.approx(18)
    assert outcome.wasted == 1 and outcome.wasted_tokens == 8


def test_a_call_that_waits_for_no_answer_is_asked_at_once() -> None:
    outcome = run(two_in_a_room(ahead(8, None), ahead(5, 0), ahead(5, 1)))
    assert outcome.makespan == pytest.approx(10)


def test_a_move_in_progress_is_rehearsed() -> None:
    """The move asks its second call after the answer of the first; the rehearsal need not wait."""
    others = (0, 0, 0)
    assert run(two_in_a_room(ahead(5, 1, others))).makespan == pytest.approx(15)


def test_a_call_follows_an_answer_of_a_move_or_of_a_prefetch() -> None:
    first = ahead(5, 0, (0, 0, 0))
    assert run(two_in_a_room(first, ahead(5, 1, first))).makespan == pytest.approx(20)


def test_a_call_of_its_move_is_not_asked_again() -> None:
    wrong = ahead(12, None)
    outcome = run(two_in_a_room(wrong, ahead(5, 0, wrong), ahead(5, 1, wrong)))
    # The move asks its first call at 10; its second one is prefetched at 12, and answered at 17.
    assert outcome.makespan == pytest.approx(17)
    assert outcome.wasted == 1


def test_a_wasted_call_of_an_earlier_step_is_not_asked() -> None:
    late = RehearsalRow(0, 0, 0, (1, 0, 1), "plan", 0.0, 0, 5, None)
    later = RehearsalRow(0, 0, 0, late, "plan", 0.0, 0, 5, None)
    outcome = run(out_of_sight(two_in_a_room(late, later)))
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)


def out_of_sight(trace: Trace) -> Trace:
    """The same calls of two personas that never see each other."""
    apart = changed(trace, tiles=np.array([[0, 8], [0, 8]], np.int32))
    return changed(apart, facts=changed(apart.facts, radius=1))


def test_personas_that_the_order_holds_rehearse_the_same_step() -> None:
    outcome = run(out_of_sight(two_in_a_room(partner=1)))
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)


def test_recorded_calls_are_asked_with_or_without_a_hazard() -> None:
    """Prefetches are also recorded for personas whose own move waits for the model."""
    recorded = two_in_a_room(ahead(8, None), ahead(5, 0), ahead(5, 1))
    assert run(out_of_sight(recorded)).wasted == 1
    assert run(out_of_sight(recorded)).makespan == pytest.approx(10)


def test_used_calls_only() -> None:
    wrong = ahead(8, None)
    trace = two_in_a_room(wrong, ahead(5, 0, wrong), ahead(5, 1))
    outcome = run(trace, "runahead:hits")
    # The first call no longer waits for the wasted one.
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)


def test_foresight_waits_only_for_the_answers_of_a_move() -> None:
    outcome = run(two_in_a_room(partner=1), "foresight")
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)


def test_the_vector_of_a_text_is_asked_for_once_under_every_policy() -> None:
    """The second call of the second persona uses the answer of the call before it."""
    trace = two_in_a_room()
    shared = np.array([NO_INDEX, NO_INDEX, 1], np.int32)
    trace = changed(trace, calls=changed(trace.calls, same_as=shared))
    assert run(trace, "single-thread").makespan == pytest.approx(15)
    assert run(trace, "parallel-sync").makespan == pytest.approx(10)
    assert run(trace, "reach").makespan == pytest.approx(15)

"""What a replay makes of calls that were asked ahead of their move."""

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
from ga_ooo.trace.format import NOBODY, Trace
from ga_ooo.trace.recording import CallRow, Position, RehearsalRow, TraceBuilder
from tests.lab.replay.drawing import finished

SECOND_A_TOKEN = ServingModel(slots=None, call_s=0.0, prefill_s=0.0, iteration_s=1.0, sequence_s=0)
TOWN = TownMap(np.ones((3, 3), np.bool_), np.zeros((3, 3), np.int32))


def two_in_a_room(*rehearsals: RehearsalRow, partner: int = NOBODY) -> Trace:
    """At step 0 the first asks 10 tokens, then the second twice 5."""
    builder = TraceBuilder(["a", "b"], [0, 1], 0)
    builder.asked(0, 0, 0, CallRow("plan", "plan", partner, 0.0, 0, 10))
    for ordinal in range(2):
        builder.asked(1, 0, ordinal, CallRow("plan", "plan", NOBODY, 0.0, 0, 5))
    builder.retired([0, 1], ["", ""])
    builder.rehearsals += rehearsals
    return finished(builder, TOWN)


def ahead(
    tokens: int, used: int | None, after: RehearsalRow | Position | None = None
) -> RehearsalRow:
    """A call that the second asked ahead, taken by its move's call of this ordinal."""
    taken = None if used is None else (1, 0, used)
    return RehearsalRow(1, 0, 0, after, "plan", 0.0, 0, tokens, taken)


def run(trace: Trace, name: str = "runahead") -> Outcome:
    """On servers that take a second for each token of an answer."""
    return replay(Towns((trace,)), POLICIES[name], SECOND_A_TOKEN)


def test_the_same_step_where_nothing_is_recorded() -> None:
    trace = two_in_a_room()
    assert not has_prefetches(Towns((trace,)))
    assert run(trace, "reach").makespan == pytest.approx(20)
    outcome = run(trace)
    assert outcome.makespan == pytest.approx(10) and outcome.wasted == 0


def test_who_is_talked_to_rehearsed_in_vain() -> None:
    outcome = run(two_in_a_room(partner=1))
    assert outcome.makespan == pytest.approx(20)
    assert (outcome.wasted, outcome.wasted_tokens) == (2, 10)


def test_recorded_hits_and_misses() -> None:
    """One wrong call before the right one, and the second call not foreseen."""
    wrong = ahead(8, None)
    outcome = run(two_in_a_room(wrong, ahead(5, 0, wrong)))
    # 8 in vain, then 5: the answer comes at 13, the second call is asked then.
    assert outcome.makespan == pytest.approx(18)
    assert outcome.wasted == 1 and outcome.wasted_tokens == 8


def test_what_waits_for_nothing_is_asked_at_once() -> None:
    outcome = run(two_in_a_room(ahead(8, None), ahead(5, 0), ahead(5, 1)))
    assert outcome.makespan == pytest.approx(10)


def test_a_move_is_rehearsed_while_it_is_under_way() -> None:
    """It asks its second call when it has the answer of the first; the rehearsal need not wait."""
    others = (0, 0, 0)
    assert run(two_in_a_room(ahead(5, 1, others))).makespan == pytest.approx(15)


def test_what_follows_an_answer_that_a_move_took_follows_it_whoever_asked() -> None:
    first = ahead(5, 0, (0, 0, 0))
    assert run(two_in_a_room(first, ahead(5, 1, first))).makespan == pytest.approx(20)


def test_what_its_move_has_asked_is_not_asked_again() -> None:
    wrong = ahead(12, None)
    outcome = run(two_in_a_room(wrong, ahead(5, 0, wrong), ahead(5, 1, wrong)))
    # The move asks the first at 10; its second is asked ahead at 12, and there at 17.
    assert outcome.makespan == pytest.approx(17)
    assert outcome.wasted == 1


def test_what_would_be_in_vain_for_a_step_left_behind_is_not_asked() -> None:
    late = RehearsalRow(0, 0, 0, (1, 0, 1), "plan", 0.0, 0, 5, None)
    later = RehearsalRow(0, 0, 0, late, "plan", 0.0, 0, 5, None)
    outcome = run(out_of_sight(two_in_a_room(late, later)))
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)


def out_of_sight(trace: Trace) -> Trace:
    """The same calls, of two who never see each other."""
    apart = changed(trace, tiles=np.array([[0, 8], [0, 8]], np.int32))
    return changed(apart, facts=changed(apart.facts, radius=1))


def test_the_same_step_is_rehearsed_by_those_whom_its_order_holds() -> None:
    outcome = run(out_of_sight(two_in_a_room(partner=1)))
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)


def test_what_was_recorded_is_asked_again_whether_held_or_not() -> None:
    """Rehearsals are recorded of those whose own move waits for the model, too."""
    recorded = two_in_a_room(ahead(8, None), ahead(5, 0), ahead(5, 1))
    assert run(out_of_sight(recorded)).wasted == 1
    assert run(out_of_sight(recorded)).makespan == pytest.approx(10)


def test_hits_alone() -> None:
    wrong = ahead(8, None)
    trace = two_in_a_room(wrong, ahead(5, 0, wrong), ahead(5, 1))
    outcome = run(trace, "runahead:hits")
    # The first no longer waits for the one in vain.
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)


def test_foresight_waits_for_nothing_but_the_answers_of_a_move() -> None:
    outcome = run(two_in_a_room(partner=1), "foresight")
    assert outcome.wasted == 0 and outcome.makespan == pytest.approx(10)

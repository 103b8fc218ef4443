"""Policies against each other on random days, and against the engine's own scheduler."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ga_ooo.engine.ids import Row, TileIndex
from ga_ooo.lab.replay.dependencies import peers_in_sight
from ga_ooo.lab.replay.policies import POLICIES, Policy, replay
from ga_ooo.lab.replay.running import Outcome
from ga_ooo.lab.replay.schedules import EngineSchedule, Schedule
from ga_ooo.lab.replay.serving import PRESETS, ServingModel
from ga_ooo.lab.replay.towns import Towns, side_by_side
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import LockstepRule
from tests.lab.replay.drawing import make_trace

UNLIMITED = PRESETS["unlimited"]
SMALL = ServingModel(2, prefill_s=0.0003, iteration_s=0.07, sequence_s=0.001, chunk=512)
SEEDS = st.integers(0, 10**6)
few = settings(deadline=None, max_examples=8, derandomize=True, database=None)


class BarrierRule:
    """A persona behind holds all others; one at the same step holds none: parallel-sync."""

    name = "barrier"

    def __init__(self, town: TownMap) -> None:
        self._row = np.ones(town.size, dtype=np.uint16)

    def steps_to_matter(self, tile: TileIndex) -> Row:
        return self._row


def towns_of(*seeds: int, steps: int = 30) -> Towns:
    """Random towns side by side."""
    return side_by_side([make_trace(seed, steps=steps) for seed in seeds], 0, steps)


def run(towns: Towns, name: str, model: ServingModel = UNLIMITED) -> Outcome:
    """A policy by its name."""
    return replay(towns, POLICIES[name], model, cpu=False)


@few
@given(SEEDS)
def test_baselines_are_rules_of_the_scheduler(seed: int) -> None:
    """The schedules of the host's loop and of parallel-sync give the results of the scheduler."""

    def lockstep(towns: Towns) -> Schedule:
        return EngineSchedule(towns, lambda reach: LockstepRule(reach.town))

    def barrier(towns: Towns) -> Schedule:
        return EngineSchedule(towns, lambda reach: BarrierRule(reach.town))

    towns = towns_of(seed)
    for name, schedule, model in (
        ("single-thread", lockstep, UNLIMITED),
        ("single-thread", lockstep, SMALL),
        # With few slots, the order of calls inside a step matters too; the rule does not define it.
        ("parallel-sync", barrier, UNLIMITED),
    ):
        found = replay(towns, Policy("", schedule), model, cpu=False).makespan
        assert found == pytest.approx(run(towns, name, model).makespan)


@few
@given(SEEDS)
def test_more_dependencies_take_longer(seed: int) -> None:
    """On servers without limit, more dependencies take at least as long as a part of them."""
    towns = towns_of(seed)
    spans = {name: run(towns, name).makespan for name in POLICIES}
    for shorter, longer in (
        ("no-dependency", "oracle"),
        ("oracle", "oracle:ordered"),
        ("oracle", "reach:unordered"),
        ("oracle:ordered", "reach"),
        ("reach:unordered", "reach"),
        ("reach:unordered", "parallel-sync"),
        ("paper:4", "paper:12"),
        ("paper:12", "parallel-sync"),
        ("parallel-sync", "single-thread"),
        ("reach", "single-thread"),
        ("runahead", "reach"),
    ):
        assert spans[shorter] <= spans[longer] + 1e-6, f"{shorter} is slower than {longer}"
    assert spans["critical"] == pytest.approx(spans["oracle"])
    assert spans["reach:fifo"] == pytest.approx(spans["reach"])


@few
@given(SEEDS)
def test_every_call_is_asked_once(seed: int) -> None:
    """Under every policy; and the time in flight is the sum of the times that calls take alone."""
    towns = towns_of(seed)
    alone = sum(map(UNLIMITED.alone, towns.tokens))
    for name in POLICIES:
        outcome = run(towns, name)
        work = outcome.in_flight * outcome.makespan
        if POLICIES[name].prefetched:
            assert work >= alone - 1e-6
        else:
            assert work == pytest.approx(alone)
        assert outcome.calls == len(towns.tokens)


@few
@given(SEEDS)
def test_sight_in_a_trace_is_sight_in_the_engine(seed: int) -> None:
    trace = make_trace(seed, steps=8)
    reach = Reach(trace.town, trace.facts.radius)
    for tiles, peers in zip(trace.tiles[:-1].tolist(), peers_in_sight(trace), strict=True):
        for one, seen in enumerate(peers):
            expected = [
                other
                for other in range(trace.count)
                if other != one and tiles[other] in reach.tiles_in_sight(tiles[one])
            ]
            assert list(seen) == expected


def test_towns_do_not_wait_for_each_other() -> None:
    one, other = towns_of(1), towns_of(2)
    both = towns_of(1, 2)
    for name in ("reach", "oracle", "paper:4", "runahead"):
        longest = max(run(one, name).makespan, run(other, name).makespan)
        assert run(both, name).makespan == pytest.approx(longest)
    barrier = run(both, "parallel-sync").makespan
    assert barrier > max(run(towns, "parallel-sync").makespan for towns in (one, other)) + 0.1


def test_copies_of_a_town_are_staggered() -> None:
    trace = make_trace(steps=60)
    towns = side_by_side([trace], 0, 40, 12, stagger=15)
    assert towns.count == 12 and towns.steps == 40
    early, late = towns.traces
    assert np.array_equal(early.tiles[15:], late.tiles[:-15])
    assert late.facts.first_step == 0
    assert side_by_side([trace], 0, 40, 12).traces[0] is side_by_side([trace], 0, 40).traces[0]


def test_a_priority_for_earlier_steps_helps() -> None:
    """On full servers, summed over many days; on one day the effect may be random."""
    towns = [towns_of(*range(seed, seed + 6)) for seed in range(0, 30, 6)]
    ordered = sum(run(town, "reach:unordered", SMALL).makespan for town in towns)
    fifo = Policy("", POLICIES["reach:unordered"].schedule, in_order_of_step=False)
    assert ordered < sum(replay(town, fifo, SMALL).makespan for town in towns)

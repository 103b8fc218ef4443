"""The engine leaves the same bytes as the host's own loop, in any order of completed calls."""

from __future__ import annotations

from concurrent.futures import Future
from itertools import product

import pytest

from compat_tests.recipes import Stretch
from compat_tests.town import WHOLE_DAYS, Done, Town, ga_ooo, run_arguments
from ga_ooo.lab.verify.compare import compare

SEEDS = (0, 1, 2)
LATENCY_SEEDS = (0, 1, 2)
ALL_PAIRS = tuple(product(SEEDS, LATENCY_SEEDS))
PAIRS = ALL_PAIRS if WHOLE_DAYS else ((0, 0), (0, 1), (1, 2), (2, 0))
"""Seeds with latency seeds: each of them, and two orders of completed calls for one seed."""


def begin(town: Town, stretch: Stretch) -> dict[tuple[int, int], Future[Done]]:
    """Start all runs of a stretch, so that both cores are busy while a test waits for the first."""
    for seed in SEEDS:
        town.lockstep(stretch, seed)
    return {
        (seed, latency_seed): town.run(
            stretch,
            name(stretch, seed, latency_seed),
            *run_arguments(seed, latency_seed),
            # With accelerators, the default, for two of three latency seeds.
            *(("--accelerate", "none") if latency_seed == 0 else ()),
        )
        for seed, latency_seed in PAIRS
    }


def name(stretch: Stretch, seed: int, latency_seed: int) -> str:
    return f"{stretch.scenario}-{stretch.after}-engine-{seed}-{latency_seed}"


@pytest.mark.parametrize(("seed", "latency_seed"), PAIRS)
def test_engine_equals_the_hosts_own_loop(
    town: Town, stretch: Stretch, seed: int, latency_seed: int
) -> None:
    check(town, stretch, seed, latency_seed)


@pytest.mark.skipif(not WHOLE_DAYS, reason="whole days take hours: set GA_OOO_LONG=1")
@pytest.mark.parametrize(("seed", "latency_seed"), ALL_PAIRS)
def test_a_whole_day_is_equal(town: Town, day: Stretch, seed: int, latency_seed: int) -> None:
    check(town, day, seed, latency_seed)


def check(town: Town, stretch: Stretch, seed: int, latency_seed: int) -> None:
    begin(town, stretch)[seed, latency_seed].result().expect()
    reference = town.reference(stretch, seed)
    outcome = compare(reference, town.storage / name(stretch, seed, latency_seed))
    assert outcome.equal, outcome.first and outcome.first.render()
    # Each step left two files, and each persona its memory, so the comparison is complete.
    assert outcome.files > 2 * stretch.steps


@pytest.mark.parametrize("latency_seed", LATENCY_SEEDS if WHOLE_DAYS else LATENCY_SEEDS[-1:])
@pytest.mark.parametrize(
    "runahead",
    [("--runahead", "0"), ("--runahead", "64", "--runahead-budget", "inf")],
    ids=["no-runahead", "unbounded-runahead"],
)
def test_runahead_changes_nothing(town: Town, runahead: tuple[str, ...], latency_seed: int) -> None:
    busy, name = town.recipe.busy, f"runahead-{runahead[1]}-{latency_seed}"
    town.lockstep(busy, 0)
    done = town.run(busy, name, *run_arguments(0, latency_seed), *runahead).result().expect()
    # Without prefetched calls, equality would prove nothing.
    assert ("calls prefetched" in done.output) == (runahead[1] != "0")
    outcome = compare(town.reference(busy, 0), town.storage / name)
    assert outcome.equal, outcome.first and outcome.first.render()


def test_another_seed_gives_another_run(town: Town, stretch: Stretch) -> None:
    # Otherwise, equality for three seeds would prove no more than for one.
    assert not compare(town.reference(stretch, 0), town.reference(stretch, 1)).equal


@pytest.mark.parametrize("runs", [2, 0], ids=["twice", "step-by-step"])
def test_running_in_parts_equals_the_hosts_running_in_parts(town: Town, runs: int) -> None:
    busy = town.recipe.busy
    parts = runs or busy.steps
    steps = "+".join([str(busy.steps // parts)] * parts)
    town.lockstep(busy, 0, steps)
    town.run(busy, f"in-{parts}-parts", *run_arguments(0, 0), steps=steps).result().expect()
    in_parts = town.reference(busy, 0, steps)
    outcome = compare(in_parts, town.storage / f"in-{parts}-parts")
    assert outcome.equal, outcome.first and outcome.first.render()
    if parts == busy.steps:
        # After each command, the host forgets which objects are in use, and the files show that.
        assert not compare(in_parts, town.reference(busy)).equal


def test_verify_reports_equality(town: Town) -> None:
    busy = town.recipe.busy
    arguments = ("--fork", town.fork(busy), "--steps", "40", "--seed", "3", "--latency-seed", "4")
    done = ga_ooo("verify", town.root, *arguments).expect()
    assert (
        "equal: " in done.output
        and "made deterministic on both sides: random streams" in done.output
    )

"""Ctrl-C stops at a consistent, saved step; a second Ctrl-C stops at once, with complete files."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from compat_tests.live import assert_all_whole, live_run, read, step_numbers
from compat_tests.recipes import Stretch
from compat_tests.terminal import (
    by_command,
    end,
    enter,
    on_a_terminal,
    open_simulation,
    simulation_folder,
)
from compat_tests.town import Town, run_arguments, saved_step
from ga_ooo.lab.verify.compare import compare

CHECKPOINT = 360
"""Steps between two checkpoints in memory, from which a stopped run reaches a consistent step."""


@pytest.mark.parametrize(
    ("number", "steps", "latency"),
    [(signal.SIGINT, 25, "0.02"), (signal.SIGTERM, CHECKPOINT + 15, "0.001")],
    ids=["SIGINT", "SIGTERM-after-a-checkpoint"],
)
def test_a_stopped_run_is_saved_as_by_the_host(
    town: Town, number: signal.Signals, steps: int, latency: str
) -> None:
    busy = town.recipe.busy
    fork = town.fork(busy)
    first = saved_step(town.storage / fork)
    name = f"stopped-by-{number.name}"
    arguments = ("--steps", "2000", "--latency", latency)
    with live_run(town.root, town.storage, fork, name, *arguments) as run:
        run.wait_for(f"movement/{first + steps}.json")
        run.send(number)
        done = run.end().expect(5)
    assert "interrupted" in done.output and "remedy:" in done.output
    assert "Traceback" not in done.output
    stopped = saved_step(run.simulation)
    assert first + steps < stopped < first + 2000
    moved = [step for step in step_numbers(run.simulation / "movement") if step >= first]
    assert moved == list(range(first, stopped))
    reference = town.reference(busy, steps=str(stopped - first))
    outcome = compare(reference, run.simulation)
    assert outcome.equal, outcome.first and outcome.first.render()
    check_continuation(town, name)


def check_continuation(town: Town, name: str) -> None:
    """Fork the saved simulation and run it.

    The reference is the host's own loop from the same fork, and not a run without a stop: when the
    host saves and forks, it loses the events on the map.
    """
    rest = Stretch(name, 30)
    town.lockstep(rest, 0)
    town.run(rest, f"{name}-and-on", *run_arguments(0, 1)).result().expect()
    outcome = compare(town.reference(rest), town.storage / f"{name}-and-on")
    assert outcome.equal, outcome.first and outcome.first.render()


def test_ctrl_c_returns_to_the_prompt_of_the_host(town: Town, tmp_path: Path) -> None:
    busy = town.recipe.busy
    host = town.copy(tmp_path / "host", busy)
    fork = town.fork(busy)
    first = saved_step(town.storage / fork)
    simulation = simulation_folder(host, "paused")
    with on_a_terminal([*by_command(host), "--latency", "0.01"]) as child:
        open_simulation(child, fork, "paused")
        enter(child, "run 2000")
        while not (simulation / "movement" / f"{first + 25}.json").exists():
            assert child.isalive()
            time.sleep(0.01)
        child.sendintr()
        enter(child, "run 10")
        enter(child, "save")
        assert end(child) == 0
    stopped = saved_step(simulation) - 10
    assert first + 25 < stopped < first + 2000
    # The map too is as after the host's own loop, otherwise the 10 more steps would differ.
    outcome = compare(town.reference(busy, steps=f"{stopped - first}+10"), simulation)
    assert outcome.equal, outcome.first and outcome.first.render()


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.3])
def test_a_second_signal_leaves_only_complete_files(town: Town, pause: float) -> None:
    # After the first signal, all personas return to a checkpoint and move from there to one step,
    # in host code that would swallow an exception; then the host saves.
    busy = town.recipe.busy
    fork = town.fork(busy)
    first = saved_step(town.storage / fork)
    name = f"stopped-twice-{int(pause * 10)}"
    arguments = ("--steps", "2000", "--latency", "0.002")
    with live_run(town.root, town.storage, fork, name, *arguments) as run:
        run.wait_for(f"movement/{first + 80}.json")
        run.send(signal.SIGINT)
        run.wait_for_output("stopping at a consistent step")
        time.sleep(pause)
        run.send(signal.SIGINT)
        done = run.end()
    assert done.code in (130, 5), done.output
    assert "Traceback" not in done.output
    assert_all_whole(run.simulation)
    reached = step_numbers(run.simulation / "movement")[-1] + 1
    reference = town.reference(busy, steps=str(reached - first))
    if done.code == 5:
        # The second signal arrived after the run was saved, or before it was saved.
        assert saved_step(run.simulation) == reached
        assert compare(reference, run.simulation).equal
    same_steps(reference, run.simulation, range(first, reached))


def same_steps(reference: Path, simulation: Path, steps: range) -> None:
    """The written steps equal those of the host's own loop."""
    for step in steps:
        file = Path("movement") / f"{step}.json"
        assert read(simulation / file) == read(reference / file), file

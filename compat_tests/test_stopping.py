"""Ctrl-C stops at a consistent, saved step; a second one at once, and nothing is half-written."""

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
    give,
    on_a_terminal,
    open_simulation,
    simulation_folder,
)
from compat_tests.town import Town, run_arguments, saved_step
from ga_ooo.lab.verify.compare import compare

CHECKPOINT = 360
"""Steps between two of the engine's checkpoints, from which a stopped run finds its way."""


@pytest.mark.parametrize(
    ("number", "steps", "latency"),
    [(signal.SIGINT, 25, "0.02"), (signal.SIGTERM, CHECKPOINT + 15, "0.001")],
    ids=["SIGINT", "SIGTERM-after-a-checkpoint"],
)
def test_a_stopped_run_is_saved_as_the_host_would_save_there(
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
    go_on(town, name)


def go_on(town: Town, name: str) -> None:
    """Fork from what was saved. It is compared with the host's own loop from the same fork, not
    with a run that was never stopped: the host itself, saved and forked, forgets what lies on
    the map."""
    rest = Stretch(name, 30)
    town.lockstep(rest, 0)
    town.run(rest, f"{name}-and-on", *run_arguments(0, 1)).result().expect()
    outcome = compare(town.reference(rest), town.storage / f"{name}-and-on")
    assert outcome.equal, outcome.first and outcome.first.render()


def test_ctrl_c_at_the_hosts_prompt_leads_back_to_it(town: Town, tmp_path: Path) -> None:
    busy = town.recipe.busy
    host = town.copy(tmp_path / "host", busy)
    fork = town.fork(busy)
    first = saved_step(town.storage / fork)
    simulation = simulation_folder(host, "paused")
    with on_a_terminal([*by_command(host), "--latency", "0.01"]) as child:
        open_simulation(child, fork, "paused")
        give(child, "run 2000")
        while not (simulation / "movement" / f"{first + 25}.json").exists():
            assert child.isalive()
            time.sleep(0.01)
        child.sendintr()
        give(child, "run 10")
        give(child, "save")
        assert end(child) == 0
    stopped = saved_step(simulation) - 10
    assert first + 25 < stopped < first + 2000
    # The map is as the host's own loop leaves it too, or the 10 steps more would differ.
    outcome = compare(town.reference(busy, steps=f"{stopped - first}+10"), simulation)
    assert outcome.equal, outcome.first and outcome.first.render()


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.3])
def test_a_second_signal_leaves_no_half_written_file(town: Town, pause: float) -> None:
    # The first sends everybody back to a checkpoint and from there to one step again, in host code
    # that would swallow an exception; after that, the host saves.
    busy = town.recipe.busy
    fork = town.fork(busy)
    first = saved_step(town.storage / fork)
    name = f"stopped-twice-{pause}"
    arguments = ("--steps", "2000", "--latency", "0.002")
    with live_run(town.root, town.storage, fork, name, *arguments) as run:
        run.wait_for(f"movement/{first + 80}.json")
        run.send(signal.SIGINT)
        run.wait_to_hear("stopping at a consistent step")
        time.sleep(pause)
        run.send(signal.SIGINT)
        done = run.end()
    assert done.code in (130, 5), done.output
    assert "Traceback" not in done.output
    assert_all_whole(run.simulation)
    reached = step_numbers(run.simulation / "movement")[-1] + 1
    reference = town.reference(busy, steps=str(reached - first))
    if done.code == 5:
        # The second came after all was saved, or in time to be told apart from a part of it.
        assert saved_step(run.simulation) == reached
        assert compare(reference, run.simulation).equal
    same_steps(reference, run.simulation, range(first, reached))


def same_steps(reference: Path, simulation: Path, steps: range) -> None:
    """What was written is what the host's own loop writes."""
    for step in steps:
        file = Path("movement") / f"{step}.json"
        assert read(simulation / file) == read(reference / file), file

"""The file protocol of the frontend: complete files in order, and a browser has no effect."""

from __future__ import annotations

import json
from pathlib import Path

import pexpect

from compat_tests.live import LiveRun, live_run, read, step_numbers
from compat_tests.terminal import (
    by_command,
    end,
    enter,
    on_a_terminal,
    open_simulation,
    simulation_folder,
)
from compat_tests.town import Town, saved_step
from ga_ooo.lab.verify.compare import compare

STEPS = 60
SLOW = ("--steps", str(STEPS), "--latency", "0.03")
"""Slow enough for many polls between two steps."""


class Browser:
    """Reads each movement file once, moves all personas, and writes their tiles, like the views
    ``update_environment`` and ``process_environment`` of the original frontend."""

    def __init__(self, run: LiveRun, first: int, maze: str) -> None:
        self._run = run
        self._step = first
        self._maze = maze
        self.posted = 0

    def poll(self) -> None:
        """Follow the backend by one step, if it is ahead."""
        simulation = self._run.simulation
        moved = simulation / "movement" / f"{self._step}.json"
        if not moved.exists():
            return
        environment = {
            name: {"maze": self._maze, "x": move["movement"][0], "y": move["movement"][1]}
            for name, move in read(moved)["persona"].items()
        }
        self._step += 1
        with (simulation / "environment" / f"{self._step}.json").open("w") as file:
            file.write(json.dumps(environment, indent=2))
        self.posted += 1


def test_files_appear_in_order_and_complete(town: Town) -> None:
    busy = town.recipe.busy
    fork = town.fork(busy)
    first = saved_step(town.storage / fork)
    seen: dict[str, set[int]] = {"movement": set(), "environment": set()}
    polls_with_news = 0
    with live_run(town.root, town.storage, fork, "watched", *SLOW) as run:
        for _ in run.polls():
            # The environment is read first, so the comparison below is valid.
            environment = step_numbers(run.simulation / "environment")
            movement = [n for n in step_numbers(run.simulation / "movement") if n >= first]
            assert movement == list(range(first, first + len(movement)))
            new = [n for n in environment if n > first]
            assert new == list(range(first + 1, first + 1 + len(new)))
            assert len(new) <= len(movement), "environment N+1 came before movement N"
            for folder, steps in (("movement", movement), ("environment", new)):
                fresh = set(steps) - seen[folder]
                polls_with_news += bool(fresh)
                seen[folder] |= fresh
                for step in fresh:
                    assert read(run.simulation / folder / f"{step}.json")
        run.end().expect()
    assert len(movement) == len(new) == STEPS
    assert polls_with_news > 5, "the run ended before the first polls"
    assert compare(town.reference(busy, steps=str(STEPS)), run.simulation).equal


def test_a_browser_that_writes_environments_has_no_effect(town: Town) -> None:
    busy = town.recipe.busy
    fork = town.fork(busy)
    meta = read(town.storage / fork / "reverie" / "meta.json")
    with live_run(town.root, town.storage, fork, "browsed", *SLOW) as run:
        browser = Browser(run, meta["step"], meta["maze_name"])
        for _ in run.polls():
            browser.poll()
        run.end().expect()
    assert browser.posted > STEPS // 2
    outcome = compare(town.reference(busy, steps=str(STEPS)), run.simulation)
    assert outcome.equal, outcome.first and outcome.first.render()


def test_waits_for_a_file_that_the_browser_is_writing(town: Town, tmp_path: Path) -> None:
    busy = town.recipe.busy
    host = town.copy(tmp_path / "host", busy)
    fork = town.fork(busy)
    simulation = simulation_folder(host, "posted")
    with on_a_terminal(by_command(host)) as child:
        open_simulation(child, fork, "posted")
        enter(child, "run 3")
        enter(child, "print current time")
        child.expect_exact("steps: ")
        environment = simulation / "environment" / f"{saved_step(simulation) + 3}.json"
        whole = environment.read_bytes()
        environment.write_bytes(whole[: len(whole) // 2])
        enter(child, "run 3")
        assert child.expect_exact(["Enter option: ", pexpect.TIMEOUT], timeout=1) == 1
        environment.write_bytes(whole)
        enter(child, "save")
        assert end(child) == 0
    outcome = compare(town.reference(busy, steps="3+3"), simulation)
    assert outcome.equal, outcome.first and outcome.first.render()

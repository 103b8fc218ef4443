"""A move that raises starts again from a clean copy; a move that always raises stops the run."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from compat_tests.live import assert_all_whole, step_numbers
from compat_tests.town import BACKEND, FRONTEND, Town, ga_ooo, run_arguments, saved_step
from ga_ooo.lab.verify.compare import compare

FAULT = """

_tries = []
_move = Persona.move


def _failing_move(persona, maze, personas, tile, time):
    moved = _move(persona, maze, personas, tile, time)
    # After the move: it has made all its changes, also to other personas.
    if persona.name == {name!r} and str(time) == {time!r}:
        _tries.append(time)
        if len(_tries) <= {times}:
            raise RuntimeError("no thought comes to mind")
    return moved


Persona.move = _failing_move
"""


def first_conversation(simulation: Path) -> tuple[str, int, datetime]:
    """The persona that begins the first conversation of a run, with the step and its game time.

    In a run without conversations, a persona that begins another action in the middle of the run.
    """
    before: dict[str, str] = {}
    changes = []
    for step in step_numbers(simulation / "movement"):
        movement = json.loads((simulation / "movement" / f"{step}.json").read_text())
        time = datetime.strptime(movement["meta"]["curr_time"], "%B %d, %Y, %H:%M:%S")
        for name, record in movement["persona"].items():
            if record["chat"]:
                return name, step, time
            if before.get(name, record["description"]) != record["description"]:
                changes.append((name, step, time))
            before[name] = record["description"]
    return changes[len(changes) // 2]


def break_move(host: Path, name: str, time: datetime, times: int) -> None:
    """Let the move of a persona at a game time raise, so many times."""
    persona_py = host / BACKEND / "persona" / "persona.py"
    fault = FAULT.format(name=name, time=str(time), times=times)
    persona_py.write_text(persona_py.read_text() + fault)


@pytest.fixture
def host(town: Town, tmp_path: Path) -> Path:
    """A separate copy of the host."""
    return town.copy(tmp_path / "host", town.recipe.stretches[0])


def test_a_transient_failure_leaves_no_trace(town: Town, host: Path) -> None:
    stretch = town.recipe.stretches[0]
    reference = town.reference(stretch)
    name, _, time = first_conversation(reference)
    break_move(host, name, time, times=3)
    where = ("--fork", town.fork(stretch), "--sim", "retried", "--steps", str(stretch.steps))
    # The fault counts its calls, and rehearsals of the move would count too.
    done = ga_ooo("run", host, *where, *run_arguments(0, 1), "--runahead", "0").expect()
    assert "3 moves retried" in done.output
    outcome = compare(reference, host / FRONTEND / "storage" / "retried")
    assert outcome.equal, outcome.first and outcome.first.render()


def test_a_permanent_failure_stops_at_a_consistent_saved_step(town: Town, host: Path) -> None:
    stretch = town.recipe.stretches[0]
    name, step, time = first_conversation(town.reference(stretch))
    first = saved_step(town.storage / town.fork(stretch))
    break_move(host, name, time, times=1000)
    where = ("--fork", town.fork(stretch), "--sim", "broken", "--steps", str(stretch.steps))
    done = ga_ooo("run", host, *where, *run_arguments(0, 1)).expect(5)
    assert f"{name} cannot take step {step}" in done.output
    assert "RuntimeError: no thought comes to mind" in done.output
    assert "4 attempts" in done.output and "remedy:" in done.output
    assert "Traceback" not in done.output
    simulation = host / FRONTEND / "storage" / "broken"
    stopped = saved_step(simulation)
    assert first < stopped <= step
    assert_all_whole(simulation)
    outcome = compare(town.reference(stretch, steps=str(stopped - first)), simulation)
    assert outcome.equal, outcome.first and outcome.first.render()


def test_game_time_of_a_step(town: Town) -> None:
    # If a fork computed game time differently, the two tests above would break another move.
    stretch = town.recipe.stretches[0]
    _, step, time = first_conversation(town.reference(stretch))
    meta = json.loads((town.storage / town.fork(stretch) / "reverie" / "meta.json").read_text())
    start = datetime.strptime(meta["curr_time"], "%B %d, %Y, %H:%M:%S")
    assert time == start + timedelta(seconds=meta["sec_per_step"]) * (step - meta["step"])

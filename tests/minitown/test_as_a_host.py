"""minitown behaves like the original: its own loop, its files, its commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.minitown.conftest import BACKEND, FRONTEND, copy_town

STEPS = 330
LOCKSTEP = f"""\
import json, os, random
random.seed(0)
import reverie
original_read = reverie.read_environment

def read(path):
    # The frontend: all personas are on the tiles of the last movement file.
    folder, step = path.rsplit("/environment/", 1)
    last = f"{{folder}}/movement/{{int(step[:-5]) - 1}}.json"
    if os.path.exists(last):
        moved = json.load(open(last))["persona"]
        at = {{name: dict(zip("xy", move["movement"])) for name, move in moved.items()}}
        json.dump(at, open(path, "w"))
    return original_read(path)

reverie.read_environment = read
server = reverie.ReverieServer("demo_minitown_n5", "run")
server.start_server({STEPS})
server.save()
reverie.read_environment(f"{{reverie.fs_storage}}/run/environment/{STEPS}.json")
"""


def run(town: Path, *arguments: str, answers: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=town / BACKEND,
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        input=answers,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The simulation folder after a run, and the output."""
    town = copy_town(tmp_path_factory.mktemp("run") / "minitown")
    output = run(town, "-c", LOCKSTEP)
    return town / FRONTEND / "storage" / "run", output


def test_a_run_writes_the_files_of_the_original(finished: tuple[Path, str]) -> None:
    folder, output = finished
    assert "FAIL SAFE" not in output
    assert "ERROR" not in output

    meta = read(folder / "reverie/meta.json")
    assert meta["fork_sim_code"] == "demo_minitown_n5"
    assert meta["step"] == STEPS
    assert meta["curr_time"] == "May 06, 2024, 12:25:00"
    steps = {int(path.stem) for path in (folder / "movement").iterdir()}
    assert steps == set(range(STEPS))

    movements = [read(folder / f"movement/{step}.json") for step in range(STEPS)]
    assert set(movements[0]) == {"persona", "meta"}
    assert set(movements[0]["persona"]) == set(meta["persona_names"])
    for before, after in pairwise(movements):
        for name, move in after["persona"].items():
            assert set(move) == {"movement", "pronunciatio", "description", "chat"}
            x, y = before["persona"][name]["movement"]
            assert abs(move["movement"][0] - x) + abs(move["movement"][1] - y) <= 1

    # The purpose of this town: personas meet at lunch, and both remember it.
    talks = {name for moved in movements for name, m in moved["persona"].items() if m["chat"]}
    assert len(talks) >= 2
    for name in talks:
        memory = folder / "personas" / name / "bootstrap_memory"
        assert (
            sum(minutes for _, minutes in read(memory / "scratch.json")["f_daily_schedule"]) == 1440
        )
        nodes = read(memory / "associative_memory/nodes.json").values()
        assert {"event", "thought", "chat"} == {node["type"] for node in nodes}


def test_a_saved_run_can_be_forked(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    town = folder.parents[3]
    resume = (
        "import reverie; server = reverie.ReverieServer('run', 'next');"
        "nora = server.personas['Nora Adler'];"
        "print(server.step, server.curr_time, len(nora.a_mem.id_to_node) > 0);"
        "server.start_server(1); print(server.step)"
    )
    lines = run(town, "-c", resume).splitlines()
    assert f"{STEPS} 2024-05-06 12:25:00 True" in lines
    assert lines[-1] == str(STEPS + 1)


def test_commands(town: Path) -> None:
    storage = town / FRONTEND / "storage"
    start = storage / "demo_minitown_n5/environment/0.json"
    (start.parent / "1.json").write_bytes(start.read_bytes())
    commands = [
        "demo_minitown_n5",
        "talk",
        "run 2",
        "print current time",
        "print persona schedule Nora Adler",
        "print tile event 2, 2",
        "print persona spatial memory Nora Adler",
        "print persona schedule Nobody Here",
        "call -- load history minitown/agent_history_init_n5.csv",
        "print persona associative memory (thought) Nora Adler",
        "call -- analysis Nora Adler",
        "What do you think of the summer fair?",
        "end_convo",
        "save",
        "fin",
    ]
    output = run(town, "reverie.py", answers="\n".join(commands) + "\n")
    assert "May 06, 2024, 11:30:20\nsteps: 2" in output
    assert "06:00 || sleeping" in output
    assert "Adler's house:Nora Adler's room:bed\", None, None, None)" in output
    assert "Nora Adler feels: You keep a stall at the summer fair" in output
    assert "Nora Adler: I would say it has to do with the summer fair." in output
    assert output.count("Error.") == 1  # the unknown persona
    assert read(storage / "talk/reverie/meta.json")["step"] == 2


def test_exit_leaves_nothing(town: Path) -> None:
    run(town, "reverie.py", answers="demo_minitown_n5\ngone\nexit\n")
    assert not (town / FRONTEND / "storage/gone").exists()

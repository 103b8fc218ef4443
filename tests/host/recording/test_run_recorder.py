"""The record of a real run: it says what the step files say, and it survives kill -9."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.verify.compare import compare
from ga_ooo.record import RecordReader, record_file
from ga_ooo.record.reader import Range
from ga_ooo.record.rows import Call

FORK = "demo_minitown_n5"
STORAGE = Path("environment/frontend_server/storage")
STEPS = 240
LATENCY = ("--latency", "0.02:0.01:0.0001", "--latency-seed", "3")
PEOPLE = 5


def start(host: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ga_ooo", *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONHASHSEED": "0",
            "GA_OOO_CONFIG": "",
            "XDG_STATE_HOME": str(host),
            "PYTHONPATH": str(host),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ga_ooo(host: Path, *arguments: object) -> str:
    process = start(host, *arguments)
    out, _ = process.communicate()
    assert process.returncode == 0, out
    return out


def begin(host: Path, name: str, *more: object) -> tuple[object, ...]:
    how = ("--steps", STEPS, "--checkpoint-every", 10)
    return ("run", host, "--fork", FORK, "--sim", name, *how, *LATENCY, *more)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minitown with a run ``day`` in virtual time that keeps its prompts."""
    root = tmp_path_factory.mktemp("host") / "minitown"
    ignored = shutil.ignore_patterns("__pycache__", "*_n25")
    shutil.copytree(data_folder("minitown"), root, ignore=ignored)
    ga_ooo(root, *begin(root, "day", "--clock", "virtual", "--with-prompts"))
    return root


@pytest.fixture
def day(host: Path) -> RecordReader:
    return RecordReader(record_file(host / STORAGE / "day"))


def movements(simulation: Path) -> dict[int, dict[str, Any]]:
    files = (simulation / "movement").glob("*.json")
    return {int(path.stem): json.loads(path.read_text())["persona"] for path in files}


def test_it_says_what_the_step_files_say(host: Path, day: RecordReader) -> None:
    moved = movements(host / STORAGE / "day")
    tiles = {(day.name(move.persona), move.step): [move.x, move.y] for move in day.moves()}
    assert tiles == {
        (name, step): record["movement"]
        for step, people in moved.items()
        for name, record in people.items()
    }
    for persona, name in enumerate(day.names):
        shown, changes = {}, {row.step: row for row in day.activities(Range(persona))}
        latest = changes[0]
        for step in range(STEPS):
            latest = changes.get(step, latest)
            shown[step] = (latest.pronunciatio, latest.description)
        assert shown == {
            step: (people[name]["pronunciatio"], people[name]["description"])
            for step, people in moved.items()
        }
    assert [row.step for row in day.steps()] == list(range(STEPS))
    assert day.next_step() == STEPS


def test_times_are_in_order(day: RecordReader) -> None:
    moves = {(move.persona, move.step): move for move in day.moves()}
    for (persona, step), move in moves.items():
        before = moves.get((persona, step - 1))
        assert move.reached_at == (before.committed_at if before else 0.0)
        assert move.reached_at <= move.issued_at <= move.completed_at <= move.committed_at
    for hold in day.holds():
        move = moves[hold.persona, hold.step]
        assert hold.blocker != hold.persona
        assert move.reached_at <= hold.began_at < hold.ended_at <= move.committed_at
        if hold.before == "issue":
            assert hold.ended_at <= move.issued_at
    for call in day.calls():
        move = moves[call.persona, call.step]
        assert move.issued_at <= call.asked_at <= call.answered_at <= move.completed_at
    retired = {row.step: row.retired_at for row in day.steps()}
    for move in moves.values():
        assert move.committed_at <= retired[move.step]


def test_calls_and_early_calls(host: Path, day: RecordReader) -> None:
    calls, early = list(day.calls()), list(day.early_calls())
    numbers = [*(row.call for row in calls), *(row.call for row in early)]
    assert len(set(numbers)) == len(numbers)
    sources = Counter(call.source for call in calls)
    assert sources["model"] and sources["early"]
    assert not sources["journal"]
    kinds = {row.call: row.kind for row in early}
    for call in calls:
        assert (call.early is not None) == (call.source == "early")
        if call.early is not None:
            assert kinds[call.early] == call.kind
        assert call.model
        assert call.tokens_in
        assert (call.partner is None) or call.partner != call.persona
    for number in numbers:
        texts = day.prompt(number)
        assert texts is not None
        assert texts.prompt
    assert all(row.at_step <= row.step for row in early)


def test_the_end_of_a_run(day: RecordReader) -> None:
    assert [process.first_step for process in day.processes()] == [0]
    assert {(row.step, row.hazard, row.kind) for row in day.latest()} == {(STEPS, None, None)}


def test_it_changes_no_result(host: Path) -> None:
    """And it can be switched off."""
    out = ga_ooo(host, *begin(host, "none", "--clock", "virtual", "--no-record"))
    assert "seconds" in out
    assert not record_file(host / STORAGE / "none").exists()
    assert compare(host / STORAGE / "day", host / STORAGE / "none").equal


def test_a_kill_loses_half_a_second(host: Path) -> None:
    """The record holds all that had retired half a second and one write before the kill."""
    simulation = host / STORAGE / "killed"
    # Slow enough that the kill meets it on the way.
    process = start(host, *begin(host, "killed", "--latency", "0.1:0:0"))
    while not (simulation / "movement" / "5.json").exists():
        assert process.poll() is None, process.stdout and process.stdout.read()
        time.sleep(0.01)
    time.sleep(1.1)
    process.kill()
    killed_at = time.time()
    process.communicate()
    durable = {
        int(path.stem)
        for path in (simulation / "movement").iterdir()
        if path.stat().st_mtime < killed_at - 1.0
    }
    with RecordReader(record_file(simulation)) as reader:
        assert durable <= {row.step for row in reader.steps()}
        assert len(list(reader.moves(Range(until=len(durable))))) == PEOPLE * len(durable)
        assert len(reader.latest()) == PEOPLE


KILLING = """
import os
import signal

from ga_ooo import hookimpl


@hookimpl
def ga_ooo_issued(persona, step):
    folder = {checkpoints!r}
    if os.path.isdir(folder) and any(name.isdigit() for name in os.listdir(folder)):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_right_after_a_checkpoint_leaves_no_gap(host: Path) -> None:
    """The run takes its steps in less time than passes between two writes of the record. Resumed,
    the record has each step once."""
    simulation = host / STORAGE / "gap"
    checkpoints = simulation / "ga_ooo" / "checkpoints"
    (host / "killing.py").write_text(KILLING.format(checkpoints=str(checkpoints)))
    process = start(host, *begin(host, "gap", "--clock", "virtual", "--plugin", "killing"))
    out, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, out
    (host / "killing.py").write_text("")
    begun = max(int(path.name) for path in checkpoints.iterdir() if path.name.isdigit())
    with RecordReader(record_file(simulation)) as reader:
        assert [row.step for row in reader.steps(Range(until=begun))] == list(range(begun))
    ga_ooo(host, "resume", host, "gap")
    assert compare(host / STORAGE / "day", simulation).equal
    with RecordReader(record_file(simulation)) as reader:
        assert [row.step for row in reader.steps()] == list(range(STEPS))
        assert len(list(reader.moves())) == PEOPLE * STEPS
        first, second = reader.processes()
        assert first.began_at == 0.0 < second.began_at
        assert second.first_step == begun
        committed = [move.committed_at for move in reader.moves(Range(first=begun))]
        assert min(committed) >= second.began_at
        calls = [key_of(call) for call in reader.calls()]
    with RecordReader(record_file(host / STORAGE / "day")) as day:
        assert sorted(calls) == sorted(key_of(call) for call in day.calls())


def key_of(call: Call) -> tuple[int, int, int, int]:
    """Each call has another one."""
    return call.persona, call.step, call.ordinal, call.attempt

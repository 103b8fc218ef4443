"""``ga-ooo bench``: every way runs and leaves the same bytes. A way with other bytes is reported, a
run that fails is named, and no files are left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.bench.running import Benchmark, Results, Timing, run_benchmark
from ga_ooo.lab.bench.table import table
from ga_ooo.lab.bench.ways import WAYS, in_turn
from ga_ooo.lab.verify.compare import compare
from ga_ooo.lab.verify.sides import VerifyRunError

FORK = "demo_minitown_n5"


def test_all_ways_leave_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ga_ooo", "bench", str(data_folder("minitown"))]
    done = subprocess.run(
        [*command, "--fork", FORK, "--steps", "2", "--latency", "0.002:0.0001:0", "--slots", "2"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 people, 2 steps" in done.stdout and "2 slots" in done.stdout
    rows = re.findall(r"^(\S+) +([\d.]+) +([\d.]+) +(\d+) .* yes$", done.stdout, re.MULTILINE)
    assert [name for name, *_ in rows] == [way.name for way in WAYS]
    calls = {name: int(calls) for name, _, _, calls in rows}
    assert 0 < calls["loop"] == calls["reach"] <= calls["runahead"]
    assert all(float(in_flight) > 0 for _, _, in_flight, _ in rows)
    started = re.findall(r"^(\S+)-1: ", done.stdout, re.MULTILINE)
    assert list(dict.fromkeys(started)) == [way.name for way in WAYS]
    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_is_named(tmp_path: Path) -> None:
    benchmark = Benchmark(locate(data_folder("minitown")), FORK, ["--steps", "none"], 1)
    with pytest.raises(VerifyRunError, match="the loop-1 run ended with exit code 2") as caught:
        run_benchmark(benchmark, tmp_path)
    assert "is not a number of steps" in str(caught.value)


def test_the_order_is_reversed() -> None:
    turns = [in_turn(WAYS, repeat) for repeat in range(3)]
    assert turns[0] == turns[2] == list(WAYS)
    assert turns[1] == list(reversed(WAYS))


def results() -> Results:
    """Two repeats; the machine is twice as fast in the second one."""
    seconds = {"loop": 8.0, "parallel-sync": 4.0, "reach": 5.0, "runahead": 2.0}
    return Results(
        {
            name: [Timing(took / speed, 1.5, 1000, 10, 0.25) for speed in (1, 2)]
            for name, took in seconds.items()
        }
    )


def test_ratios_compare_runs_of_the_same_repeat() -> None:
    assert results().ratios("runahead", "loop") == [4.0, 4.0]
    assert results().ratios("reach", "parallel-sync") == [0.8, 0.8]
    row = table(results()).splitlines()[4]
    assert row.split() == [
        *("runahead", "1.5", "(1.0-2.0)", "1.50", "10", "+0.0%", "0.2"),
        *("4.00", "(4.00-4.00)", "2.00", "(2.00-2.00)", "yes"),
    ]


def test_different_bytes_are_reported(tmp_path: Path) -> None:
    for name, text in (("loop", "1"), ("reach", "2")):
        (tmp_path / name / "movement").mkdir(parents=True)
        (tmp_path / name / "movement" / "3.json").write_text(text)
    found = results()
    found.comparisons["reach"] = [compare(tmp_path / "loop", tmp_path / "reach")]
    assert not found.equal and found.equal_of("runahead")
    said = table(found).splitlines()
    assert said[3].endswith(" NO") and said[4].endswith(" yes")
    assert said[5] == "reach: 1 of 1 files differ"
    assert said[6].startswith("first difference: movement/3.json (step 3")

"""``ga-ooo demo`` as users run it: both sides run, the bytes are the same, and no files are left.
Wrong options are refused. A side that fails is named, and the other side is stopped."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.lab.demo.race import Race, run_race
from ga_ooo.lab.verify.compare import compare
from ga_ooo.lab.verify.sides import VerifyRunError

_SIMULATION = Path("checkout/environment/frontend_server/storage/verify")
QUICK = ("--fork", "demo_minitown_n5", "--steps", "3")


def demo(temporary: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ga_ooo", "demo", *arguments],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_both_sides_run_and_leave_the_same_bytes(tmp_path: Path) -> None:
    temporary, kept = tmp_path / "tmp", tmp_path / "kept"
    temporary.mkdir()
    done = demo(temporary, *QUICK, "--keep", str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 people, 3 steps" in done.stdout
    found = re.search(
        r"same bytes: (\d+) files; [\d.]+ times faster \([\d.]+ s -> [\d.]+ s\), "
        r"[\d.]+ calls in flight",
        done.stdout,
    )
    assert found, done.stdout
    sides = [kept / name / _SIMULATION for name in ("lockstep", "out-of-order")]
    comparison = compare(*sides)
    assert comparison.equal
    assert int(found[1]) >= comparison.files > 30, "with files beside the simulation"
    assert {path.name for path in (sides[1] / "movement").iterdir()} == {
        f"{step}.json" for step in range(3)
    }
    assert not list(temporary.iterdir()), "nothing stays in the temporary folder"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--steps", "0"), "of 1 or more"),
        (("--fork", "demo_minitown_n6"), "demo_minitown_n6"),
        (("--keep", "."), "is not an empty folder"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, arguments: tuple[str, ...], problem: str
) -> None:
    done = demo(tmp_path, *arguments)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "remedy:" in done.stderr
    assert not list(tmp_path.iterdir())


def test_minitown_runs_from_where_a_wheel_puts_it(tmp_path: Path) -> None:
    installed = tmp_path / "site-packages" / "minitown"
    shutil.copytree(data_folder("minitown"), installed)
    race = Race(locate(installed), "demo_minitown_n5", 1, latency="0:0:0")
    result = run_race(race, tmp_path)
    assert result.verification.comparison.equal
    assert result.engine.calls > 0


def test_a_failing_side_is_named_with_its_output(tmp_path: Path) -> None:
    race = Race(locate(data_folder("minitown")), "demo_minitown_n5", 3, latency="0:-1:0")
    watched: list[str] = []
    with pytest.raises(VerifyRunError) as caught:
        run_race(race, tmp_path, lambda name, figures: watched.append(name))
    assert caught.value.side.exit_code == 2
    assert "seconds of 0 or more" in str(caught.value)
    assert watched == ["lockstep", "out-of-order"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_both_sides(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "ga_ooo", "demo"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # As on a terminal: a test in the background would ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while len(list(tmp_path.glob("ga-ooo-demo-*/*.json"))) < 2:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait() == 128 + number
    assert not list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)

"""``python reverie.py --ooo``: which arguments are ga_ooo's, and which are the fork's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.cli.flag import split_arguments
from tests.cli.conftest import FORK, STORAGE, Command

ROOT = Path(__file__).parents[2]
MAIN = """if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--origin")
    parser.add_argument("--target")
    parser.add_argument("--steps", type=int)
    given = parser.parse_args()
    rs = ReverieServer(given.origin, given.target)
    rs.start_server(given.steps, HEADLESS)
    rs.save()
"""


@pytest.mark.parametrize(
    ("given", "reads", "ours", "forks"),
    [
        (["--ooo"], False, [], []),
        (["--seed", "1", "--ooo"], False, ["--seed", "1"], []),
        (["--ooo", "--seed", "1"], True, [], ["--seed", "1"]),
        (["--origin", "a", "--ooo"], True, [], ["--origin", "a"]),
        (["--ooo", "--seed", "1", "--", "--seed", "2"], True, ["--seed", "1"], ["--seed", "2"]),
        (["--ooo", "--seed", "1", "--", "x"], False, ["--seed", "1"], ["x"]),
    ],
)
def test_whose_arguments(given: list[str], reads: bool, ours: list[str], forks: list[str]) -> None:
    assert split_arguments(given, reads_arguments=reads) == (ours, forks)


@pytest.fixture
def fork(host: Path, ga_ooo: Command) -> Path:
    """A host whose main block takes arguments, and whose ``start_server`` has a parameter more."""
    reverie = host / "reverie/backend_server/reverie.py"
    text = reverie.read_text()
    begin = text.index("if __name__ ==")
    parameters = "def start_server(self, int_counter"
    assert text.count(parameters) == 1
    text = text[:begin].replace(parameters, f"{parameters}, headless=False, pace=1") + MAIN
    reverie.write_text(text.replace("HEADLESS", "headless=True"))
    assert ga_ooo("patch", host).code == 0
    return reverie


def run(reverie: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(reverie), "--ooo", *arguments],
        cwd=reverie.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_a_fork_gets_its_own_arguments(host: Path, fork: Path) -> None:
    own = ["--origin", FORK, "--steps", "2", "--target"]
    done = run(fork, *own, "one")
    assert done.returncode == 0, done.stderr
    done = run(fork, "--seed", "3", "--", *own, "two")
    assert done.returncode == 0, done.stderr
    for name in ("one", "two"):
        assert (host / STORAGE / name / "movement/1.json").is_file()
    done = run(fork, "--nonsense")
    assert done.returncode == 2 and "reverie.py: error: unrecognized arguments" in done.stderr


def test_a_parameter_that_the_engine_does_not_know(host: Path, fork: Path) -> None:
    fork.write_text(fork.read_text().replace("headless=True)", "pace=2)"))
    done = run(fork, "--origin", FORK, "--steps", "2", "--target", "one")
    assert done.returncode == 3, done.stderr
    assert "start_server was called with pace=2" in done.stderr
    assert "Traceback" not in done.stderr

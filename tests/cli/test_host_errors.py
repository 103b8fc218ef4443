"""Errors of host code: file and line, the host's own traceback in a file, and none of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import FORK, STORAGE

ROOT = Path(__file__).parents[2]
BACKEND = Path("reverie/backend_server")
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(host: Path, tmp_path: Path) -> Run:
    """Run ``ga-ooo`` on the host in a process of its own; returns exit code and errors."""

    def ga_ooo(*arguments: str, feed: str = "") -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "ga_ooo", arguments[0], str(host), *arguments[1:]],
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / "state")},
            input=feed,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr

    return ga_ooo


def insert(path: Path, anchor: str, line: str) -> int:
    """Insert a line before the first one that contains the anchor; returns its number."""
    lines = path.read_text().splitlines()
    at = next(number for number, text in enumerate(lines) if anchor in text)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    path.write_text("\n".join([*lines[:at], indent + line, *lines[at:]]) + "\n")
    return at + 1


def new(name: str) -> tuple[str, ...]:
    return ("--fork", FORK, "--sim", name, "--steps", "3")


def assert_the_hosts_own(file: Path, last: str) -> None:
    text = file.read_text()
    assert text.startswith("Traceback") and text.endswith(f"{last}\n")
    assert "ga_ooo/engine" not in text and "ga_ooo/host" not in text


def test_in_the_constructor(host: Path, run: Run, tmp_path: Path) -> None:
    reverie = host / BACKEND / "reverie.py"
    line = insert(reverie, "self.personas = ", "raise KeyError('mood')")
    code, said = run("run", *new("one"))
    assert code == 3
    assert f"the host failed while it opened the scenario {FORK!r}: KeyError: 'mood'" in said
    assert f"{reverie}, line {line}" in said
    assert not (host / STORAGE / "one").exists(), "the name is free for the next try"
    assert_the_hosts_own(tmp_path / "state/ga-ooo/host_errors/constructor.txt", "KeyError: 'mood'")


def test_in_a_move(host: Path, run: Run) -> None:
    persona = host / BACKEND / "persona/persona.py"
    line = insert(persona, "self.scratch.curr_tile = ", "raise ValueError('no thought')")
    kept = host / STORAGE / "one" / "ga_ooo" / "host_error.txt"
    code, said = run("run", *new("one"))
    assert code == 5
    assert "cannot take step" in said and f"at: {persona}, line {line}" in said
    assert "--changed-host" in said and str(kept) in said
    assert_the_hosts_own(kept, "ValueError: no thought")
    code, said = run("run", "--mode", "lockstep", *new("two"))
    assert code == 5
    assert "the host failed while its own loop took steps: ValueError: no thought" in said
    assert f"{persona}, line {line}" in said


def test_in_the_main_block(host: Path, run: Run) -> None:
    reverie = host / BACKEND / "reverie.py"
    reverie.write_text(reverie.read_text() + "    rs.no_such_thing()\n")
    code, said = run("reverie", feed=f"{FORK}\none\nfin\n")
    assert code == 5
    assert "the host failed while its main block ran: AttributeError" in said
    assert f"at: {reverie}, line " in said


def test_a_constructor_with_more_parameters(host: Path, run: Run) -> None:
    reverie = host / BACKEND / "reverie.py"
    text = reverie.read_text()
    old = "def __init__(self, fork_sim_code, sim_code"
    swapped = "def __init__(self, sim_code, fork_sim_code, speed=1"
    reverie.write_text(text.replace(old, swapped))
    code, said = run("run", *new("one"))
    assert code == 0, said
    reverie.write_text(text.replace(old, f"{old}, speed"))
    code, said = run("run", *new("two"))
    assert code == 3 and "the constructor of ReverieServer needs speed" in said

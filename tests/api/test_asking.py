"""``ga-ooo ask``: the host's own interview, which leaves the simulation as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ga_ooo.api.asking import copy_state
from ga_ooo.disk import DISK
from ga_ooo.errors import UsageError
from ga_ooo.host.durable.resumable import lock_run
from tests.cli.conftest import FORK, STORAGE, everything, make_host
from tests.cli.test_run_command import run


def ask(host: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ga_ooo", "ask", str(host), *arguments],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        cwd=host,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_two_questions_to_a_running_simulation(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    done = run(host, "--fork", FORK, "--sim", "day", "--steps", "2")
    assert done.returncode == 0, done.stderr
    before = everything(host)
    # Another process runs the simulation, as far as anybody can see.
    lock = lock_run(host / STORAGE / "day")
    try:
        asked = ask(host, "day", "--persona", "Nora Adler", "What do you do?", "\x1b[31mAnd now?")
    finally:
        lock.release()
    assert asked.returncode == 0, asked.stderr
    lines = asked.stdout.splitlines()
    assert lines[0] == "Interviewer: What do you do?"
    assert lines[1].startswith("Nora Adler: ") and "says nothing" not in lines[1]
    assert lines[3] == "Interviewer: \\x1b[31mAnd now?"
    after = everything(host)
    assert {name for name in after if before.get(name) != after[name]} <= {
        name for name in after if "__pycache__" in name
    }
    assert before.keys() <= after.keys()


def test_a_host_without_an_interview(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    persona = host / "reverie" / "backend_server" / "persona" / "persona.py"
    persona.write_text(persona.read_text().replace("def open_convo_session", "def other_name"))
    asked = ask(host, FORK, "--persona", "Nora Adler", "What do you do?")
    assert asked.returncode == 3, asked.stderr
    assert "this host has no interview" in asked.stderr and "Traceback" not in asked.stderr


def test_a_run_without_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = make_host(tmp_path)
    simulation = host / STORAGE / "taken"
    (simulation / "ga_ooo").mkdir()
    (simulation / "ga_ooo" / "run.json").write_text("{}")
    monkeypatch.setattr("ga_ooo.api.asking.read_record", lambda _: _Record())
    lock = lock_run(simulation)
    try:
        with pytest.raises(UsageError, match="has no checkpoint yet"):
            copy_state(simulation, tmp_path / "copy")
    finally:
        lock.release()
    assert not DISK.is_folder(tmp_path / "copy")
    copy_state(simulation, tmp_path / "copy")
    assert (tmp_path / "copy" / "reverie" / "meta.json").is_file()
    assert not (tmp_path / "copy" / "ga_ooo").exists()


class _Record:
    def digest(self) -> str:
        return "0"

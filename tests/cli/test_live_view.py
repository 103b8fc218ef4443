"""What a user sees of ``ga-ooo run``: on a real pseudo-terminal, in a pipe, and as JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pyte

from tests.cli.conftest import FORK, STORAGE

VIRTUAL = ("--clock", "virtual", "--latency", "0.05:0.02:0.0001")


def command(host: Path, *arguments: str) -> list[str]:
    given = ["--fork", FORK, "--sim", "new", *arguments]
    return [sys.executable, "-m", "ga_ooo", "run", str(host), *given]


def piped(host: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(host, *arguments), capture_output=True, text=True, timeout=120, check=False
    )


class Session:
    """A command on a pseudo-terminal, and the screen that its user sees."""

    def __init__(self, arguments: list[str], columns: int, **environment: str) -> None:
        self.screen = pyte.Screen(columns, 30)
        self.written = ""
        self._stream = pyte.Stream(self.screen)
        self.process = pexpect.spawn(
            arguments[0],
            arguments[1:],
            env={**os.environ, "TERM": "xterm-256color", **environment},
            dimensions=(30, columns),
            encoding="utf-8",
            timeout=120,
        )

    def read_until(self, pattern: str) -> None:
        """Read until some line of the screen matches."""
        while not any(re.search(pattern, line) for line in self.screen.display):
            self._read()

    def read_to_the_end(self) -> int:
        """Read all output; returns the exit code."""
        while True:
            try:
                self._read()
            except pexpect.EOF:
                self.process.close()
                return self.process.exitstatus or 0

    def resize(self, columns: int) -> None:
        self.screen.resize(30, columns)
        self.process.setwinsize(30, columns)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).strip()

    def _read(self) -> None:
        text = self.process.read_nonblocking(4096, timeout=120)
        self.written += text
        self._stream.feed(text)


def test_ctrl_c_on_a_terminal_that_changes_its_size(host: Path) -> None:
    """The view is there while the model answers slowly, and is gone at the end."""
    slow = ("--steps", "500", "--latency", "0.3:0:0", "--runahead", "0")
    session = Session(command(host, *slow), 100)
    session.read_until(r"step \d+ of 500")
    session.read_until(r"behind +\w+.* asks the model")
    session.resize(80)
    session.read_until(r"calls +[1-9]")
    session.process.sendintr()
    assert session.read_to_the_end() == 5
    for left in ("behind", "in flight  ·", "━", "─"):
        assert left not in session.text, session.text
    assert "saved: " in session.text
    # The path is longer than the terminal is wide.
    assert f"ga-ooo resume {host} new" in session.text.replace("\n", "")
    assert "?25l" not in session.written, "the cursor is never hidden"


def test_a_terminal_that_cannot_be_redrawn_gets_lines(host: Path) -> None:
    session = Session(command(host, "--steps", "3", *VIRTUAL), 80, TERM="dumb")
    assert session.read_to_the_end() == 0
    assert "\x1b" not in session.written
    assert "importing the host ..." in session.written and "3 of 3 steps" in session.written


def test_a_pipe_gets_lines_from_the_start(host: Path) -> None:
    done = piped(host, "--steps", "3", *VIRTUAL)
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "starting ..."
    # The view looks several times a second, so short work may pass between two looks.
    assert any(line.endswith(" ...") for line in lines[1:])
    assert f"saved: {host / STORAGE / 'new'}" in lines
    assert "game time May 06, 2024, 11:30:00 to May 06, 2024, 11:30:30, 3 of 3 steps" in lines
    assert f"    ga-ooo resume {host} new --steps 6" in lines
    assert "\x1b" not in done.stdout


def test_json_events_of_a_run(host: Path) -> None:
    done = piped(host, "--steps", "3", "--json", *VIRTUAL)
    assert done.returncode == 0 and done.stderr == ""
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert {event["event"] for event in events} == {"message", "progress", "end"}
    end = events[-1]
    assert (end["event"], end["state"], end["error"]) == ("end", "ended", None)
    assert end["simulation"] == str(host / STORAGE / "new")
    assert end["figures"]["done"] == end["figures"]["total"] == 3 and end["figures"]["ended"]
    assert len(end["next"]) == 3
    again = piped(host, "--steps", "3", "--json", *VIRTUAL)
    assert again.returncode == 2 and "new" in again.stderr


def test_quiet_says_nothing(host: Path) -> None:
    done = piped(host, "--steps", "3", "--quiet", *VIRTUAL)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (host / STORAGE / "new" / "movement" / "2.json").is_file()

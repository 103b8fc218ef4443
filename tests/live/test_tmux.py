"""The live view of a run in a real terminal emulator, which changes its size meanwhile."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from ga_ooo.host.checkout.shipped import data_folder

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

COLOUR: Final = re.compile(r"\x1b\[[\d;]*3\d")
FIGURES: Final = ("step ", "speed", "calls")


class Tmux:
    """A server of tmux with one window, in which a run shows how far it is."""

    def __init__(self, folder: Path, steps: int, **variables: str) -> None:
        self._socket = str(folder / "tmux.sock")
        root = folder / "minitown"
        ignored = shutil.ignore_patterns("__pycache__", "*_n25")
        shutil.copytree(data_folder("minitown"), root, ignore=ignored)
        command = [sys.executable, "-m", "ga_ooo", "run", root, "--fork", "demo_minitown_n5"]
        command += ["--sim", "day", "--steps", steps, "--latency", "0.4"]
        pairs = [f"{name}={value}" for name, value in {"GA_OOO_CONFIG": "", **variables}.items()]
        line = " ".join(["env", *pairs, *map(str, command)])
        # The shell stays, so that what the view leaves behind can be seen.
        self._tmux("new-session", "-d", "-x", "80", "-y", "30", f"{line}; echo 'the end'; sleep 60")

    def resize(self, columns: int) -> None:
        """Change the width of the window."""
        self._tmux("resize-window", "-x", str(columns), "-y", "30")

    def shown(self, *options: str) -> list[str]:
        """The lines of the window, with wrapped ones joined."""
        text = self._tmux("capture-pane", "-p", "-J", *options)
        return [line.rstrip() for line in text.split("\n")]

    def until(self, condition: Callable[[str], object], *options: str) -> list[str]:
        """The lines, once they fulfil a condition."""
        for _ in range(600):
            lines = self.shown(*options)
            if condition("\n".join(lines)):
                return lines
            time.sleep(0.1)
        raise AssertionError("\n".join(lines))

    def close(self) -> None:
        """End everything in it."""
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", os.devnull, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def tmux(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Tmux]:
    steps, variables = request.param
    found = Tmux(tmp_path, steps, **variables)
    yield found
    found.close()


@pytest.mark.parametrize("tmux", [(40, {})], indirect=True)
def test_widths_and_the_end(tmux: Tmux) -> None:
    """No line is wider than the window, there is one frame, and the end leaves a clean line."""
    tmux.until(lambda text: all(word in text for word in FIGURES))
    for columns in (120, 200, 80):
        tmux.resize(columns)
        # The view notices the new size with its next frame.
        time.sleep(0.7)
        lines = tmux.shown()
        assert max(map(len, lines)) <= columns, lines
        assert sum(line.startswith("calls") for line in lines) <= 1, lines
        if any(line.startswith("calls") for line in lines):
            assert COLOUR.search("\n".join(tmux.shown("-e")))
    lines = tmux.until(lambda text: "the end" in text)
    assert "the end" in lines, "the summary ends with a line end"
    assert sum(line.startswith("behind") for line in lines) == 0, "no part of the view is left"


@pytest.mark.parametrize("tmux", [(4, {"NO_COLOR": "1"}), (4, {"TERM": "dumb"})], indirect=True)
def test_without_colours(tmux: Tmux) -> None:
    lines = tmux.until(lambda text: "the end" in text, "-e")
    assert not COLOUR.search("\n".join(lines)), lines

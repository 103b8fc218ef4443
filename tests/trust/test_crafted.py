"""Simulations that somebody has crafted: none runs code, none reaches outside, and each ends in one
message.

By default a sample, the same each time. ``GA_OOO_CRAFTED=1000`` tries a thousand of them, which
takes some minutes, and ``GA_OOO_CRAFTED=0`` all that exist.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests.cli.conftest import FORK, STORAGE
from tests.minitown.conftest import MINITOWN
from tests.trust.test_handed_on import ga_ooo
from tests.trust.watching import ROOT, Watch

PARTS: Final = 2
CRAFTED: Final = int(os.environ.get("GA_OOO_CRAFTED", "120"))
DEEP: Final = CRAFTED // 12
"""So many of the folders are read by host code, which takes half a second each."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A host, and apart from it the sound simulation from which all others are made."""
    folder = tmp_path_factory.mktemp("crafted")
    shutil.copytree(MINITOWN, folder / "host")
    (folder / "ga-ooo.toml").write_text("[journal]\nkeep = true\n")
    done = ga_ooo(
        *("run", "host", "--fork", FORK, "--sim", "sim", "--steps", 6, "--checkpoint-every", 3),
        cwd=folder,
        state=folder / "state",
    )
    assert done.returncode == 0, done.stderr
    (folder / "host" / STORAGE / "sim").rename(folder / "sound")
    return folder


def watch(folder: Path, part: int) -> list[Any]:
    """The lines that one process has printed."""
    command = ["tests.trust.watching", folder, part, PARTS, CRAFTED, DEEP]
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_no_crafted_simulation_does_harm(folder: Path) -> None:
    with ThreadPoolExecutor(PARTS) as pool:
        parts = list(pool.map(lambda part: watch(folder, part), range(PARTS)))
    assert [line for lines in parts for line in lines[:-1]] == []
    assert sum(lines[-1] for lines in parts) >= CRAFTED


def test_the_watch_sees_what_it_is_for(tmp_path: Path) -> None:
    simulation = tmp_path / "sim"
    outside = tmp_path / "outside"
    for folder in (simulation, outside):
        folder.mkdir()
    (simulation / "link").symlink_to(outside / "secret")
    watch = Watch(tmp_path, simulation)
    harmless: list[tuple[str, tuple[Any, ...]]] = [
        ("open", (str(simulation / "file"), "w", os.O_WRONLY)),
        ("open", (os.__file__, "r", os.O_RDONLY)),
        ("exec", (compile("1", str(tmp_path / "host.py"), "exec"),)),
        ("os.rename", (str(simulation / "a"), str(simulation / "b"), -1, -1)),
    ]
    for event, arguments in harmless:
        watch(event, arguments)
    assert watch.seen == []
    harmful: list[tuple[str, tuple[Any, ...]]] = [
        ("open", ("/etc/passwd", "r", os.O_RDONLY)),
        ("open", (str(simulation / "link"), "r", os.O_RDONLY)),
        ("open", (os.__file__, "w", os.O_WRONLY)),
        ("exec", (compile("1", str(simulation / "evil.py"), "exec"),)),
        ("subprocess.Popen", ("sh", [], None, None)),
        ("socket.connect", (None, ("example.org", 80))),
        ("os.remove", ("/etc/passwd", -1)),
        ("pickle.find_class", ("os", "system")),
    ]
    for number, (event, arguments) in enumerate(harmful, 1):
        watch(event, arguments)
        assert len(watch.seen) == number, event

"""A host of one's own, and scripts that use the public names."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from ga_ooo.host.checkout.shipped import data_folder

FORK = "demo_minitown_n5"
STORAGE = Path("environment/frontend_server/storage")
ROOT = Path(__file__).parents[2]

Script = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A copy of minitown with its small scenarios."""
    root = tmp_path / "minitown"
    shutil.copytree(
        data_folder("minitown"), root, ignore=shutil.ignore_patterns("__pycache__", "*_n25")
    )
    return root


@pytest.fixture
def script(host: Path) -> Script:
    """Starts a Python script, as a user would: no hash seed is set, and ``host`` is the town."""

    def start(source: str, **environment: str) -> subprocess.Popen[str]:
        inherited = {name: text for name, text in os.environ.items() if name != "PYTHONHASHSEED"}
        begin = f"import ga_ooo\nhost, fork = {str(host)!r}, {FORK!r}\n"
        return subprocess.Popen(
            [sys.executable, "-c", begin + dedent(source)],
            env={**inherited, "PYTHONPATH": str(ROOT), **environment},
            cwd=host.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As at a terminal, even where this test runs in the background, which ignores SIGINT.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    return start


def output(process: subprocess.Popen[str]) -> str:
    """What a script prints; it must end well."""
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return out

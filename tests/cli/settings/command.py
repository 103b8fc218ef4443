"""The command ``ga-ooo`` as users run it: a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
FORK = "demo_minitown_n5"


def copy_minitown(folder: Path) -> Path:
    """A host for one test."""
    host = folder / "minitown"
    shutil.copytree(ROOT / "examples" / "minitown", host)
    return host


def simulation(host: Path, name: str) -> Path:
    """Where a simulation is saved."""
    return host / "environment" / "frontend_server" / "storage" / name


def command(*arguments: object) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "ga_ooo", *map(str, arguments)]


def run(
    *arguments: object, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; only the configuration files of ``cwd`` have an effect."""
    outside = {name: text for name, text in os.environ.items() if name != "GA_OOO_CONFIG"}
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        # With a hash seed it need not start itself over.
        env={**outside, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", **(environment or {})},
        capture_output=True,
        text=True,
    )

"""Short runs of minitown in processes of their own, with plugins on their path."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.host.checkout.shipped import data_folder

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin_town_square"
FORK = "demo_minitown_n5"
STEPS = 12
SCENARIOS = Path("environment/frontend_server/storage")


@dataclass(frozen=True)
class Run:
    """One run of ``ga-ooo run``."""

    code: int
    said: str
    simulation: Path

    @property
    def steps(self) -> int:
        """Steps that the saved simulation has taken."""
        meta: dict[str, Any] = json.loads((self.simulation / "reverie" / "meta.json").read_text())
        return int(meta["step"])

    @property
    def calls(self) -> int:
        """Model calls, as printed."""
        found = re.search(r"([\d,]+) model calls", self.said)
        assert found, self.said
        return int(found[1].replace(",", ""))


class Town:
    """Runs minitown, each time in another storage."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def run(self, *arguments: str, path: Path | None = None, **environment: str) -> Run:
        """Take :data:`STEPS` steps.

        Args:
            arguments: further ones of ``ga-ooo run``.
            path: put on PYTHONPATH.
            environment: further variables.
        """
        self._count += 1
        work = self._folder / str(self._count)
        town = data_folder("minitown")
        shutil.copytree(town / SCENARIOS / FORK, work / "storage" / FORK)
        (work / "temp").mkdir()
        command = [sys.executable, "-m", "ga_ooo", "run", str(town), "--fork", FORK]
        command += ["--sim", "sim", "--steps", str(STEPS), "--clock", "virtual"]
        command += ["--latency", "0.05:0.02:0.0001", "--storage", str(work / "storage")]
        command += ["--temp-storage", str(work / "temp"), *arguments]
        variables = {**os.environ, "PYTHONHASHSEED": "0", **environment}
        if path is not None:
            variables["PYTHONPATH"] = str(path)
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        return Run(done.returncode, done.stdout + done.stderr, work / "storage" / "sim")


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("towns"))


@pytest.fixture(scope="session")
def plain(town: Town) -> Run:
    """A run without any plugin but the built-in one."""
    run = town.run()
    assert run.code == 0, run.said
    return run


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example plugin as pip installs it, in a folder to put on PYTHONPATH."""
    work = tmp_path_factory.mktemp("installed")
    source = shutil.copytree(EXAMPLE, work / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--target", str(work / "site"), str(source)]
    if find_spec("hatchling"):
        # No need to fetch what is here.
        command.append("--no-build-isolation")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return work / "site"

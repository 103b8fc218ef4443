"""A copy of a host, and the simulations that tests run in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from compat_tests.recipes import Recipe, Stretch
from tests.hosts import copy_host

FRONTEND: Final = Path("environment/frontend_server")
BACKEND: Final = Path("reverie/backend_server")
LATENCY: Final = ("--clock", "virtual", "--latency", "0.05:0.02:0.0001", "--latency-seed")
WHOLE_DAYS: Final = os.environ.get("GA_OOO_LONG") == "1"
TIMEOUT: Final = 6 * 3600 if WHOLE_DAYS else 900
"""Seconds after which a child process is killed and the test fails."""


def environment(**more: str) -> dict[str, str]:
    """Environment of a child: that of this process, with a fixed hash seed and without bytecode."""
    inherited = {name: text for name, text in os.environ.items() if name != "GA_OOO_CONFIG"}
    return {**inherited, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **more}


def command(*arguments: str | Path) -> list[str]:
    """The command line of ``ga-ooo`` with these arguments."""
    return [sys.executable, "-m", "ga_ooo", *map(str, arguments)]


@dataclass(frozen=True)
class Done:
    """A child process that has ended."""

    code: int
    output: str

    def expect(self, code: int = 0) -> Done:
        """Fail with the output unless the process ended with this exit code."""
        assert self.code == code, f"exit code {self.code} instead of {code}:\n{self.output}"
        return self


def ga_ooo(*arguments: str | Path, **more: str) -> Done:
    """Run ``ga-ooo`` until it ends."""
    done = subprocess.run(
        command(*arguments),
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return Done(done.returncode, done.stdout)


def copy_of(source: Path, target: Path) -> Path:
    """A copy that can be run and changed: backend, base and demo scenarios and map, no pictures."""
    copy_host(source, target)
    for demo in (source / FRONTEND / "storage").glob("demo_*"):
        shutil.copytree(demo, target / FRONTEND / "storage" / demo.name)
    return target


def saved_step(simulation: Path) -> int:
    """The step at which a simulation was saved."""
    meta = json.loads((simulation / "reverie" / "meta.json").read_text())
    step: int = meta["step"]
    return step


@dataclass
class Town:
    """A copy of a host. Each simulation is run once, in the background, with its own name.

    Attributes:
        recipe: the recipe of the host.
        source: the host, which must not change.
        root: the copy.
        pool: runs the child processes in the order of submission; saved simulations rely on that.
    """

    recipe: Recipe
    source: Path
    root: Path
    pool: ThreadPoolExecutor
    _runs: dict[str, Future[Done]] = field(default_factory=dict)

    @property
    def storage(self) -> Path:
        """Folder of simulations."""
        return self.root / FRONTEND / "storage"

    def prepare(self, stretch: Stretch) -> str:
        """Start to save the scenario that a stretch is forked from; returns its name."""
        if not stretch.after:
            return stretch.scenario
        name = f"{stretch.scenario}-at-{stretch.after}"
        self._once(name, lambda: self._save_at(stretch, name))
        return name

    def run(self, stretch: Stretch, name: str, *arguments: str, steps: str = "") -> Future[Done]:
        """Start to run a stretch as the simulation ``name``, unless another test has started it."""
        fork = self.prepare(stretch)

        def work() -> Done:
            if fork in self._runs:
                self._runs[fork].result().expect()
            return self._run(fork, name, steps or str(stretch.steps), *arguments)

        return self._once(name, work)

    def lockstep(self, stretch: Stretch, seed: int, steps: str = "") -> Future[Done]:
        """Start the host's own loop; the simulation is that of :meth:`reference`."""
        name = self._reference_name(stretch, seed, steps)
        return self.run(stretch, name, "--mode", "lockstep", "--seed", str(seed), steps=steps)

    def reference(self, stretch: Stretch, seed: int = 0, steps: str = "") -> Path:
        """Folder of the simulation of the host's own loop; waits for it."""
        self.lockstep(stretch, seed, steps).result().expect()
        return self.storage / self._reference_name(stretch, seed, steps)

    def fork(self, stretch: Stretch) -> str:
        """Name of the scenario to fork for a stretch; waits until it is saved."""
        fork = self.prepare(stretch)
        if fork in self._runs:
            self._runs[fork].result().expect()
        return fork

    def copy(self, target: Path, stretch: Stretch) -> Path:
        """Another copy of the host, for one test, with the scenario to fork for a stretch."""
        fork = self.fork(stretch)
        copy_of(self.source, target)
        scenario = target / FRONTEND / "storage" / fork
        if not scenario.exists():
            shutil.copytree(self.storage / fork, scenario)
        return target

    def _once(self, name: str, work: Callable[[], Done]) -> Future[Done]:
        if name not in self._runs:
            self._runs[name] = self.pool.submit(work)
        return self._runs[name]

    def _save_at(self, stretch: Stretch, name: str) -> Done:
        """Run and save a scenario, and keep only the files that a fork needs."""
        done = self._run(stretch.scenario, name, str(stretch.after), "--seed", "0", *LATENCY, "0")
        shutil.rmtree(self.storage / name / "movement")
        for file in (self.storage / name / "environment").iterdir():
            if file.name != f"{stretch.after}.json":
                file.unlink()
        return done

    def _run(self, fork: str, name: str, steps: str, *arguments: str) -> Done:
        named = ("--fork", fork, "--sim", name, "--steps", steps)
        return ga_ooo("run", self.root, *named, *arguments)

    def _reference_name(self, stretch: Stretch, seed: int, steps: str) -> str:
        runs = (steps or str(stretch.steps)).split("+")
        name = f"{stretch.scenario}-{stretch.after}-lockstep-{runs[0]}"
        return f"{name}-{len(runs)}-{runs[-1]}-seed{seed}"


def run_arguments(seed: int, latency_seed: int) -> Sequence[str]:
    """Arguments of a run whose calls complete in the order of a latency seed."""
    return ("--seed", str(seed), *LATENCY, str(latency_seed))

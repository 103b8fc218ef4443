"""Whole runs of minitown with faulty servers, and the outcome of every call.

All figures come from outside the run: from the proxies that forward its requests, and from its
journal.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.shipped import data_folder
from tests.faults.proxy import FaultPlan

ROOT: Final = Path(__file__).parents[2]
SCENARIO: Final = "demo_minitown_n5"
STEPS: Final = 240
SIMULATION: Final = "run"
MODEL: Final = "scripted"
PATIENCE_S: Final = 900
"""Seconds after which a run is given up."""

CONFIG: Final = """
[model]
structured_outputs = false
attempt_deadline_s = {deadline_s}
[retry]
base_s = 0.05
most_s = 0.5
[router]
interval_s = 0.5
recheck_s = 0.2
most_recheck_s = 1
give_up_after_s = 120
"""
ENDPOINT: Final = """
[[model.endpoints]]
url = "{url}"
kinds = ["chat", "completion", "embedding"]
name = "{name}"
embedding_name = "{name}"
"""


@dataclass(frozen=True)
class Journal:
    """The journal of a run.

    Attributes:
        asked: keys and fingerprints of the calls, and fingerprints of the embedded texts.
        answers: number of answers that were requested and stored.
        again: attempts beyond the first of each call.
    """

    asked: frozenset[tuple[object, ...]]
    answers: int
    again: int


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        code: its exit code.
        output: what it printed.
        errors: its warnings.
        folder: of its simulation.
    """

    code: int
    output: str
    errors: str
    folder: Path

    def figure(self, name: str) -> int:
        """The number before ``name`` in the summary."""
        found = re.search(rf"([\d,]+) {name}", self.output)
        assert found, self.output
        return int(found[1].replace(",", ""))

    def journal(self) -> Journal:
        """The journal of the run."""
        calls = "SELECT persona, step, attempt, ordinal, fingerprint FROM calls"
        embedded = "SELECT fingerprint FROM embeddings"
        counts = (
            "SELECT count(*), sum(attempts - 1) FROM (SELECT attempts FROM calls "
            "WHERE answer IS NOT NULL UNION ALL SELECT attempts FROM embeddings)"
        )
        with closing(sqlite3.connect(self.folder / "ga_ooo" / "journal.sqlite")) as connection:
            asked = [*connection.execute(calls), *connection.execute(embedded)]
            [(answers, again)] = connection.execute(counts)
        return Journal(frozenset(asked), answers, again)


async def run_against(
    urls: Sequence[str], folder: Path, *, name: str = MODEL, deadline_s: float = 120
) -> Run:
    """Run minitown against these servers, as users do.

    Args:
        urls: base URLs.
        folder: new; for configuration, simulations and output.
        name: served model.
        deadline_s: seconds for one attempt at a call.
    """
    storage, temporary = folder / "storage", folder / "temp_storage"
    temporary.mkdir(parents=True)
    town = data_folder("minitown")
    shutil.copytree(town / "environment/frontend_server/storage" / SCENARIO, storage / SCENARIO)
    config = folder / "ga-ooo.toml"
    endpoints = "".join(ENDPOINT.format(url=url, name=name) for url in urls)
    config.write_text(CONFIG.format(deadline_s=deadline_s) + endpoints, encoding="utf-8")
    command = ["-m", "ga_ooo", "run", town, "--fork", SCENARIO, "--sim", SIMULATION]
    # Calls are counted, so no rehearsal may make further ones.
    command += ["--steps", str(STEPS), "--config", config, "--runahead", "0"]
    command += ["--storage", storage, "--temp-storage", temporary]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    with (folder / "output.txt").open("w") as output, (folder / "errors.txt").open("w") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *map(str, command),
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=output,
            stderr=errors,
        )
        with _ended(process):
            code = await asyncio.wait_for(process.wait(), PATIENCE_S)
    said, warned = ((folder / name).read_text() for name in ("output.txt", "errors.txt"))
    return Run(code, said, warned, storage / SIMULATION)


@contextmanager
def _ended(process: asyncio.subprocess.Process) -> Iterator[None]:
    """Ends the run if the test fails."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()


@dataclass(frozen=True)
class Figures:
    """Outcome of the calls of a run with faults.

    Attributes:
        case: the faults.
        faults: number of injected faults, or of killed servers.
        again: attempts beyond the first of each call.
        lost: calls of the run without faults that are not answered in this one.
        asked_twice: answers that the run received whole, and that are not in its journal.
        pauses: how often the run waited for a server to return.
    """

    case: str
    faults: int
    again: int
    lost: int
    asked_twice: int
    pauses: int

    def row(self) -> str:
        """A row of the table in docs/measurements.md."""
        return " | ".join(
            ("", self.case, *map(str, (self.faults, self.again, self.lost, self.asked_twice)), "")
        ).strip()


def figures(case: str, run: Run, whole: Run, plan: FaultPlan, faults: int) -> Figures:
    """The figures of a run.

    Args:
        case: the faults in words.
        run: with faults.
        whole: the run without faults.
        plan: of the proxies that forward all of its requests.
        faults: how many were injected.
    """
    journal = run.journal()
    probes = sum(map(_is_probe, plan.passed))
    return Figures(
        case=case,
        faults=faults,
        again=journal.again,
        lost=len(whole.journal().asked - journal.asked),
        asked_twice=len(plan.passed) - probes - journal.answers,
        pauses=run.figure("pauses"),
    )


def _is_probe(body: bytes) -> bool:
    """Whether it is the small request of a probe."""
    asked = json.loads(body)
    texts = (asked.get("prompt"), *asked.get("input", ()))
    return "Hi" in (*texts, *(message["content"] for message in asked.get("messages", ())))

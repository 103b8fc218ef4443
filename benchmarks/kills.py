"""kill -9 of real runs, many times: do they end with the bytes of an undisturbed run?

    python -m benchmarks.kills HOST --fork SCENARIO --steps N --kills 200

Each run is killed several times at random moments (while it starts, between two steps, while it
writes a checkpoint, while it saves), and resumed each time. At its end every file is compared with
those of an undisturbed run. No call that was in the journal when a process was killed may reach
the model again. The record of the run must have each step, move, call and conversation once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.logged_model import MODEL, VARIABLE
from ga_ooo.host.checkout.locate import locate
from ga_ooo.lab.verify.compare import compare
from ga_ooo.record import RecordReader, record_file

_LOOK_EVERY = 0.002
_JOURNAL = "ga_ooo/journal.sqlite"


@dataclass
class Tally:
    """Counts of a campaign.

    Attributes:
        kills: number of killed processes, by moment.
        runs: number of completed runs.
        different: completed runs that differ from the undisturbed run.
        records: completed runs whose record differs from that of the undisturbed run.
        asked_again: number of calls that reached the model although they were in the journal.
        first_steps: seconds from the start of each resume to its first new step.
    """

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    different: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    asked_again: int = 0
    first_steps: list[float] = field(default_factory=list)


class Campaign:
    """Runs of one scenario.

    Args:
        arguments: arguments of this command.
        folder: folder for simulations.

    Attributes:
        latency: of the model.
        extra_flags: of runs and resumed runs.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self._host = arguments.host
        self._fork = arguments.fork
        self._steps = arguments.steps
        self._every = arguments.checkpoint_every
        self.rng = random.Random(arguments.seed)
        self.asked = folder / "asked"
        self.storage = folder / "storage"
        (folder / "temp").mkdir()
        self._folders = ("--storage", str(self.storage), "--temp-storage", str(folder / "temp"))
        shutil.copytree(locate(self._host).storage / self._fork, self.storage / self._fork)
        self.first = self._step_of(self._fork)
        self.latency = "0.002"
        self.extra_flags: list[str] = []
        self.tally = Tally()

    def run_undisturbed(self) -> None:
        """The undisturbed run that all others must equal."""
        done = subprocess.run(
            [*self._new("reference"), "--no-checkpoints", "--no-journal"],
            env=self.environment(),
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    def one_run(self, name: str, kills: int) -> None:
        """One run, killed several times, until its end."""
        simulation = self.storage / name
        for number in range(kills):
            if not self._killed(name):
                break
            if not (simulation / "ga_ooo/run.json").exists():
                # Killed before the run existed: it is started again, as the error says.
                shutil.rmtree(simulation, ignore_errors=True)
                print(f"{name}: kill {number} before the run existed", flush=True)
        else:
            self._to_its_end(name)
        self.check(name)

    def check(self, name: str) -> None:
        """Compare a run that has ended with the undisturbed one, and remove it."""
        simulation = self.storage / name
        assert (simulation / _JOURNAL).exists(), "without a journal nothing is recorded"
        self.tally.runs += 1
        outcome = compare(self.storage / "reference", simulation)
        if not outcome.equal:
            assert outcome.first is not None
            self.tally.different.append(f"{name}: {outcome.first.render()}")
            return
        for table, (expected, found) in self._tables(simulation).items():
            if expected != found:
                lost, more = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
                self.tally.records.append(f"{name}: {table}: lost {lost}, more {more}")
        shutil.rmtree(simulation)

    def _tables(self, simulation: Path) -> dict[str, tuple[list[Any], list[Any]]]:
        """Content of the record, without times: of the undisturbed run, and of this one."""
        expected, found = _content(self.storage / "reference"), _content(simulation)
        return {table: (expected[table], found[table]) for table in expected}

    def _killed(self, name: str) -> bool:
        """Start or resume a run and kill it; False if it ended before."""
        simulation = self.storage / name
        known = self.recorded(simulation)
        self.asked.write_bytes(b"")
        process = self.start(name)
        started = time.monotonic()
        early = self.rng.random() < 0.25
        if early:
            time.sleep(self.rng.uniform(0, 2.0))
            moment = "at any time in its first 2 s"
        else:
            moment = self._wait_for_a_step(process, simulation, started)
        if process.poll() is None:
            if self.rng.random() < 0.5:
                process.send_signal(signal.SIGKILL)
            else:
                # Together with the child process that writes a checkpoint.
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        self.tally.asked_again += len(known & self.asked_now())
        if code == -signal.SIGKILL:
            self.tally.kills[moment] += 1
            return True
        assert code == 0, (self.storage / f"{name}.log").read_text()
        return False

    def _to_its_end(self, name: str) -> None:
        known = self.recorded(self.storage / name)
        self.asked.write_bytes(b"")
        code = self.start(name).wait()
        assert code == 0, (self.storage / f"{name}.log").read_text()
        self.tally.asked_again += len(known & self.asked_now())

    def _wait_for_a_step(
        self, process: subprocess.Popen[bytes], simulation: Path, started: float
    ) -> str:
        there = max(_newest(simulation), self.first - 1)
        step = self.rng.randrange(self.first, self.first + self._steps)
        delay = self.rng.choice((0.0, 0.0, self.rng.uniform(0, 0.3)))
        seen = False
        while process.poll() is None:
            if not seen and (simulation / "movement" / f"{there + 1}.json").exists():
                # The run is now beyond the step at which it was killed.
                seen = True
                if there >= self.first:
                    self.tally.first_steps.append(time.monotonic() - started)
            if seen and (simulation / "movement" / f"{step}.json").exists():
                time.sleep(delay)
                return "after a random step"
            time.sleep(_LOOK_EVERY)
        return "never"

    def start(self, name: str) -> subprocess.Popen[bytes]:
        simulation = self.storage / name
        begun = (simulation / "ga_ooo/run.json").exists()
        if not begun:
            shutil.rmtree(simulation, ignore_errors=True)
        with (self.storage / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                self._resume(name) if begun else self._new(name),
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _new(self, name: str) -> list[str]:
        run = ["run", str(self._host), "--fork", self._fork, "--sim", name, *self._folders]
        how = ["--plugin", "benchmarks.logged_model", "--model", MODEL]
        how += ["--checkpoint-every", str(self._every), "--latency", self.latency]
        return [*_command(), *run, "--steps", str(self._steps), *how, *self.extra_flags]

    def _resume(self, name: str) -> list[str]:
        resume = ["resume", str(self._host), name, *self._folders]
        return [*_command(), *resume, *self.extra_flags]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONHASHSEED": "0", VARIABLE: str(self.asked)}

    def recorded(self, simulation: Path) -> set[tuple[object, ...]]:
        """Keys of all calls in the journal."""
        journal = simulation / _JOURNAL
        if not journal.exists():
            return set()
        connection = sqlite3.connect(journal)
        try:
            keys = connection.execute(
                "SELECT persona, step, attempt, ordinal FROM calls WHERE kind != 'embedding'"
            )
            calls = {("call", *key) for key in keys}
            texts = connection.execute("SELECT fingerprint FROM embeddings")
            return calls | {("text", *row) for row in texts}
        finally:
            connection.close()

    def asked_now(self) -> set[tuple[object, ...]]:
        return {tuple(json.loads(line)) for line in self.asked.read_bytes().splitlines()}

    def _step_of(self, scenario: str) -> int:
        meta = json.loads((self.storage / scenario / "reverie/meta.json").read_text())
        return int(meta["step"])


def _content(simulation: Path) -> dict[str, list[Any]]:
    with RecordReader(record_file(simulation)) as reader:
        return {
            "steps": [row.step for row in reader.steps()],
            "moves": [(row.persona, row.step, row.x, row.y) for row in reader.moves()],
            "calls": sorted((c.persona, c.step, c.attempt, c.ordinal) for c in reader.calls()),
            "conversations": [
                (row.persona, row.partner, row.first_step, row.last_step)
                for row in reader.conversations()
            ],
        }


def _command() -> list[str]:
    return [sys.executable, "-m", "ga_ooo"]


def _newest(simulation: Path) -> int:
    steps = [int(file.stem) for file in simulation.glob("movement/*.json")]
    return max(steps, default=-1)


def main() -> None:
    """Run the campaign and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host", type=Path)
    parser.add_argument("--fork", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--kills-a-run", type=int, default=5)
    parser.add_argument("--checkpoint-every", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(arguments, Path(folder))
        campaign.run_undisturbed()
        tally = campaign.tally
        while tally.kills.total() < arguments.kills and not tally.different:
            campaign.one_run(f"run{tally.runs}", arguments.kills_a_run)
            print(
                f"{tally.kills.total()} kills, {tally.runs} runs, {tally.asked_again} asked again, "
                f"{len(tally.records)} records differ",
                flush=True,
            )
    seconds = sorted(tally.first_steps) or [0.0]
    print(f"kills: {dict(tally.kills)}; runs: {tally.runs}; different: {len(tally.different)}")
    print("\n".join(tally.different))
    print(f"records that differ: {len(tally.records)}")
    print("\n".join(tally.records))
    print(f"calls asked again although they were in the journal: {tally.asked_again}")
    print(
        f"from resume to the first new step: median {seconds[len(seconds) // 2]:.2f} s, "
        f"longest {seconds[-1]:.2f} s ({len(tally.first_steps)} measured)"
    )


if __name__ == "__main__":
    main()

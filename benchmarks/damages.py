"""Damages to a simulation: is each named or repaired?

    python -m benchmarks.damages HOST --fork SCENARIO --steps N --damages 100

A run is killed between two checkpoints. Then one place of its folder is damaged at random (a bit,
a block, a lost end, a lost or swapped file, a changed row of the journal), and ``ga-ooo check`` and
``ga-ooo resume`` are run on it. A damage is *silent* if neither names it and the files of the
resumed run differ from those of an undisturbed one. It is *unclear* if a traceback is printed, or
if resuming is refused without a remedy.
"""

from __future__ import annotations

import argparse
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
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.logged_model import MODEL, VARIABLE
from ga_ooo.cli.main import main as command_line
from ga_ooo.host.checkout.locate import locate
from ga_ooo.lab.verify.compare import compare

_EVERY = 10
_LOOK_EVERY = 0.002
_JOURNAL = "ga_ooo/journal.sqlite"
_HARMLESS = ("run.lock", "journal.sqlite.lock", "journal.sqlite-shm")
"""Files without content that matters: locks, and an index that SQLite makes anew."""


@dataclass(frozen=True)
class Ended:
    """How one command has ended."""

    code: int
    text: str

    @property
    def is_clear(self) -> bool:
        """Success, or an error with a remedy."""
        return "Traceback" not in self.text and (self.code in (0, 1) or "remedy:" in self.text)


def flip(path: Path, rng: random.Random) -> str:
    """Change one bit."""
    content = bytearray(path.read_bytes())
    where = rng.randrange(len(content))
    content[where] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    return f"bit in byte {where:,} of {len(content):,}"


def block(path: Path, rng: random.Random) -> str:
    """Fill a block of the disk with zeros."""
    content = bytearray(path.read_bytes())
    where = rng.randrange(len(content)) // 512 * 512
    size = len(content[where : where + 512])
    content[where : where + 512] = bytes(size)
    path.write_bytes(content)
    return f"zeros from byte {where:,}"


def cut(path: Path, rng: random.Random) -> str:
    """Lose the end of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content))])
    return "lost end"


def remove(path: Path, rng: random.Random) -> str:
    """Lose a file."""
    path.unlink()
    return "lost"


def swap(path: Path, rng: random.Random) -> str:
    """Exchange a file with another one of its folder."""
    others = [other for other in sorted(path.parent.iterdir()) if other.is_file() and other != path]
    if not others:
        return remove(path, rng)
    other = rng.choice(others)
    one, two = path.read_bytes(), other.read_bytes()
    path.write_bytes(two)
    other.write_bytes(one)
    return f"exchanged with {other.name}"


def change_row(path: Path, rng: random.Random) -> str:
    """Change one letter of a recorded answer or request, or remove rows, without checksums."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        rows = [row for (row,) in connection.execute("SELECT rowid FROM calls ORDER BY rowid")]
        row = rng.choice(rows[len(rows) // 2 :])
        kind = rng.choice(("letter", "step", "row", "end"))
        if kind == "letter":
            column = rng.choice(("answer", "request", "fingerprint"))
            changed = f"{column} = substr({column}, 1, 3) || 'x' || substr({column}, 5)"
            connection.execute(f"UPDATE calls SET {changed} WHERE rowid = ?", (row,))
        elif kind == "step":
            connection.execute("UPDATE calls SET step = step + 1000 WHERE rowid = ?", (row,))
        elif kind == "row":
            connection.execute("DELETE FROM calls WHERE rowid = ?", (row,))
        else:
            connection.execute("DELETE FROM calls WHERE rowid >= ?", (row,))
    return f"row {row} of {len(rows)}: {kind}"


_HARMS: tuple[Callable[[Path, random.Random], str], ...] = (flip, flip, block, cut, remove, swap)


class Campaign:
    """Damages to one killed run.

    Args:
        arguments: arguments of this command.
        folder: folder for simulations.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self._host: Path = arguments.host.absolute()
        self._fork: str = arguments.fork
        self._steps: int = arguments.steps
        self._rng = random.Random(arguments.seed)
        self._folder = folder
        self.storage = folder / "storage"
        self.simulation = self.storage / "sim"
        self._sound = folder / "sound"
        (folder / "temp").mkdir()
        self._folders = ["--storage", str(self.storage), "--temp-storage", str(folder / "temp")]
        shutil.copytree(locate(self._host).storage / self._fork, self.storage / self._fork)
        os.environ |= {
            "XDG_STATE_HOME": str(folder / "state"),
            VARIABLE: str(folder / "asked"),
        }
        self.outcomes: Counter[str] = Counter()
        self.problems: list[str] = []

    def make_runs(self) -> None:
        """The undisturbed run, and the killed one."""
        subprocess.run([*self._new("reference")], check=True, capture_output=True)
        last = self.simulation / f"movement/{2 * _EVERY + _EVERY // 2}.json"
        with (self._folder / "log").open("wb") as log:
            process = subprocess.Popen(self._new("sim"), stdout=log, stderr=log)
        while not (last.exists() and self._newest() > 0):
            assert process.poll() is None, "the run has ended before it was killed"
            time.sleep(_LOOK_EVERY)
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.copytree(self.simulation, self._sound)

    def one_damage(self) -> None:
        """Damage the killed run at one place, check it, and resume it."""
        shutil.rmtree(self.simulation)
        shutil.copytree(self._sound, self.simulation)
        path, what = self._damage()
        name = path.relative_to(self.simulation).as_posix()
        checked = self._command(["check", str(self._host), "sim", *self._folders[:2]])
        resumed = self._command(["resume", str(self._host), "sim", *self._folders])
        is_equal = resumed.code == 0 and compare(self.storage / "reference", self.simulation).equal
        names = (name, path.name, *path.relative_to(self.simulation).parts[2:3])
        if path.name.startswith("journal"):
            names = (*names, _JOURNAL)
        is_named = any(part in checked.text for part in names)
        says = any(part in resumed.text for part in names) or "step files before" in resumed.text
        if not (checked.is_clear and resumed.is_clear):
            outcome = "unclear"
        elif is_equal:
            outcome = "named, repaired" if is_named or says else "repaired or harmless"
        elif resumed.code:
            outcome = "named, refused" if is_named or says else "silent"
        else:
            outcome = "named, not repaired" if says else "silent"
        self.outcomes[outcome] += 1
        if outcome in ("silent", "unclear"):
            self.problems.append(
                f"{name}: {what}: {outcome}\n{checked.text[-600:]}\n{resumed.text[-900:]}"
            )
        print(f"{name}: {what}: {outcome}", flush=True)

    def _damage(self) -> tuple[Path, str]:
        journal, newest = self.simulation / _JOURNAL, self._newest()
        rooms = {
            "journal": [path for path in journal.parent.glob("journal*") if path.is_file()],
            "checkpoints": list((self.simulation / "ga_ooo/checkpoints").rglob("*")),
            "steps": [
                path
                for path in self.simulation.glob("*/*.json")
                if path.parent.name in ("movement", "environment") and int(path.stem) < newest
            ],
            "others": list(self.simulation.rglob("*")),
        }
        room = self._rng.choice(("rows", *(name for name in rooms if rooms[name])))
        if room == "rows":
            return journal, change_row(journal, self._rng)
        files = sorted(
            path
            for path in rooms[room]
            if path.is_file() and path.stat().st_size and path.name not in _HARMLESS
        )
        path = self._rng.choice(files)
        return path, self._rng.choice(_HARMS)(path, self._rng)

    def _newest(self) -> int:
        """The step of the newest checkpoint; 0 for none."""
        whole = self.simulation.glob("ga_ooo/checkpoints/[0-9]*/ga_ooo/manifest.json")
        return max((int(path.parts[-3]) for path in whole), default=0)

    def _new(self, name: str) -> list[str]:
        run = ["run", str(self._host), "--fork", self._fork, "--sim", name, *self._folders]
        how = ["--plugin", "benchmarks.logged_model", "--model", MODEL, "--latency", "0.1"]
        how += ["--checkpoint-every", str(_EVERY), "--steps", str(self._steps)]
        return [sys.executable, "-m", "ga_ooo", *run, *how]

    def _command(self, command: list[str]) -> Ended:
        """Run a command in a child of this process, which has imported everything."""
        with tempfile.TemporaryFile("w+") as output:
            child = os.fork()
            if child == 0:
                code = 99
                try:
                    os.dup2(output.fileno(), 1)
                    os.dup2(output.fileno(), 2)
                    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - open to the end
                    sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115 - open to the end
                    code = command_line(command)
                    sys.stdout.flush()
                    sys.stderr.flush()
                finally:
                    os._exit(code)
            _, status = os.waitpid(child, 0)
            output.seek(0)
            return Ended(os.waitstatus_to_exitcode(status), output.read())


def main() -> None:
    """Run the campaign and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host", type=Path)
    parser.add_argument("--fork", required=True)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--damages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Commands run in children of this process, and results depend on it.
        again = [sys.executable, "-m", "benchmarks.damages", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(arguments, Path(folder))
        campaign.make_runs()
        for _ in range(arguments.damages):
            campaign.one_damage()
    print("\n".join(campaign.problems))
    print(f"damages: {campaign.outcomes.total()}; {dict(campaign.outcomes)}")
    sys.exit(bool(campaign.problems))


if __name__ == "__main__":
    main()

"""Mutation testing: which changes of the code does no test notice?

    python -m pip install cosmic-ray coverage pytest-cov
    python -m benchmarks.mutations --count 80 --seed 0

Takes random places in the engine, the journal, the checkpoints and runahead, and changes each by an
operator of cosmic-ray (another comparison, another number, a negated condition ...) in a copy of
the repository. Then it runs the tests of the room that run the changed line, as coverage.py has
noted; for a line that no test runs in its own process, all tests of the room. A change that they do
not notice has *survived*. Then the slower tests of whole runs are tried. What survives those too is
printed with its verdict from ``mutation_verdicts.toml``:

``equivalent``  no result changes, so that no test can notice it
``speed``       only time or memory changes, which is measured in benchmarks
``text``        only the words of a message change
``hole``        a test is missing

A survivor without a verdict counts as a hole.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from benchmarks.covering_tests import Covering, environment

ROOT: Final = Path(__file__).parents[1]
VERDICTS: Final = Path(__file__).with_name("mutation_verdicts.toml")

ROOMS: Final = {
    "ga_ooo/engine": ["tests/engine"],
    "ga_ooo/journal": ["tests/journal"],
    "ga_ooo/host/durable": [
        *(f"tests/host/durable/test_{name}.py" for name in ("background", "folder", "keeper")),
        *(f"tests/host/durable/test_{name}.py" for name in ("state", "reach_cache", "embeddings")),
        "tests/host/durable/test_resumable.py",
    ],
    "ga_ooo/runahead": ["tests/runahead"],
}
"""Folders of code, and the tests that each change is tried on first."""

_MOST_SECONDS: Final = 180.0
"""Of one room; a change that makes them slower than that is noticed."""

WHOLE_RUNS: Final = [
    *("tests/properties", "tests/simulation", "tests/minitown"),
    *("tests/host/durable/test_command.py", "tests/trust/test_damage.py"),
]
"""Tests of all rooms together. They are slower, so only survivors are tried on them."""


@dataclass(frozen=True)
class Mutant:
    """One change of the code.

    Attributes:
        file: path in the repository.
        operator: of cosmic-ray.
        code: of the whole changed file.
        old, new: the changed line before and after.
        line: number of the changed line.
    """

    file: str
    operator: str
    code: str
    old: str
    new: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}\n  - {self.old}\n  + {self.new}"


def draw(rng: random.Random) -> Iterator[Mutant]:
    """Random mutants without end: of a file by its number of lines, then of any of its places."""
    files = [
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
    ]
    lines = [len((ROOT / file).read_text().splitlines()) for file in files]
    while True:
        (file,) = rng.choices(files, lines)
        places = _places(file)
        if places:
            mutant = _mutant(file, *rng.choice(rng.choice(places)))
            if mutant is not None:
                yield mutant


@cache
def _places(file: str) -> list[list[tuple[str, int]]]:
    """For each place that can be changed, the operators and their occurrences."""
    found: dict[tuple[int, int], list[tuple[str, int]]] = {}
    nodes = list(ast_nodes(get_ast((ROOT / file).read_text())))
    for name in sorted(cosmic_ray.plugins.operator_names()):
        operator = cosmic_ray.plugins.get_operator(name)
        if operator.arguments():
            continue
        positions = [place for node in nodes for place in operator().mutation_positions(node)]
        for occurrence, (start, _) in enumerate(positions):
            found.setdefault(start, []).append((name, occurrence))
    return [found[start] for start in sorted(found)]


def _mutant(file: str, name: str, occurrence: int) -> Mutant | None:
    """The mutant; None if it changes nothing but annotations."""
    code = (ROOT / file).read_text()
    changed = mutate_code(code, cosmic_ray.plugins.get_operator(name)(), occurrence)
    if changed is None or _without_annotations(code) == _without_annotations(changed):
        return None
    before, after = code.splitlines(), changed.splitlines()
    for kind, start, _, other, _ in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if kind != "equal":
            new = after[other] if other < len(after) else ""
            return Mutant(file, name, changed, before[start].strip(), new.strip(), start + 1)
    return None


def _without_annotations(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            node.annotation = ast.Constant(0)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
    return ast.dump(tree)


class Trials:
    """Runs tests on mutants, in a copy of the repository.

    Args:
        copy: folder for the copy.
        python: runs the tests.
    """

    def __init__(self, copy: Path, python: str) -> None:
        self._copy = copy
        self._python = python
        listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
        for name in filter(None, listed.split("\0")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)

    @cache  # noqa: B019 - one object for the whole process
    def most_seconds(self, *tests: str) -> float:
        """Tests that take longer have noticed a change: five times as long as without one."""
        began = time.monotonic()
        assert self.passes(tests, 3600.0), "the tests fail without a change"
        return 60.0 + 5 * (time.monotonic() - began)

    def is_noticed(self, mutant: Mutant, tests: Sequence[str], seconds: float) -> bool:
        """Whether some test fails on a mutant, or takes longer than so many seconds."""
        path = self._copy / mutant.file
        path.write_text(mutant.code)
        try:
            return not self.passes(tests, seconds)
        finally:
            path.write_text((ROOT / mutant.file).read_text())

    def passes(self, tests: Sequence[str], seconds: float) -> bool:
        """Whether all tests pass within so many seconds."""
        command = [self._python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        process = subprocess.Popen(
            command,
            cwd=self._copy,
            env=environment(self._copy),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def verdict_of(mutant: Mutant) -> str:
    """The verdict on a survivor, with its reason; empty if there is none."""
    for entry in tomllib.loads(VERDICTS.read_text()).get("survivor", ()):
        if (entry["file"], entry["old"], entry["new"]) == (mutant.file, mutant.old, mutant.new):
            return f"{entry['verdict']}: {entry['why']}"
    return ""


def room_of(mutant: Mutant) -> str:
    """The folder of code that a mutant belongs to."""
    return next(room for room in ROOMS if mutant.file.startswith(f"{room}/"))


def tests_of(mutant: Mutant) -> list[str]:
    """Tests of the room of a mutant, first those that are named after its module."""
    name = Path(mutant.file).stem.removeprefix("_")
    every = ROOMS[room_of(mutant)]
    named = [path for tests in every for path in (ROOT / tests).rglob(f"test_{name}.py")]
    first = [path.relative_to(ROOT).as_posix() for path in named]
    return [*first, *(tests for tests in every if tests not in first)]


def main() -> None:
    """Try the mutants and print the survivors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=80)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--python", default=sys.executable, help="runs the tests")
    parser.add_argument("--fast", action="store_true", help="leave out the tests of whole runs")
    arguments = parser.parse_args()
    tried: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        trials = Trials(Path(folder), arguments.python)
        covering = Covering(Path(folder), arguments.python, ROOMS)
        for mutant in draw(random.Random(arguments.seed)):
            if tried.total() == arguments.count:
                break
            tried[room_of(mutant)] += 1
            if trials.is_noticed(
                mutant, covering.tests(mutant.file, mutant.line) or tests_of(mutant), _MOST_SECONDS
            ):
                outcomes["noticed by the tests of its room"] += 1
            elif not arguments.fast and trials.is_noticed(
                mutant, WHOLE_RUNS, trials.most_seconds(*WHOLE_RUNS)
            ):
                outcomes["noticed by whole runs"] += 1
            else:
                verdict = verdict_of(mutant) or "hole: no verdict yet"
                outcomes[verdict.partition(":")[0]] += 1
                print(f"{mutant}\n  {verdict}", flush=True)
            print(f"{tried.total()} tried, {dict(outcomes)}", flush=True)
    print(f"mutants: {dict(tried)}; {dict(outcomes)}")
    print(f"real holes: {100 * outcomes['hole'] / max(1, tried.total()):.1f} %")


if __name__ == "__main__":
    main()

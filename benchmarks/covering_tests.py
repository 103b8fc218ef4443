"""Finds the tests that run a line of code, as coverage.py notes it."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import coverage

_SETTINGS: Final = "mutations.coveragerc"
_MOST_TESTS: Final = 200


class Covering:
    """Which tests of a room run which line.

    Args:
        copy: of the repository.
        python: runs the tests.
        rooms: folders of code, each with its tests.
    """

    def __init__(self, copy: Path, python: str, rooms: Mapping[str, Sequence[str]]) -> None:
        self._copy = copy
        self._python = python
        self._rooms = rooms
        # Moves of personas run in greenlets.
        (copy / _SETTINGS).write_text("[run]\nconcurrency = greenlet, thread\n")

    def tests(self, file: str, line: int) -> list[str]:
        """Tests that run a line, first those that run the fewest lines of the file.

        Empty for a line that no test runs in its own process.
        """
        room = next(room for room in self._rooms if file.startswith(f"{room}/"))
        lines = self._lines(room).get(file, {})
        size = Counter(test for tests in lines.values() for test in tests)
        found = sorted(lines.get(line, ()), key=lambda test: (size[test], test))
        return found[:_MOST_TESTS]

    @cache  # noqa: B019 - one object for the whole process
    def _lines(self, room: str) -> dict[str, dict[int, list[str]]]:
        notes = self._copy / f"{room.replace('/', '-')}.coverage"
        subprocess.run(
            [
                *(self._python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *self._rooms[room]),
                *(f"--cov={room}", f"--cov-config={_SETTINGS}", "--cov-context=test"),
                "--cov-report=",
            ],
            cwd=self._copy,
            env={**environment(self._copy), "COVERAGE_FILE": str(notes)},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        data = coverage.CoverageData(str(notes))
        data.read()
        return {
            Path(file).relative_to(self._copy.resolve()).as_posix(): {
                line: [test.partition("|")[0] for test in tests if test]
                for line, tests in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }


def environment(copy: Path) -> dict[str, str]:
    """The environment in which tests use the code of a copy."""
    return {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}

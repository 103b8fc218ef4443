"""The scripts in examples/ run and print the promised output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_why_held_prints_the_graph() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "why_held.py"), "3"],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    people = re.findall(r"^(\w+ \w+): step \d+, (held|running|completed)$", done.stdout, re.M)
    held = re.findall(r"^  held by (\w+ \w+) until step \d+ \(\w+ hazard\)$", done.stdout, re.M)
    assert len({name for name, _ in people}) == 25
    assert held
    assert set(held) <= {name for name, _ in people}
    assert len(people) + len(held) == len(done.stdout.splitlines())

"""Forks of minitown for tests of ``ga-ooo verify``: something is added to their moves."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.shipped import data_folder

FORK: Final = "demo_minitown_n5"
BACKEND: Final = Path("reverie/backend_server")
PERSONA: Final = BACKEND / "persona/persona.py"
_FIRST_LINE: Final = "last_time = self.scratch.curr_time"


def make_fork(root: Path, in_move: str) -> Path:
    """A copy of minitown with further lines at the beginning of each move."""
    ignored = shutil.ignore_patterns("*_n25", "__pycache__")
    shutil.copytree(data_folder("minitown"), root, ignore=ignored)
    path = root / PERSONA
    lines = path.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.strip() == _FIRST_LINE)
    indent = lines[at][: -len(_FIRST_LINE)]
    lines[at:at] = [indent + line for line in in_move.strip().splitlines()]
    path.write_text("\n".join(lines) + "\n")
    return root

"""docs/how-it-works.md names every room of the package, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from tests.test_layers import ARROWS

ROOT = Path(__file__).parents[2]


def test_every_room_has_its_row() -> None:
    page = (ROOT / "docs" / "how-it-works.md").read_text()
    rooms = page.partition("## The rooms")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([\w/]+)/`", rooms, re.MULTILINE))
    folders = {
        room.replace(".", "/")
        for room in ARROWS
        if (ROOT / "ga_ooo" / room.replace(".", "/")).is_dir()
    }
    # The rooms inside of these are steps of one job, which the row of the outer room names.
    jobs = ("model/", "lab/", "cli/")
    assert named == {folder for folder in folders if not folder.startswith(jobs)}

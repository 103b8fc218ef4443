"""The paper in docs/paper can be built, and has the length that a journal for software asks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import typst

PAPER = Path(__file__).parents[2] / "docs" / "paper"


def test_the_paper_can_be_built(tmp_path: Path) -> None:
    build = [sys.executable, str(PAPER / "build.py"), "out.pdf"]
    subprocess.run(build, cwd=tmp_path, check=True)
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")
    pages = typst.compile(PAPER / "paper.typ", format="png", ppi=20.0)
    assert 4 <= len(pages) <= 6

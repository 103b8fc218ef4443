"""``ga-ooo town``: what it prints."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import FORK, STORAGE, Command
from tests.minitown.conftest import copy_town


def test_the_command(tmp_path: Path, ga_ooo: Command) -> None:
    root = copy_town(tmp_path / "minitown")
    done = ga_ooo("town", root, "--fork", FORK, "--sim", "metro", "--copies", "3")
    assert done.code == 0
    assert "15 people in 3 towns" in done.out and "128 x 88 tiles" in done.out
    assert 'before you run it: set env_matrix = "' in done.out
    assert (root / STORAGE / "metro").is_dir()

"""A host with simulations of every kind, and the command line in this process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ga_ooo.cli.main import main
from ga_ooo.host.checkout.shipped import data_folder
from tests.record.rows import NAMES, write

STORAGE = Path("environment/frontend_server/storage")

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A minitown with a simulation ``day``, which has a record and four movement files."""
    root = tmp_path / "minitown"
    ignored = shutil.ignore_patterns("__pycache__", "*_n25")
    shutil.copytree(data_folder("minitown"), root, ignore=ignored)
    day = root / STORAGE / "day"
    write(day / "ga_ooo" / "record.sqlite")
    write_movements(day)
    return root


def write_movements(simulation: Path) -> None:
    """Four steps of the two personas of the small record; they talk at steps 2 and 3."""
    (simulation / "movement").mkdir(parents=True)
    chat = [[NAMES[0], "Hi <b>Bo</b>"], [NAMES[1], "\x1b[31mHello\x07\u202e"]]
    for step in range(4):
        people = {
            name: {
                "movement": [3 + step, 4],
                "pronunciatio": "x",
                "description": "talking @ the Ville:cafe:counter",
                "chat": chat if step >= 2 else None,
            }
            for name in NAMES
        }
        meta = {"curr_time": f"February 13, 2023, 08:00:{step * 10:02d}"}
        path = simulation / "movement" / f"{step}.json"
        path.write_text(json.dumps({"persona": people, "meta": meta}))


@pytest.fixture
def ga_ooo(capsys: pytest.CaptureFixture[str]) -> Command:
    """``ga-ooo``: exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        done = capsys.readouterr()
        return code, done.out, done.err

    return run

"""Whispers between two steps: the same bytes as in the host's own loop, also when a run resumes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.host.durable.whispers import Whisper, read_whispers
from ga_ooo.lab.verify.compare import compare
from tests.host.durable.test_command import STORAGE, ga_ooo, run

STEPS = 30
WHISPERS = [
    {"step": 20, "persona": "Nora Adler", "text": "A parcel waits at the mill."},
    {"step": 10, "persona": "Clara Gruber", "text": "The cafe closes early today."},
    {"step": 20, "persona": "Clara Gruber", "text": "Paul looks for you."},
]


def test_a_resumed_run_whispers_again(tmp_path: Path) -> None:
    """Both from a checkpoint of the step of a whisper, which has it, and from one before it."""
    root = tmp_path / "minitown"
    shutil.copytree(data_folder("minitown"), root, ignore=shutil.ignore_patterns("*_n25"))
    file = tmp_path / "whispers.json"
    file.write_text(json.dumps(WHISPERS))
    quiet = ("--quiet", "--clock", "virtual")
    given = ("--whispers", file, *quiet)
    arguments = [*run(root, "loop", STEPS)][:-2]
    ga_ooo(*arguments, "--mode", "lockstep", *given)
    ga_ooo(*run(root, "day", STEPS), "--keep-checkpoints", "0", *given)
    storage = root / STORAGE
    assert compare(storage / "loop", storage / "day").first is None
    checkpoints = storage / "day" / "ga_ooo" / "checkpoints"
    assert sorted(path.name for path in checkpoints.iterdir()) == ["10", "20", "30"]
    for newest in (20, 10):
        for path in checkpoints.iterdir():
            if int(path.name) > newest:
                shutil.rmtree(path)
        ga_ooo("resume", root, "day", "--keep-checkpoints", "0", *quiet)
        found = compare(storage / "loop", storage / "day")
        assert found.first is None, found.first.render()
    record = read_whispers(storage / "day" / "ga_ooo" / "run.json")
    assert [whisper.step for whisper in record] == [10, 20, 20]


def test_a_whisper_for_nobody(tmp_path: Path) -> None:
    root = tmp_path / "minitown"
    shutil.copytree(data_folder("minitown"), root, ignore=shutil.ignore_patterns("*_n25"))
    file = tmp_path / "whispers.json"
    file.write_text(json.dumps([{**WHISPERS[0], "persona": "Nobody"}]))
    said = ga_ooo(*run(root, "day", STEPS), "--whispers", file, code=2)
    assert "'Nobody', and there is no such persona" in said


@pytest.mark.parametrize(
    "content", ["", "7", "{", '[{"step": -1, "persona": "A", "text": "b"}]', '[{"step": 1}]']
)
def test_files_of_another_form(tmp_path: Path, content: str) -> None:
    file = tmp_path / "whispers.json"
    file.write_text(content)
    with pytest.raises(UsageError, match="cannot be read"):
        read_whispers(file)


def test_whispers_are_sorted_by_step(tmp_path: Path) -> None:
    file = tmp_path / "whispers.json"
    file.write_text(json.dumps(WHISPERS))
    found = read_whispers(file)
    assert found == tuple(Whisper(**WHISPERS[at]) for at in (1, 0, 2))  # type: ignore[arg-type]

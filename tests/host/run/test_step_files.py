"""Step files: the host's format byte for byte, each complete or absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.errors import RunStoppedError
from ga_ooo.host.json_files import write_json
from ga_ooo.host.run.step_files import StepFiles, environment_of

MOVEMENTS: dict[str, Any] = {
    "persona": {
        "Ada": {
            "movement": (3, 4),
            "pronunciatio": "🛌",
            "description": "sleeping @ w:s:a:bed",
            "chat": None,
        },
        "Bo": {
            "movement": [0, 9],
            "pronunciatio": "💬",
            "description": "é",
            "chat": [["Bo", "Hi"]],
        },
    },
    "meta": {"curr_time": "February 13, 2023, 00:00:10"},
}


@pytest.fixture
def files(tmp_path: Path) -> StepFiles:
    """A simulation whose folder has no movement/, like the shipped base scenarios."""
    (tmp_path / "environment").mkdir()
    return StepFiles(tmp_path, "the_ville")


def test_movement_in_the_hosts_format(files: StepFiles) -> None:
    """What ``json.dumps(movements, indent=2)`` gives, and no newline after it."""
    files.write_step(7, MOVEMENTS)
    written = files.movement(7).read_bytes()
    assert written == json.dumps(MOVEMENTS, indent=2).encode()
    assert b"\\ud83d\\udecc" in written, "as the host escapes it"


def test_environment_of_the_next_step(files: StepFiles) -> None:
    """The answer that the frontend would give."""
    files.write_step(7, MOVEMENTS)
    assert json.loads(files.environment(8).read_text()) == {
        "Ada": {"maze": "the_ville", "x": 3, "y": 4},
        "Bo": {"maze": "the_ville", "x": 0, "y": 9},
    }
    assert environment_of("m", {"persona": {}}) == {}


def test_standing_in_for_the_frontend(files: StepFiles) -> None:
    """One answer to each movement, none before the first, and none in the place of another."""
    assert not files.answer_movement(0)
    write_json(files.movement(7), MOVEMENTS)
    assert files.answer_movement(8)
    answered = files.environment(8).read_bytes()
    write_json(files.movement(7), {"persona": {}})
    assert not files.answer_movement(8)
    assert files.environment(8).read_bytes() == answered


def test_a_file_that_cannot_be_written(files: StepFiles) -> None:
    """The error names the file and a remedy. Older files stay, and no incomplete file is left."""
    (files.movement(3) / "in the way").mkdir(parents=True)
    with pytest.raises(RunStoppedError, match=r"cannot write .*movement/3\.json"):
        files.write_step(3, MOVEMENTS)
    assert [path.name for path in files.movement(3).parent.iterdir()] == ["3.json"]
    assert not files.environment(4).exists(), "the host would continue from it"

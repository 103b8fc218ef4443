"""Two simulations are equal to the last byte, or the first difference is reported completely."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.lab.verify.compare import Difference, compare

ADA, BOB = "Ada Byron", "Bob Stone"
SCRATCH = f"personas/{BOB}/bootstrap_memory/scratch.json"


def put(folder: Path, name: str, value: Any) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2))


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """Two equal simulations of three steps."""
    reference, engine = tmp_path / "reference", tmp_path / "engine"
    for step in (9, 10, 11):
        places = {name: {"maze": "m", "x": step, "y": 1} for name in (ADA, BOB)}
        moves = {n: {"movement": [step, 1], "chat": None, "description": "x"} for n in (ADA, BOB)}
        put(reference, f"environment/{step}.json", places)
        put(reference, f"movement/{step}.json", {"persona": moves, "meta": {"curr_time": "now"}})
    for name in (ADA, BOB):
        memory = {"vision_r": 8, "daily_req": ["rise", "work"], "name": name}
        put(reference, f"personas/{name}/bootstrap_memory/scratch.json", memory)
    put(reference, "reverie/meta.json", {"step": 12})
    shutil.copytree(reference, engine)
    return reference, engine


def edit(folder: Path, name: str, *path: str | int, to: Any) -> None:
    """Change one value inside a JSON file."""
    value = json.loads((folder / name).read_text())
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    put(folder, name, value)


def first(both: tuple[Path, Path]) -> Difference:
    """The first difference of a comparison that is not equal."""
    outcome = compare(*both)
    assert not outcome.equal and outcome.first is not None
    return outcome.first


def test_equal(both: tuple[Path, Path]) -> None:
    outcome = compare(*both)
    size = sum(path.stat().st_size for path in both[0].rglob("*") if path.is_file())
    assert outcome.equal and outcome.first is None
    assert (outcome.files, outcome.bytes, outcome.differing) == (9, size, 0)


def test_one_value_of_one_persona_in_a_movement_file(both: tuple[Path, Path]) -> None:
    edit(both[1], "movement/10.json", "persona", BOB, "movement", 0, to=7)
    found = first(both)
    assert (found.file, found.step, found.persona) == ("movement/10.json", 10, BOB)
    assert (found.where, found.values) == ("movement > 0", ("10", "7"))
    assert found.render() == (
        f"first difference: movement/10.json (step 10, {BOB}, movement > 0)\n"
        "  reference: 10\n"
        "  engine:    7"
    )


def test_one_changed_byte(both: tuple[Path, Path]) -> None:
    path = both[1] / "movement/9.json"
    path.write_bytes(path.read_bytes().replace(b'"now"', b'"mow"'))
    found = first(both)
    assert (found.step, found.persona, found.where) == (9, None, "meta > curr_time")
    assert found.values == ("now", "mow")


def test_steps_come_first_and_in_the_order_of_their_numbers(both: tuple[Path, Path]) -> None:
    edit(both[1], SCRATCH, "vision_r", to=4)
    edit(both[1], "movement/10.json", "persona", ADA, "chat", to=[["a", "b"]])
    edit(both[1], "movement/9.json", "persona", ADA, "description", to="y")
    outcome = compare(*both)
    assert outcome.differing == 3
    assert outcome.first is not None and outcome.first.file == "movement/9.json"


def test_the_position_of_a_persona(both: tuple[Path, Path]) -> None:
    edit(both[1], "environment/11.json", ADA, "x", to=0)
    found = first(both)
    assert (found.step, found.persona, found.where) == (11, ADA, "x")
    assert found.values == ("11", "0")


def test_a_memory_file(both: tuple[Path, Path]) -> None:
    edit(both[1], SCRATCH, "daily_req", 1, to="play")
    found = first(both)
    assert (found.file, found.step, found.persona) == (SCRATCH, None, BOB)
    assert (found.where, found.values) == ("daily_req > 1", ("work", "play"))


def test_a_list_of_another_length_is_shown_completely(both: tuple[Path, Path]) -> None:
    edit(both[1], SCRATCH, "daily_req", to=["rise"])
    found = first(both)
    assert (found.where, found.values) == ("daily_req", ('["rise", "work"]', '["rise"]'))


@pytest.mark.parametrize("side", [0, 1])
def test_a_file_of_one_side_only(both: tuple[Path, Path], side: int) -> None:
    (both[side] / "movement/11.json").unlink()
    found = first(both)
    assert (found.file, found.step, found.where) == ("movement/11.json", 11, "the file itself")
    assert found.values == ((None, "(exists)") if side == 0 else ("(exists)", None))
    assert "(no such file)" in found.render()


def test_a_key_of_one_side_only(both: tuple[Path, Path]) -> None:
    edit(both[1], SCRATCH, "mood", to="fine")
    found = first(both)
    assert (found.where, found.values) == ("mood", ("(absent)", "fine"))


def test_another_order_of_keys(both: tuple[Path, Path]) -> None:
    scratch = json.loads((both[1] / SCRATCH).read_text())
    put(both[1], SCRATCH, dict(reversed(scratch.items())))
    found = first(both)
    assert (found.persona, found.where) == (BOB, "order of keys")
    assert found.values[0] == '["vision_r", "daily_req", "name"]'


@pytest.mark.parametrize(
    ("reference", "engine"), [("8", "8.0"), ("1", "true"), ("null", "0"), ('"a"', '"a" ')]
)
def test_equal_in_python_but_not_in_bytes(
    both: tuple[Path, Path], reference: str, engine: str
) -> None:
    for folder, text in zip(both, (reference, engine), strict=True):
        (folder / "reverie" / "meta.json").write_text('{\n  "step": ' + text + "\n}")
    found = first(both)
    assert found.file == "reverie/meta.json"
    assert found.values[0] != found.values[1]
    assert reference in (found.values[0] or "") and engine in (found.values[1] or "")


def test_files_that_are_not_json(both: tuple[Path, Path]) -> None:
    (both[1] / "movement/9.json").write_bytes(b'{\n  "persona": \xff')
    found = first(both)
    assert found.where == "line 2"
    assert "\\xff" in (found.values[1] or "")


def test_long_values_are_shortened(both: tuple[Path, Path]) -> None:
    edit(both[1], SCRATCH, "name", to="x" * 5000)
    shown = first(both).values[1]
    assert shown is not None and len(shown) < 500 and "5000 characters" in shown

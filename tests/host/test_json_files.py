"""JSON files: the text is that of the standard library, a file is complete or absent, and errors
name their position."""

from __future__ import annotations

import enum
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.host.json_files import indented, read_json, write_json

keys = st.text() | st.integers() | st.floats() | st.booleans() | st.none()
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(keys, inner)
    ),
)


class Colour(enum.IntEnum):
    """A whole number that is more than that."""

    RED = 1


@given(values)
def test_the_same_text(value: Any) -> None:
    """Texts of all kinds, numbers, what is nested and what is empty."""
    assert indented(value) == json.dumps(value, indent=2)


def test_kinds_of_numbers() -> None:
    """Left to the standard library, which knows them."""
    value = {"a": [Colour.RED, 1.5, float("nan"), True, 10**30]}
    assert indented(value) == json.dumps(value, indent=2)


def test_what_is_no_json() -> None:
    """Fails as it does there."""
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular"):
        indented(circle)
    with pytest.raises(TypeError, match="set"):
        indented({"a": {1}})


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """The simulation was removed during the run."""
    with pytest.raises(RunStoppedError, match="No such file"):
        write_json(tmp_path / "gone" / "1.json", {})


def test_replacing_is_whole(tmp_path: Path) -> None:
    """A value that JSON cannot hold leaves the old file as it was."""
    path = tmp_path / "1.json"
    write_json(path, {"old": 1})
    with pytest.raises(TypeError):
        write_json(path, {"new": object()})
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_reading_errors(tmp_path: Path) -> None:
    """Missing; broken, with line and column."""
    path = tmp_path / "0.json"
    with pytest.raises(UsageError, match=r"0\.json does not exist"):
        read_json(path)
    path.write_text('{\n  "a": 1,\n}')
    with pytest.raises(UsageError, match=r"0\.json, line 3, column 1"):
        read_json(path)
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(UsageError, match=r"0\.json"):
        read_json(path)

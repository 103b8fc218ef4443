"""JSON text: exactly that of the standard library, whatever the value."""

from __future__ import annotations

import enum
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.run.json_text import indented

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

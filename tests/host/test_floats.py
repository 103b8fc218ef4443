"""Floats as doubles: the same bits, and no other value is accepted."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.floats import doubles_of, floats_of


class OwnFloat(float):
    """Equal to a float, but of another type."""


floats = st.floats()
others = (
    st.integers()
    | st.complex_numbers()
    | st.text()
    | st.binary()
    | st.sampled_from([None, True, Ellipsis, OwnFloat(0.5), object(), "g", b"ggggggggg"])
    | st.lists(floats)
    | st.tuples(floats, floats)
)


@given(st.lists(floats))
def test_round_trip(numbers: list[float]) -> None:
    doubles = doubles_of(numbers)
    assert doubles == struct.pack(f"<{len(numbers)}d", *numbers)
    assert struct.pack(f"<{len(numbers)}d", *floats_of(doubles)) == doubles


@given(st.lists(floats), others, st.lists(floats | others))
def test_other_values(before: list[Any], other: Any, after: list[Any]) -> None:
    """One other value is enough for None."""
    assert doubles_of([*before, other, *after]) is None


def test_a_list_in_itself() -> None:
    numbers: list[Any] = [0.5]
    numbers.append(numbers)
    assert doubles_of(numbers) is None

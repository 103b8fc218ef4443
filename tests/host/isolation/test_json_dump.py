"""``json.dump`` in moves leaves what the library's own leaves."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.isolation.files.json_dump import indented_json
from tests.host.isolation.moves import isolated

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\n,")
)
KEYS = st.text(max_size=4) | st.integers()
RECORDS = st.lists(st.dictionaries(st.text(max_size=4), SCALARS, max_size=3), max_size=4)
VALUES = st.recursive(
    SCALARS | RECORDS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner),
    max_leaves=12,
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "indent": st.sampled_from([None, 0, 1, 4, "\t", "", "}{"]),
        "ensure_ascii": st.booleans(),
        "allow_nan": st.booleans(),
        "sort_keys": st.booleans(),
        "skipkeys": st.booleans(),
        "separators": st.just((",", ":")),
        "default": st.just(str),
    },
)


class Word(str):
    """A text of a type of its own."""


def outcome(make: Any) -> str | type[Exception]:
    try:
        return str(make())
    except (TypeError, ValueError) as error:
        return type(error)


@given(VALUES, OPTIONS)
def test_the_text_is_that_of_the_library(value: Any, options: dict[str, Any]) -> None:
    expected = outcome(lambda: json.dumps(value, **options))
    assert outcome(lambda: indented_json(value, options)) == expected


@pytest.mark.parametrize("odd", [{1}, Path("a"), Word("a"), {"a": [Word("b")]}, {("a",): 1}])
def test_values_of_other_types(odd: Any) -> None:
    expected = outcome(lambda: json.dumps([odd], indent=2))
    assert outcome(lambda: indented_json([odd], {"indent": 2})) == expected


def test_a_list_that_contains_itself() -> None:
    endless: list[Any] = []
    endless.append([endless])
    with pytest.raises(ValueError, match="Circular"):
        indented_json(endless, {"indent": 2})


def test_moves_and_rehearsals_see_the_same_text(tmp_path: Path) -> None:
    path, seen = tmp_path / "log.json", []
    log = {"total": 0.5, "entries": [{"n": n, "word": "é"} for n in range(50)], "none": []}

    def move() -> None:
        with open(path, "w") as file:
            json.dump(log, file, indent=4)
        with open(path) as file:
            seen.append(file.read())

    with isolated(sys.modules[__name__]) as moves:
        assert moves.rehearse(move) is None
        assert not path.exists()
        moves.start(move)
        moves.order.retire(0)
    assert seen == [json.dumps(log, indent=4)] * 2
    assert path.read_text() == seen[0]

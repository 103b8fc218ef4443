"""The text of embeddings equals that of ``json``, for all kinds of values."""

from __future__ import annotations

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.accelerators.save import FastJson

finite = st.floats(allow_nan=False, allow_infinity=False)
vectors = st.dictionaries(st.text(), st.lists(finite | st.sampled_from([0.0, -0.0]), min_size=1))
others = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


def written(dump: Any, value: Any) -> str:
    """The text that ``dump`` writes into a file."""
    file = io.StringIO()
    dump(value, file)
    return file.getvalue()


@given(vectors)
def test_vectors(embeddings: dict[str, list[float]]) -> None:
    assert written(FastJson.dump, embeddings) == written(json.dump, embeddings)


@given(vectors, st.text(), others)
def test_other_values(embeddings: dict[str, Any], key: str, other: Any) -> None:
    """A value that is no list of finite floats: alone, beside such lists, or inside of one."""
    for value in (other, {**embeddings, key: other}, {**embeddings, key: [0.5, other]}):
        assert written(FastJson.dump, value) == written(json.dump, value)

"""Embeddings: unit vectors, near for similar texts, never zero."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted.prompts import embed


def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


@given(st.text(max_size=200), st.sampled_from([1, 2, 64, 1536]))
def test_every_text_has_a_unit_vector(text: str, width: int) -> None:
    vector = embed(text, width)
    assert len(vector) == width
    assert math.isclose(math.hypot(*vector), 1.0, rel_tol=1e-9)


@pytest.mark.parametrize("width", [64, 1536])
def test_similar_texts_are_nearer(width: int) -> None:
    party = embed("Ida is planning a summer party at the cafe", width)
    same = embed("a summer party is planned by Ida at the cafe", width)
    other = embed("Max repairs his old bicycle in the garage", width)
    assert cosine(party, same) > cosine(party, other) + 0.3


def test_other_texts_have_other_vectors() -> None:
    assert embed("a dog bites a man") != embed("a man bites a dog")

"""The reorder buffer: results are put in in any order, and taken step by step in persona order."""

from __future__ import annotations

import pytest

from ga_ooo.engine.reorder import ReorderBuffer


def test_in_persona_order() -> None:
    """Whichever persona was first."""
    buffer: ReorderBuffer[str] = ReorderBuffer(3)
    for persona, step in ((2, 0), (2, 1), (0, 0), (1, 0)):
        buffer.put(step, persona, f"{persona} at {step}")
    assert buffer.take(0) == ["0 at 0", "1 at 0", "2 at 0"]
    assert len(buffer) == 1


def test_a_missing_result_is_a_defect() -> None:
    """A step is never written without the result of a persona."""
    buffer: ReorderBuffer[str] = ReorderBuffer(2)
    buffer.put(4, 1, "here")
    with pytest.raises(ValueError, match="step 4 retires with 1 of 2"):
        buffer.take(4)

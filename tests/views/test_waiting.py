"""The tree of who waits for whom, of records that no run has written."""

from __future__ import annotations

from pathlib import Path

from ga_ooo.record import RecordReader
from ga_ooo.record.rows import Latest
from ga_ooo.views.waiting import longest_chain, waiting_tree
from tests.record.rows import write


def held(persona: int, blocker: int | None) -> Latest:
    hazard = None if blocker is None else "lag"
    return Latest(persona, 1.0, 2, "held", hazard, blocker, 0.5 if hazard else None, None, None)


def test_chains() -> None:
    states = {persona: held(persona, max(0, persona - 1) or None) for persona in range(5000)}
    assert longest_chain(states)[-1] == 4999
    cycle = {0: held(0, 1), 1: held(1, 0), 2: held(2, 7)}
    assert longest_chain(cycle) == [1, 0]
    assert longest_chain({3: held(3, 0), **cycle, 4: held(4, 1)}) == [1, 0, 3]
    assert longest_chain({}) == []


def test_nobody_waits(tmp_path: Path) -> None:
    path = write(tmp_path / "ga_ooo" / "record.sqlite", [held(0, None), held(1, None)])
    with RecordReader(path) as reader:
        lines = waiting_tree(reader)
    assert lines[2].startswith("At the end of their steps, or about to be issued (2): Ada Byron, ")
    assert lines[-1] == "Nobody waits for another persona."


def test_before_the_first_step(tmp_path: Path) -> None:
    path = write(tmp_path / "ga_ooo" / "record.sqlite", [])
    with RecordReader(path) as reader:
        assert "has not begun yet" in waiting_tree(reader)[0]

"""Traces as files and in parts."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.trace.files import check_new_trace, read_trace, write_trace
from ga_ooo.trace.format import NO_INDEX, Calls, Rehearsals, Trace
from ga_ooo.trace.recording import CallRow, TraceBuilder
from tests.lab.replay.drawing import finished, make_town, make_trace


def same_columns(one: Calls | Rehearsals, other: Calls | Rehearsals) -> bool:
    """Whether all columns are equal."""
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))


def test_a_trace_is_written_and_read(tmp_path: Path) -> None:
    trace = make_trace(seed=3, first=100)
    write_trace(tmp_path / "day.npz", trace)
    read = read_trace(tmp_path / "day.npz")
    assert read.facts == trace.facts
    assert np.array_equal(read.town.walkable, trace.town.walkable)
    assert np.array_equal(read.tiles, trace.tiles) and np.array_equal(read.shown, trace.shown)
    assert len(read.calls) > 20 and same_columns(read.calls, trace.calls)
    assert len(read.rehearsals) > 5 and same_columns(read.rehearsals, trace.rehearsals)
    assert [path.name for path in tmp_path.iterdir()] == ["day.npz"]


def test_calls_of_a_move_are_found() -> None:
    trace = make_trace()
    gathered: dict[tuple[int, int], list[int]] = {}
    pairs = zip(trace.calls.persona.tolist(), trace.calls.step.tolist(), strict=True)
    for number, move in enumerate(pairs):
        gathered.setdefault(move, []).append(number)
    assert {move: list(calls) for move, calls in trace.calls_of.items()} == gathered
    assert make_trace(asking=0.0).calls_of == {}


def test_a_move_that_starts_over_counts_once() -> None:
    builder = TraceBuilder(["a"], [0], 7)
    for text in ("first try", "second try"):
        for ordinal in range(3 if text == "first try" else 2):
            builder.asked(0, 7, ordinal, CallRow(text, "plan", NO_INDEX, 0.0))
    builder.asked(0, 8, 0, CallRow("never retired", "plan", NO_INDEX, 0.0))
    builder.retired([0], ["sleeps"])
    trace = finished(builder, make_town())
    assert [trace.facts.kinds[kind] for kind in trace.calls.kind] == ["second try"] * 2
    assert trace.steps == 1


def test_parts_of_a_day() -> None:
    trace = make_trace(steps=60, first=100)
    part = trace.between(120, 150)
    assert part.steps == 30 and part.facts.first_step == 120
    assert np.array_equal(part.tiles[0], trace.tiles[20])
    assert np.array_equal(part.tiles[-1], trace.tiles[50])
    assert part.facts.start_time == "2023-02-13T00:03:20"
    inside = (trace.calls.step >= 120) & (trace.calls.step < 150)
    assert np.array_equal(part.calls.tokens_in, trace.calls.tokens_in[inside])
    used = part.rehearsals.used_by[part.rehearsals.used_by != NO_INDEX]
    assert len(used) and np.all(part.calls.step[used] >= 120)
    moved = part.numbered_from(0)
    assert moved.calls.step.min() >= 0 and moved.calls.step.max() < 30
    assert np.array_equal(moved.rehearsals.step, part.rehearsals.step - 120)
    for first, until in ((99, 110), (150, 161), (120, 120)):
        with pytest.raises(UsageError, match="are not in a trace of steps 100 to 160"):
            trace.between(first, until)


def changed(trace: Trace, **columns: Any) -> dict[str, Any]:
    """The columns of a trace file, with some wrong ones."""
    path = Path(columns.pop("folder")) / "whole.npz"
    write_trace(path, trace)
    with np.load(path) as file:
        return {**{name: file[name] for name in file.files}, **columns}


@pytest.mark.parametrize(
    ("column", "wrong", "message"),
    [
        ("tiles", np.zeros((3, 3), np.int32), "its tiles do not fit its steps"),
        ("tiles", np.full((61, 6), 10**6, np.int32), "tiles outside of the map"),
        ("call_persona", np.zeros(2, np.int32), "differ in length"),
        ("walkable", np.ones((16, 40), np.bool_), "its map has another digest"),
        ("facts", np.array("{}"), "not a trace of ga-ooo"),
        ("facts", np.array("no JSON"), "not a complete trace"),
        (
            "facts",
            np.array(json.dumps({"format": "ga_ooo trace", "version": 1})),
            "another version",
        ),
    ],
)
def test_columns_that_do_not_fit(column: str, wrong: Any, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "bad.npz", **changed(make_trace(), folder=tmp_path, **{column: wrong}))
    with pytest.raises(UsageError, match=message):
        read_trace(tmp_path / "bad.npz")


def test_calls_out_of_order_are_refused(tmp_path: Path) -> None:
    trace = make_trace()
    columns = changed(trace, folder=tmp_path, call_step=trace.calls.step[::-1])
    np.savez(tmp_path / "bad.npz", **columns)
    with pytest.raises(UsageError, match="not sorted"):
        read_trace(tmp_path / "bad.npz")


def test_files_that_are_not_traces(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no trace"):
        read_trace(tmp_path / "none.npz")
    write_trace(tmp_path / "whole.npz", make_trace())
    whole = (tmp_path / "whole.npz").read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 10):
        (tmp_path / "cut.npz").write_bytes(whole[:size])
        with pytest.raises(UsageError, match="trace"):
            read_trace(tmp_path / "cut.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(UsageError, match="is no trace: it has no 'facts'"):
        read_trace(tmp_path / "other.npz")


def test_where_a_trace_may_be_written(tmp_path: Path) -> None:
    check_new_trace(tmp_path / "new.npz")
    (tmp_path / "old.npz").touch()
    for path in (tmp_path / "new.txt", tmp_path / "old.npz", tmp_path / "no" / "new.npz"):
        with pytest.raises(UsageError):
            check_new_trace(path)


def test_a_trace_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "day.npz"
    target.mkdir()
    with pytest.raises(RunStoppedError, match="cannot be written"):
        write_trace(target, make_trace())
    assert [path.name for path in tmp_path.iterdir()] == ["day.npz"]

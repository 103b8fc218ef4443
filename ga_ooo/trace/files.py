"""Reads and writes trace files: written completely or not at all, and checked when read."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from ga_ooo.disk import DISK, naming_file, write_whole
from ga_ooo.errors import UsageError
from ga_ooo.npz import read_npz
from ga_ooo.town.map import TownMap
from ga_ooo.trace.format import NO_INDEX, Calls, Rehearsals, Trace, TraceFacts

FORMAT: Final = "ga_ooo trace"
VERSION: Final = 3
_RECORD: Final = "record one: ga-ooo run ... --trace FILE"

_CACHED: Final = "it has prompts of which more tokens are cached than they have"

_Columns = TypeVar("_Columns", Calls, Rehearsals)


def check_new_trace(path: Path) -> None:
    """Check that a new trace can be written to a path.

    Raises:
        UsageError: it cannot be written there.
    """
    if path.suffix != ".npz":
        raise UsageError(
            f"the name of the trace {path} must end in .npz", "give a name such as day.npz"
        )
    if path.exists():
        raise UsageError(f"{path} exists already", "give the trace another name")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "make it, or name another one")


def write_trace(path: Path, trace: Trace) -> None:
    """Write a trace.

    Raises:
        RunStoppedError: the file cannot be written. No part of it is left.
    """
    head = {"format": FORMAT, "version": VERSION, **asdict(trace.facts)}
    columns: dict[str, Any] = {
        "facts": np.array(json.dumps(head)),
        "walkable": trace.town.walkable,
        "arena": trace.town.arena,
        "tiles": trace.tiles,
        "shown": trace.shown,
        **_named("call", trace.calls),
        **_named("rehearsal", trace.rehearsals),
    }
    content = io.BytesIO()
    np.savez_compressed(content, **columns)
    remedy = "the simulation is saved; free disk space or correct the permissions, and run it again"
    with naming_file(path, remedy, "the trace {} cannot be written"):
        write_whole(DISK, path, content.getvalue(), private=True)


def read_trace(path: Path) -> Trace:
    """Read a trace.

    Raises:
        UsageError: the file is not a trace, is one of another version, or has columns that do not
            fit together.
    """
    try:
        columns = read_npz(path)
    except FileNotFoundError:
        raise UsageError(
            f"there is no trace {path}", "record one: ga-ooo run ... --trace FILE"
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}", _RECORD) from error
    except ValueError as error:
        raise UsageError(f"{path} is no trace: {error}", _RECORD) from error
    try:
        trace = _make(path, columns)
        _check(trace)
    except KeyError as error:
        raise UsageError(f"{path} is no trace: it has no {error}", _RECORD) from error
    except (LookupError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{path} is not a complete trace: {error}", _RECORD) from error
    return trace


def _make(path: Path, columns: Mapping[str, Any]) -> Trace:
    head = json.loads(str(columns["facts"]))
    if head.pop("format", None) != FORMAT:
        raise UsageError(f"{path} is not a trace of ga-ooo", _RECORD)
    if head.pop("version", None) != VERSION:
        raise UsageError(f"{path} is a trace of another version of ga-ooo", _RECORD)
    facts = msgspec.convert(head, TraceFacts)
    datetime.datetime.fromisoformat(facts.start_time)
    _demand(_fits(columns["walkable"], 2, "b"), "its map is no table")
    _demand(_fits(columns["arena"], 2, "iu"), "its arenas are no table of numbers")
    for name in ("tiles", "shown"):
        _demand(_fits(columns[name], 2, "iu"), f"{name} is no table of whole numbers")
    return Trace(
        facts,
        TownMap(columns["walkable"], columns["arena"]),
        columns["tiles"],
        columns["shown"],
        _columns("call", Calls, columns),
        _columns("rehearsal", Rehearsals, columns),
    )


def _named(prefix: str, columns: Calls | Rehearsals) -> dict[str, Any]:
    return {f"{prefix}_{f.name}": getattr(columns, f.name) for f in fields(columns)}


def _columns(prefix: str, form: type[_Columns], columns: Mapping[str, Any]) -> _Columns:
    found = {f.name: columns[f"{prefix}_{f.name}"] for f in fields(form)}
    for name, column in found.items():
        _demand(_fits(column, 1, "iuf"), f"{prefix}_{name} is no column of numbers")
    return form(**found)


def _check(trace: Trace) -> None:
    """Raise ValueError where columns do not fit together."""
    facts, calls, early = trace.facts, trace.calls, trace.rehearsals
    people, steps, tiles = trace.count, trace.steps, trace.town.size
    last = facts.first_step + steps
    _demand(trace.town.digest() == facts.map_digest, "its map has another digest than it says")
    _demand(trace.shown.shape == (steps, people), "its activities do not fit its steps")
    _demand(trace.tiles.shape == (steps + 1, people), "its tiles do not fit its steps")
    _demand(_within(trace.tiles, 0, tiles), "it has tiles outside of the map")
    for columns in (calls, early):
        lengths = {len(getattr(columns, f.name)) for f in fields(columns)}
        _demand(len(lengths) == 1, "its columns differ in length")
        _demand(_within(columns.persona, 0, people), "it has calls of unknown personas")
        _demand(_within(columns.step, facts.first_step, last), "it has calls outside of its steps")
        _demand(_within(columns.kind, 0, len(facts.kinds)), "it has calls of unknown kinds")
        cached = columns.tokens_cached
        _demand(bool(np.all((cached >= 0) & (cached <= columns.tokens_in))), _CACHED)
    moves = calls.step.astype(np.int64) * people + calls.persona
    _demand(bool(np.all(np.diff(moves) >= 0)), "its calls are not sorted")
    _demand(_within(calls.stage, 0, len(facts.stages)), "it has calls of unknown stages")
    _demand(_within(calls.partner, NO_INDEX, people), "it has unknown partners")
    _demand(_within(calls.same_as, NO_INDEX, len(calls)), "it has answers of unknown calls")
    answers = len(calls) + len(early)
    _demand(_within(early.after, NO_INDEX, answers), "it has prefetches after unknown answers")
    _demand(
        _within(early.used_by, NO_INDEX, len(calls)), "it has prefetches that unknown calls use"
    )


def _fits(column: Any, dimensions: int, kinds: str) -> bool:
    """Whether a column has so many dimensions, and a type of one of these kinds of numpy's."""
    return column.ndim == dimensions and column.dtype.kind in kinds


def _within(values: Any, low: int, end: int) -> bool:
    return not len(values) or (int(values.min()) >= low and int(values.max()) < end)


def _demand(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)

"""Exports of a record: tables as CSV files, and a timeline for Perfetto."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from ga_ooo.errors import UsageError
from ga_ooo.record import RecordReader
from ga_ooo.record.reader import ALL, Range
from ga_ooo.record.rows import Call, EarlyCall, Held, Move
from ga_ooo.record.tables import TABLES
from ga_ooo.texts import shown

Event: TypeAlias = Mapping[str, Any]
"""An event of the Trace Event Format, in which Perfetto and Chrome read timelines."""

_PERSONAS, _CALLS, _EARLY, _RUN = 1, 2, 3, 4
_PROCESSES: Final = {
    _PERSONAS: "personas",
    _CALLS: "calls of moves",
    _EARLY: "calls of rehearsals",
    _RUN: "run",
}


def write_tables(reader: RecordReader, folder: Path) -> list[Path]:
    """Write a CSV file for each table into a new folder that only its owner can enter.

    Returns:
        the files.

    Raises:
        UsageError: the folder exists, or cannot be made.
    """
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise UsageError(
            f"cannot make the folder {folder}: {error.strerror}", "name a new one with --output"
        ) from error
    files = []
    for table in TABLES:
        path = folder / f"{table.name}.csv"
        with new_file(path) as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(table.columns)
            for row in reader.all_rows(table.row):
                lines.writerow(getattr(row, name) for name in table.columns)
        files.append(path)
    return files


def new_file(path: Path) -> IO[str]:
    """A new file that only its owner can read.

    Raises:
        UsageError: it exists, or cannot be written.
    """
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror}", "name a new file with --output"
        ) from error
    return os.fdopen(number, "w", encoding="utf-8", newline="")


def write_timeline(reader: RecordReader, path: Path, of: Range = ALL) -> None:
    """Write a timeline for https://ui.perfetto.dev.

    It has a row for each persona with moves and holds, arrows from the persona that held another
    one to the end of the hold, rows of calls, and counters.

    Args:
        of: steps and persona; the counters are those of the whole run.

    Raises:
        UsageError: the file exists, or cannot be written.
    """
    with new_file(path) as file:
        file.write('{"displayTimeUnit":"ms","traceEvents":[\n')
        separator = ""
        for event in _events(reader, of):
            file.write(separator + json.dumps(event, ensure_ascii=False, separators=(",", ":")))
            separator = ",\n"
        file.write("\n]}\n")


def _events(reader: RecordReader, of: Range) -> Iterator[Event]:
    for process, name in _PROCESSES.items():
        yield {"ph": "M", "name": "process_name", "pid": process, "args": {"name": name}}
    for index, name in enumerate(reader.names):
        for process in (_PERSONAS, _CALLS, _EARLY):
            yield _naming(process, index, name)
    for move in reader.moves(of):
        yield from _of_move(move)
    arrows = count(1)
    for hold in reader.holds(of):
        yield from _of_hold(reader, hold, next(arrows))
    for call in reader.calls(of):
        yield from _of_call(call, _CALLS, {"stage": shown(call.stage), "source": call.source})
    used = {call.early for call in reader.calls() if call.early is not None}
    for early in reader.early_calls(of):
        yield from _of_call(early, _EARLY, {"used": early.call in used})
    for step in reader.steps(of):
        yield _counter("commit horizon", step.retired_at, {"step": step.step + 1})
    for sample in reader.servers():
        name = f"calls at {shown(sample.server)}"
        yield _counter(name, sample.at, {"in flight": sample.in_flight})


def _of_move(move: Move) -> Iterator[Event]:
    failed = {"failures": move.failures} if move.failures else {}
    args = {"step": move.step, "x": move.x, "y": move.y, **failed}
    name = f"step {move.step}"
    yield _slice(move.persona, "move", name, move.issued_at, move.completed_at, args)


def _of_hold(reader: RecordReader, hold: Held, arrow: int) -> Iterator[Event]:
    blocker = shown(reader.name(hold.blocker))
    args = {"step": hold.step, "before": hold.before, "by": blocker}
    name = f"held: {shown(hold.hazard)}"
    yield _slice(hold.persona, "hold", name, hold.began_at, hold.ended_at, args)
    # An arrow begins and ends within slices.
    common = {"cat": "held by", "name": "held by", "pid": _PERSONAS, "id": arrow}
    yield {**common, "ph": "s", "tid": hold.blocker, "ts": _microseconds(hold.ended_at)}
    yield {**common, "ph": "f", "bp": "e", "tid": hold.persona, "ts": _microseconds(hold.ended_at)}


def _of_call(call: Call | EarlyCall, process: int, more: Event) -> Iterator[Event]:
    # Calls of one persona may overlap, so they are asynchronous slices.
    common = {
        "cat": "call",
        "name": shown(call.kind),
        "pid": process,
        "tid": call.persona,
        "id": call.call,
    }
    args = {"step": call.step, "tokens in": call.tokens_in, "tokens out": call.tokens_out, **more}
    yield {**common, "ph": "b", "ts": _microseconds(call.asked_at), "args": args}
    yield {**common, "ph": "e", "ts": _microseconds(call.answered_at)}


def _naming(process: int, thread: int, name: str) -> Event:
    return {
        "ph": "M",
        "name": "thread_name",
        "pid": process,
        "tid": thread,
        "args": {"name": shown(name)},
    }


def _slice(thread: int, category: str, name: str, begin: float, end: float, args: Event) -> Event:
    return {
        "ph": "X",
        "cat": category,
        "name": name,
        "pid": _PERSONAS,
        "tid": thread,
        "ts": _microseconds(begin),
        "dur": _microseconds(end - begin),
        "args": args,
    }


def _counter(name: str, at: float, values: Event) -> Event:
    return {"ph": "C", "name": name, "pid": _RUN, "ts": _microseconds(at), "args": values}


def _microseconds(seconds: float) -> float:
    return round(seconds * 1e6, 1)

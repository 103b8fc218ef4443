"""A small record: two personas, four steps, one conversation."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from ga_ooo.record.opening import OpenRecord, open_for_run
from ga_ooo.record.reader import RecordFacts
from ga_ooo.record.rows import (
    Activity,
    Call,
    Conversation,
    EarlyCall,
    Held,
    Latest,
    Move,
    Prompt,
    RetiredStep,
    Row,
    RunProcess,
    ServerSample,
    Utterance,
)
from ga_ooo.record.worker_rows import WorkerSample
from ga_ooo.record.writer import RecordWriter

NAMES = ("Ada Byron", "Bo <script>alert(1)</script>")

FACTS = RecordFacts(
    package="0",
    first_step=0,
    start_time=datetime.datetime(2023, 2, 13, 8, 0),
    step_seconds=10.0,
    map_name="the_ville",
    width=140,
    height=100,
    radius=8,
    clock="wall",
    seed=0,
    rule="reach",
)

ROWS: list[Row] = [
    RunProcess(0, 0.0, "2026-01-01T00:00:00+00:00", 0),
    *(
        Move(i, s, 3 + s, 4, s * 1.0, s + 0.2, s + 0.5, s + 0.6, i)
        for s in range(4)
        for i in (0, 1)
    ),
    *(RetiredStep(s, s + 0.7) for s in range(4)),
    Held(1, 2, "issue", "order", 0, 2.0, 2.15),
    Held(1, 2, "commit", "commit", 0, 2.5, 2.6),
    EarlyCall(1, 0, 0, 2, "utterance", 0.1, 0.4, 90, 9, "m", "http://a/v1", 1),
    Call(2, 0, 2, 0, 0, "utterance", "plan", 1, 2.2, 2.2, 90, 9, "early", 1, "m", "", 0),
    Call(3, 1, 2, 0, 0, "poignancy", "perceive", None, 2.3, 2.4, 50, 1, "model", None, "m", "s", 2),
    EarlyCall(4, 1, 3, 5, "utterance", 3.1, 3.4, 70, 7, "m", "http://a/v1", 1),
    Prompt(3, "How poignant?", "5"),
    Prompt(2, "Say something", "Hi"),
    Activity(0, 0, "x", "sleeping @ the Ville:house:bed"),
    Activity(0, 2, "y", "talking @ the Ville:cafe:counter"),
    Conversation(0, 0, 1, 2, 3, 5, 4, "the Ville:cafe:counter"),
    Utterance(0, 0, NAMES[0], "Hi <b>Bo</b>"),
    Utterance(0, 1, NAMES[1], "\x1b[31mHello\x07\u202e"),
    ServerSample("http://a/v1", 2.5, "closed", 3, 10, 1, 900, 90),
    WorkerSample("worker 1", 2.5, "node", 7, "rehearsing", 0, 90, 9, 7, 1, 1.5, 0.004),
    Latest(0, 4.0, 4, "running", None, None, None, "utterance", 3.9),
    Latest(1, 4.0, 4, "held", "order", 0, 3.8, None, None),
]


def open_new(path: Path, step: int = 0) -> OpenRecord:
    """A record at a path, open for a run."""
    opened = open_for_run(path, FACTS, NAMES, step)
    assert opened is not None
    return opened


def write(path: Path, rows: Iterable[Row] = ROWS) -> Path:
    """A record of these rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = RecordWriter(path, open_new(path).connection, lambda: ())
    for row in rows:
        writer.add(row)
    writer.close()
    return path

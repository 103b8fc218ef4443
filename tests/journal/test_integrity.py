"""A changed letter, a missing row, a lost end: each is noticed, named, and repaired on resume."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.errors import UsageError
from ga_ooo.journal._integrity import CONTENT, checksum
from ga_ooo.journal.records import JournalMode, Transport
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import CallKey, ModelAnswer
from tests.journal.runs import chat, embed, open_journal

STEPS = 6
CAME = Transport(1, 2, 3.5, "http://gpu0/v1", 2)


async def fill(journal: Journal) -> None:
    """At each step a chat of Klaus and one of Maria, and an embedding."""
    for step in range(STEPS):
        for name in ("Klaus", "Maria"):
            key = CallKey(name, step, 0)
            await journal.record(chat("?", key), ModelAnswer(f"{name} at {step}"), CAME)
        text = embed(f"{step}", CallKey("Klaus", step, 1))
        await journal.record(text, ModelAnswer(embedding=(0.1, float(step))), CAME)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of 18 calls and 6 embeddings."""
    path = tmp_path / "journal.sqlite"
    with closing(open_journal(path)) as journal:
        asyncio.run(fill(journal))
    return path


def change(statement: str, *values: Any) -> Callable[[Path], None]:
    """A damage by SQL."""

    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement, values)

    return damage


AT = "WHERE persona = 'Klaus' AND step = 3 AND ordinal = 0"
DAMAGES = {
    "answer": (change(f"UPDATE calls SET answer = 'Klaus at 4' {AT}"), "a call of Klaus at step 3"),
    "request": (change(f"UPDATE calls SET request = '{{}}' {AT}"), "a call of Klaus at step 3"),
    "tokens": (change(f"UPDATE calls SET output_tokens = 7 {AT}"), "a call of Klaus at step 3"),
    "no answer": (change(f"UPDATE calls SET answer = NULL {AT}"), "a call of Klaus at step 3"),
    "persona": (change(f"UPDATE calls SET persona = 'Eve' {AT}"), "a call of Eve at step 3"),
    "step": (change(f"UPDATE calls SET step = 99 {AT}"), "a call of Klaus at step 99"),
    "kind of step": (change(f"UPDATE calls SET step = 'x' {AT}"), "a call of Klaus"),
    "missing": (change(f"DELETE FROM calls {AT}"), "before a call of Maria at step 3, a row is"),
    "vector": (change("UPDATE embeddings SET vector = x'00' WHERE rowid = 3"), "an embedding"),
    "end": (change("DELETE FROM calls WHERE step = 5"), "3 answers at its end are missing"),
    "all": (change("DELETE FROM calls"), "18 answers at its end are missing"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_replay_refuses_a_damaged_journal(path: Path, name: str) -> None:
    damage, named = DAMAGES[name]
    damage(path)
    with pytest.raises(UsageError, match="is damaged") as raised:
        open_journal(path, JournalMode.REPLAY)
    assert named in raised.value.problem
    # Nothing is held: the file can be opened by the run that repairs it.
    open_journal(path, JournalMode.RESUME).close()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_resumed_run_asks_again(path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    damage, named = DAMAGES[name]
    damage(path)
    with closing(open_journal(path, JournalMode.RESUME)) as journal:
        with caplog.at_level(logging.WARNING):
            journal.repair(0)
        assert named in caplog.text
        before = journal.find(CallKey("Maria", 1, 0))
        assert (before is None) == (name == "all")
        if name not in ("vector", "end"):
            assert journal.find(CallKey("Klaus", 3, 0)) is None
            assert journal.find(CallKey("Maria", 4, 0)) is None
        asyncio.run(journal.record(chat("?", CallKey("Zoe", 9, 0)), ModelAnswer("!"), CAME))
    open_journal(path, JournalMode.REPLAY).close()


def test_calls_that_nobody_takes_again_are_left_out_only(path: Path) -> None:
    DAMAGES["answer"][0](path)
    with closing(open_journal(path, JournalMode.RESUME)) as journal:
        journal.repair(4)
        assert journal.find(CallKey("Klaus", 3, 0)) is None
        assert journal.find(CallKey("Maria", 3, 0)) is not None
        assert journal.find(CallKey("Klaus", 5, 0)) is not None


def test_a_deleted_log_is_noticed(tmp_path: Path) -> None:
    """While the file is open, its newest answers lie in the write-ahead log."""
    path, copy = tmp_path / "journal.sqlite", tmp_path / "copy.sqlite"
    with closing(open_journal(path)) as journal:
        asyncio.run(fill(journal))
        shutil.copy(path, copy)
        shutil.copy(f"{path}.head", f"{copy}.head")
    with pytest.raises(UsageError, match="24 answers at its end are missing"):
        open_journal(copy, JournalMode.REPLAY)


def test_a_damaged_journal_is_not_compacted(path: Path) -> None:
    DAMAGES["answer"][0](path)
    journal = open_journal(path, JournalMode.RESUME)
    with closing(journal), pytest.raises(UsageError, match="is damaged"):
        journal.compact(1)


def test_a_compacted_journal_is_sound(path: Path) -> None:
    with closing(open_journal(path, JournalMode.RESUME)) as journal:
        journal.note_committed("Klaus", 3)
        assert journal.compact(3) == 9
    open_journal(path, JournalMode.REPLAY).close()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"calls": -1, "embeddings": 1e9}'])
def test_a_damaged_note_is_no_damage(path: Path, content: bytes) -> None:
    Path(f"{path}.head").write_bytes(content)
    open_journal(path, JournalMode.REPLAY).close()


@given(st.data())
def test_any_other_value_has_another_checksum(data: st.DataObject) -> None:
    values = st.none() | st.text() | st.binary() | st.integers(0, 2**62)
    width = len(CONTENT["embeddings"].split(", "))
    row = data.draw(st.lists(values, min_size=width, max_size=width))
    place = data.draw(st.integers(0, width - 1))
    other = data.draw(values)
    changed = [*row[:place], other, *row[place + 1 :]]
    equal = _bytes_of(row[place]) == _bytes_of(other)
    assert (checksum(row) == checksum(changed)) == equal


def _bytes_of(value: Any) -> bytes | None:
    """Text and its bytes count as equal."""
    return value if value is None or isinstance(value, bytes) else str(value).encode()

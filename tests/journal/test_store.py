"""The journal returns what was stored, bit by bit and in order, and only its owner can read it."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import stat
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.journal.records import (
    JournalMode,
    Transport,
    read_text,
    read_vector,
    write_body,
    write_text,
    write_vector,
)
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall, ModelRequest
from tests.journal.runs import chat, embed, open_journal

TRANSPORT = Transport(0.25, 1_000.5, 1_000.75, "http://gpu0/v1", 2)

# Including halves of surrogate pairs, which JSON can contain and SQLite's text cannot.
texts = st.text(st.characters(exclude_categories=()))
singles = st.floats(width=32, allow_nan=False, allow_infinity=False)
doubles = st.floats(allow_nan=False, allow_infinity=False)
vectors = st.lists(singles) | st.lists(doubles)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(open_journal(tmp_path / "journal.sqlite")) as opened:
        yield opened


def again(journal: Journal, mode: JournalMode = JournalMode.REPLAY) -> Journal:
    """The same file, opened again."""
    journal.close()
    return open_journal(journal.path, mode)


@given(texts)
def test_any_text_is_kept(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.text_factory = read_text
        stored = write_text(text)
        kept = connection.execute("SELECT CAST(? AS TEXT), typeof(CAST(? AS TEXT))", (stored,) * 2)
        assert kept.fetchone() == (text, "text")


@given(vectors)
def test_an_embedding_keeps_every_bit(vector: list[float]) -> None:
    form, stored = write_vector(tuple(vector))
    back = read_vector(form, stored)
    # Not ==, because -0.0 == 0.0.
    assert struct.pack(f"{len(vector)}d", *vector) == struct.pack(f"{len(back)}d", *back)


@given(st.lists(singles, min_size=1))
def test_single_precision_takes_half_the_room(vector: list[float]) -> None:
    assert write_vector(tuple(vector))[0] == "f4"


def test_an_answer_comes_back_whole(journal: Journal) -> None:
    steps = itertools.count()

    @given(texts, texts, st.integers(0, 2**31), vectors)
    def check(prompt: str, text: str, tokens: int, vector: list[float]) -> None:
        key = CallKey("K", next(steps), 0)
        # Requests are hashed as UTF-8, so only answers may contain halves of surrogate pairs.
        prompt = f"{key.step} {prompt.encode('utf-8', 'replace').decode()}"
        said = ModelAnswer(text, (), text, tokens, tokens + 1, text)
        meant = ModelAnswer("", tuple(vector), "stop", tokens, 0, text)
        asked, embedded = chat(prompt, key, stop=["x"]), embed(prompt, None)
        asyncio.run(record_both(journal, (asked, said), (embedded, meant)))
        found = journal.find(key)
        assert found is not None
        assert (found.answer, found.kind) == (said, CallKind.CHAT)
        assert found.fingerprint == asked.request.fingerprint
        assert journal.find_embedding(embedded.request.fingerprint) == meant

    check()


async def record_both(journal: Journal, *pairs: tuple[ModelCall, ModelAnswer]) -> None:
    """Record answers concurrently."""
    await asyncio.gather(*(journal.record(call, answer, TRANSPORT) for call, answer in pairs))


async def test_every_column_is_filled_in(journal: Journal) -> None:
    key = CallKey("Klaus", 12, 3, 1)
    call = replace(chat("Hello", key, temperature=0.5), occurrence=4, seed=99)
    await journal.record(call, ModelAnswer("Hi", (), "length", 5, 6, "llama"), TRANSPORT)
    journal.close()
    with closing(sqlite3.connect(journal.path)) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM calls").fetchone())
    body = '{"model":"gpt","temperature":0.5,"messages":[{"role":"user","content":"Hello"}]}'
    expected = {"id": 1, "persona": "Klaus", "step": 12, "attempt": 1, "ordinal": 3}
    expected |= {"kind": "chat", "fingerprint": call.request.fingerprint, "occurrence": 4}
    expected |= {"seed": 99, "finish_reason": "length", "model": "llama", "prompt_tokens": 5}
    expected |= {"output_tokens": 6, "seconds": 0.25, "started": 1000.5, "finished": 1000.75}
    expected |= {"endpoint": "http://gpu0/v1", "attempts": 2, "answer": "Hi", "request": body}
    assert len(row.pop("checksum")) == len(row.pop("link")) == 16
    assert row == expected


async def test_answers_of_one_iteration_share_a_commit(
    journal: Journal,
) -> None:
    seen: list[tuple[int, int]] = []
    with closing(sqlite3.connect(journal.path)) as other:

        async def ask(number: int) -> None:
            call = chat(f"{number}", CallKey("K", number, 0))
            await journal.record(call, ModelAnswer(f"{number}"), TRANSPORT)
            (durable,) = other.execute("SELECT count(*) FROM calls").fetchone()
            seen.append((number, durable))

        await asyncio.gather(*map(ask, range(50)))
        stored = [step for (step,) in other.execute("SELECT step FROM calls ORDER BY id")]
    assert seen == [(number, 50) for number in range(50)]
    assert stored == list(range(50))


async def test_an_answer_is_stored_although_its_caller_was_cancelled(journal: Journal) -> None:
    key = CallKey("K", 1, 0)
    task = asyncio.create_task(journal.record(chat("?", key), ModelAnswer("!"), TRANSPORT))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with closing(again(journal)) as reopened:
        assert reopened.find(key) is not None


async def test_only_its_owner_can_read_it(journal: Journal) -> None:
    await journal.record(chat("?", CallKey("K", 1, 0)), ModelAnswer("!"), TRANSPORT)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in journal.path.parent.iterdir()}
    names = ["journal.sqlite", "journal.sqlite.head", "journal.sqlite.lock"]
    names += ["journal.sqlite-shm", "journal.sqlite-wal"]
    assert modes == dict.fromkeys(names, 0o600)


def test_what_may_be_a_key_is_not_stored() -> None:
    secrets = {"headers": {"Authorization": "Bearer sk-1"}, "api_key": "sk-2", "Extra_Headers": 3}
    request = ModelRequest(CallKind.CHAT, "m", (("user", "hi"),), parameters={**secrets, "n": 1})
    body = write_body(request)
    assert "sk-" not in body
    assert '"n":1' in body


async def test_commit_steps_are_kept(journal: Journal) -> None:
    journal.note_committed("Klaus", 4)
    journal.note_committed("Klaus", 5)
    journal.note_committed("Maria", 2)
    assert journal.commit_steps() == {"Klaus": 6, "Maria": 3}
    with closing(again(journal, JournalMode.RESUME)) as resumed:
        assert resumed.commit_steps() == {"Klaus": 6, "Maria": 3}
        resumed.note_committed("Maria", 3)
        assert resumed.commit_steps() == {"Klaus": 6, "Maria": 4}


async def test_a_commit_is_stored_with_the_next_answers(journal: Journal) -> None:
    journal.note_committed("Klaus", 4)
    await journal.record(chat("?", CallKey("K", 1, 0)), ModelAnswer("!"), TRANSPORT)
    with closing(sqlite3.connect(journal.path)) as other:
        assert other.execute("SELECT * FROM commits").fetchall() == [("Klaus", 5)]


async def fill(journal: Journal, steps: int) -> None:
    """A chat and an embedding at each step."""
    for step in range(steps):
        said = ModelAnswer("a word or two " * 400)
        text = embed(f"{step}", CallKey("K", step, 1))
        await asyncio.gather(
            journal.record(chat("?", CallKey("K", step, 0)), said, TRANSPORT),
            journal.record(text, ModelAnswer(embedding=(0.1,) * 200), TRANSPORT),
        )
        journal.note_committed("K", step)


async def test_compaction_drops_old_calls_and_keeps_embeddings(journal: Journal) -> None:
    await fill(journal, 60)
    with closing(again(journal, JournalMode.RESUME)) as full:
        before = full.path.stat().st_size
        assert full.compact(50) == 100
        assert full.path.stat().st_size < before * 0.75
        assert full.compact(10) == 0
        assert full.compacted_below() == 50
        assert full.find(CallKey("K", 49, 0)) is None
        assert full.find(CallKey("K", 50, 0)) is not None
        assert full.find_embedding(embed("3", None).request.fingerprint) is not None


async def test_calls_that_may_be_needed_are_not_dropped(journal: Journal) -> None:
    await fill(journal, 3)
    journal.note_committed("Maria", 1)
    with pytest.raises(UsageError, match="only steps below 2 are committed by all personas"):
        journal.compact(3)
    assert journal.find(CallKey("K", 0, 0)) is not None


async def test_a_duplicate_answer_is_counted(journal: Journal) -> None:
    call: ModelCall = chat("?", CallKey("K", 1, 0))
    for text in ("first", "second"):
        await journal.record(call, ModelAnswer(text), TRANSPORT)
    found = journal.find(CallKey("K", 1, 0))
    assert found is not None and found.answer is not None
    assert (found.answer.text, journal.duplicates) == ("first", 1)


async def test_a_call_below_an_earlier_compaction_stays(journal: Journal) -> None:
    await fill(journal, 3)
    assert journal.compact(3) == 6
    journal.note_committed("K", 0)
    await journal.record(chat("?", CallKey("K", 1, 0)), ModelAnswer("!"), TRANSPORT)
    assert journal.compact(1) == 0
    assert journal.find(CallKey("K", 1, 0)) is not None
    assert journal.compacted_below() == 3


async def test_a_row_that_sqlite_refuses_ends_the_run_in_order(journal: Journal) -> None:
    """SQLite has no integers of more than 64 bits; the callers must not wait forever."""
    said = ModelAnswer("!", prompt_tokens=2**70)
    calls = [journal.record(chat("?", CallKey("K", step, 0)), said, TRANSPORT) for step in range(3)]
    failures = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(failure, RunStoppedError) for failure in failures)
    assert "OverflowError" in str(failures[0])
    with pytest.raises(RunStoppedError, match=str(journal.path)):
        await journal.record(chat("?", CallKey("K", 9, 0)), ModelAnswer("!"), TRANSPORT)


async def test_a_repeated_use_of_an_embedding_is_no_second_answer(journal: Journal) -> None:
    key = CallKey("K", 4, 0)
    await journal.record(embed("tea", None), ModelAnswer(embedding=(0.5,)), TRANSPORT)
    for _ in range(2):
        # Before it is written, and after.
        journal.refer(embed("tea", key))
        journal.refer(embed("tea", key))
        assert journal.steps_recorded() == 5, "the note counts before it is written"
    journal.flush()
    assert journal.duplicates == 0
    with closing(again(journal)) as replayed:
        found = replayed.find(key)
        assert found is not None and found.kind is CallKind.EMBEDDING


async def test_a_failure_that_its_callers_know_is_not_raised_again(journal: Journal) -> None:
    said = ModelAnswer("!", prompt_tokens=2**70)
    with pytest.raises(RunStoppedError):
        await journal.record(chat("?", CallKey("K", 1, 0)), said, TRANSPORT)
    journal.close()
    journal.close()
    open_journal(journal.path, JournalMode.RESUME).close()


async def test_a_new_journal_does_not_read_the_log_of_one_that_was_lost(journal: Journal) -> None:
    await fill(journal, 3)
    beside = [journal.path.with_name(f"{journal.path.name}{end}") for end in ("-wal", ".head")]
    left = [path.read_bytes() for path in beside]
    journal.close()
    journal.path.unlink()
    for path, content in zip(beside, left, strict=True):
        path.write_bytes(content)
    with closing(open_journal(journal.path)) as new:
        assert new.steps_recorded() == 0
        assert new.find_embedding(embed("1", None).request.fingerprint) is None
        await fill(new, 1)
    with closing(open_journal(journal.path, JournalMode.REPLAY)) as replayed:
        assert replayed.steps_recorded() == 1

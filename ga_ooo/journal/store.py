"""The journal's file: answers go in durably, and come back bit by bit.

Group commit: answers that arrive while nothing is being committed go into one transaction at the
loop's next turn, and those who wait for them go on after its ``COMMIT``. It runs on the loop's
own thread: while the disk is busy further answers wait in the sockets and make up the next group,
and in virtual time a commit takes no time at all.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.journal.database import open_database
from ga_ooo.journal.failures import naming
from ga_ooo.journal.lock import JournalLock
from ga_ooo.journal.records import (
    Durability,
    JournalMode,
    RecordedCall,
    RunIdentity,
    Transport,
    read_vector,
    write_body,
    write_text,
    write_vector,
)
from ga_ooo.llm.requests import CallKey, CallKind, ModelAnswer, ModelCall

# CAST: an answer is bound as bytes, since it may hold halves of surrogate pairs.
_INSERT_CALL: Final = (
    "INSERT OR IGNORE INTO calls VALUES "
    "(NULL, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), "
    "?, ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)"
)
_INSERT_EMBEDDING: Final = (
    "INSERT OR IGNORE INTO embeddings VALUES "
    "(?, ?, ?, CAST(? AS TEXT), CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPSERT_COMMIT: Final = (
    "INSERT INTO commits VALUES (?, ?) ON CONFLICT (persona) DO UPDATE SET step = excluded.step"
)
_UPSERT_COMPACTED: Final = (
    "INSERT INTO run VALUES ('compacted_below', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_AT_KEY: Final = "persona = ? AND step = ? AND attempt = ? AND ordinal = ?"
_NO_ANSWER: Final = (None,) * 12


class Journal:
    """One run's journal, open in one process.

    Args:
        path: the file; two more (``-wal``, ``-shm``) are beside it while it is open, and its
            lock file (``.lock``) stays.
        identity: of this run; must be that of the journal.
        mode: what the run does with it.
        durability: what a stored answer survives.

    Attributes:
        path: the file.
        mode: what the run does with it.
        duplicates: answers that were stored although their call or text had one. Anything but
            0 is a defect.

    Raises:
        UsageError: it exists already (record), does not exist (otherwise), is no journal, has
            another version, belongs to another run, or is in use by a living process.
        RunStoppedError: the file cannot be used.
    """

    def __init__(
        self,
        path: Path,
        identity: RunIdentity,
        mode: JournalMode,
        durability: Durability = Durability.FULL,
    ) -> None:
        self.path = path
        self.mode = mode
        self.duplicates = 0
        self._calls: list[tuple[Any, ...]] = []
        self._embeddings: list[tuple[Any, ...]] = []
        self._commits: dict[str, int] = {}
        self._referred: dict[CallKey, str] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._scheduled = False
        self._closed = False
        self._failure: RunStoppedError | None = None
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent}", "make it, or name another one")
        with naming(path):
            self._lock = JournalLock(path, shared=mode is JournalMode.REPLAY)
            try:
                self._connection = open_database(path, identity, mode, durability)
            except BaseException:
                self._lock.release()
                raise

    # --- writing ---------------------------------------------------------------------------------

    async def record(self, call: ModelCall, answer: ModelAnswer, transport: Transport) -> None:
        """Store an answer; returns once it is durable.

        If the caller is cancelled meanwhile, the answer is stored all the same.

        Raises:
            RunStoppedError: it could not be written.
        """
        self._refuse_after_failure()
        request = call.request
        body = write_body(request)
        said = (
            write_text(answer.finish_reason),
            write_text(answer.model),
            answer.prompt_tokens,
            answer.output_tokens,
        )
        came = (transport.seconds, transport.started, transport.finished)
        came_from = (transport.endpoint, transport.attempts)
        if request.kind is CallKind.EMBEDDING:
            form, vector = write_vector(answer.embedding)
            self._embeddings.append(
                (request.fingerprint, form, vector, *said, *came, *came_from, body)
            )
            self.refer(call)
        elif call.key is not None:
            content = (call.seed, *said, *came, *came_from, write_text(answer.text), body)
            self._calls.append((*_standing(call, call.key), *content))
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append(stored)
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._commit_group)
        await stored

    def refer(self, call: ModelCall) -> None:
        """Note a call for an embedding that is stored, or about to be; written with the next group.

        Losing the note loses nothing: the embedding is found by its fingerprint.
        """
        if call.key is not None and self.mode is not JournalMode.REPLAY:
            self._calls.append((*_standing(call, call.key), *_NO_ANSWER))
            self._referred[call.key] = call.request.fingerprint

    def note_committed(self, persona: str, step: int) -> None:
        """A persona has committed ``step``; written with the next group."""
        if self.mode is not JournalMode.REPLAY:
            self._commits[persona] = step + 1

    def flush(self) -> None:
        """Write everything now; also resumes those who wait for it.

        Raises:
            RunStoppedError: it could not be written.
        """
        self._commit_group()
        self._refuse_after_failure()

    # --- reading ---------------------------------------------------------------------------------

    def find(self, key: CallKey) -> RecordedCall | None:
        """The call that stands there, if it is recorded.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        referred = self._referred.get(key)
        if referred is not None:
            return RecordedCall(0, key, CallKind.EMBEDDING, referred, None)
        row = self._one(
            "SELECT id, kind, fingerprint, answer, finish_reason, prompt_tokens, output_tokens, "
            f"model FROM calls WHERE {_AT_KEY}",
            (key.persona, key.step, key.attempt, key.ordinal),
        )
        if row is None:
            return None
        row_id, kind, fingerprint, text, *rest = row
        answer = None if text is None else ModelAnswer(text, (), *rest)
        return RecordedCall(row_id, key, CallKind(kind), fingerprint, answer)

    def find_embedding(self, fingerprint: str) -> ModelAnswer | None:
        """The embedding that was given to this request, if it is recorded.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        row = self._one(
            "SELECT format, vector, finish_reason, prompt_tokens, output_tokens, model "
            "FROM embeddings WHERE fingerprint = ?",
            (fingerprint,),
        )
        if row is None:
            return None
        form, vector, *rest = row
        return ModelAnswer("", read_vector(form, vector), *rest)

    def commit_steps(self) -> dict[str, int]:
        """Each persona's commit step as far as it was noted: every step before it is final."""
        stored = dict(self.rows("SELECT persona, step FROM commits"))
        return {**stored, **self._commits}

    def compacted_below(self) -> int:
        """The step below which calls were dropped; 0 if none were."""
        row = self._one("SELECT value FROM run WHERE name = 'compacted_below'", ())
        return 0 if row is None else int(row[0])

    def rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of a query, for this package's own searches; writes what waits first.

        Raises:
            RunStoppedError: the file cannot be read or written.
        """
        if self._calls:
            self.flush()
        with naming(self.path):
            return self._connection.execute(query, values).fetchall()

    # --- the rest --------------------------------------------------------------------------------

    def compact(self, below_step: int) -> int:
        """Drop the calls of steps below ``below_step``, and give their room back to the disk.

        Embeddings stay: any later call may ask for the same text.

        Returns:
            the number of calls dropped.

        Raises:
            UsageError: somebody has not committed so far, so their calls may be needed.
            RunStoppedError: it could not be written; nothing is dropped then.
        """
        horizon = min(self.commit_steps().values(), default=0)
        if below_step > horizon:
            raise UsageError(
                f"the journal {self.path} cannot be compacted below step {below_step}: "
                f"only steps below {horizon} are committed by everybody",
                f"compact below step {horizon} at most",
            )
        self.flush()
        below = max(below_step, self.compacted_below())
        with naming(self.path), _Transaction(self._connection) as connection:
            dropped = connection.execute("DELETE FROM calls WHERE step < ?", (below,)).rowcount
            connection.execute(_UPSERT_COMPACTED, (str(below),))
        with naming(self.path):
            self._connection.execute("PRAGMA incremental_vacuum").fetchall()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return dropped

    def close(self) -> None:
        """Write what waits and close the file. Twice is harmless.

        After a failure it tries once more, since there may be room again.

        Raises:
            RunStoppedError: something could not be written, and nobody was told yet.
        """
        if self._closed:
            return
        self._closed = True
        told, self._failure = self._failure, None
        try:
            self._commit_group()
            with naming(self.path):
                self._connection.close()
        finally:
            self._lock.release()
        if told is None:
            self._refuse_after_failure()

    # --- group commit ----------------------------------------------------------------------------

    def _commit_group(self) -> None:
        self._scheduled = False
        if self._failure is None and (self._calls or self._embeddings or self._commits):
            try:
                self._write()
            except RunStoppedError as failure:
                self._failure = failure
        waiting, self._waiting = self._waiting, []
        for stored in waiting:
            if not stored.done():
                _settle(stored, self._failure)

    def _write(self) -> None:
        with naming(self.path), _Transaction(self._connection) as connection:
            written = connection.executemany(_INSERT_EMBEDDING, self._embeddings).rowcount
            written += connection.executemany(_INSERT_CALL, self._calls).rowcount
            connection.executemany(_UPSERT_COMMIT, self._commits.items())
        self.duplicates += len(self._embeddings) + len(self._calls) - written
        self._embeddings, self._calls = [], []
        self._commits.clear()
        self._referred.clear()

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _one(self, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with naming(self.path):
            row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
            return row


class _Transaction:
    """All of it or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            # SQLite has rolled back by itself after some failures and not after others.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _standing(call: ModelCall, key: CallKey) -> tuple[Any, ...]:
    request = call.request
    return (
        *(key.persona, key.step, key.attempt, key.ordinal),
        *(request.kind.value, request.fingerprint, call.occurrence),
    )


def _settle(stored: asyncio.Future[None], failure: RunStoppedError | None) -> None:
    if failure is None:
        stored.set_result(None)
    else:
        stored.set_exception(failure)

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
from typing import Final

from ga_ooo.errors import RunStoppedError, UsageError
from ga_ooo.journal.database import check_file, open_database
from ga_ooo.journal.failures import naming
from ga_ooo.journal.lock import ProcessLock
from ga_ooo.journal.records import (
    Durability,
    JournalMode,
    RecordedCall,
    RunIdentity,
    Transport,
    read_vector,
)
from ga_ooo.journal.rows import (
    AT_KEY,
    INSERT_CALL,
    INSERT_EMBEDDING,
    OUTSIDE,
    UPSERT_COMMIT,
    UPSERT_COMPACTED,
    Row,
    call_row,
    embedding_row,
    key_values,
    reference_row,
)
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall

_FIND: Final = (
    "SELECT id, kind, fingerprint, answer, finish_reason, prompt_tokens, output_tokens, model "
    "FROM calls WHERE"
)
_COMPACT: Final = "DELETE FROM calls WHERE step < ? AND persona != ?"


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
        self._calls: list[Row] = []
        self._embeddings: list[Row] = []
        self._commits: dict[str, int] = {}
        self._referred: dict[CallKey, str] = {}
        self._outside: int | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._scheduled = False
        self._closed = False
        self._failure: RunStoppedError | None = None
        with naming(path, opening=True):
            check_file(path, mode)
            self._lock = ProcessLock(
                path.with_name(f"{path.name}.lock"),
                f"the journal {path}",
                "let that run end, or stop it, or use another journal",
                shared=mode is JournalMode.REPLAY,
            )
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
        if call.request.kind is CallKind.EMBEDDING:
            self._embeddings.append(embedding_row(call, answer, transport))
            self.refer(call)
        else:
            key = call.key or self._next_outside()
            self._calls.append(call_row(call, key, answer, transport))
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append(stored)
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._commit_group)
        await stored

    def refer(self, call: ModelCall) -> None:
        """Note a call for an embedding that is stored, or about to be; written with the next group.

        Losing the note loses nothing: the embedding is found by its fingerprint. Twice is harmless.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        if self.mode is JournalMode.REPLAY or call.key is None:
            return
        if self.find(call.key) is None:
            self._calls.append(reference_row(call, call.key))
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
        return _recorded(key, self._one(f"{_FIND} {AT_KEY}", key_values(key)))

    def find_outside(self, fingerprint: str, beyond: int) -> RecordedCall | None:
        """The first call outside of moves that asked this, of those after row ``beyond``.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        # All of the index's columns but the last, so that only these calls are looked at.
        condition = "persona = ? AND step = 0 AND attempt = 0 AND fingerprint = ? AND id > ?"
        row = self._one(f"{_FIND} {condition} ORDER BY id LIMIT 1", (OUTSIDE, fingerprint, beyond))
        return _recorded(CallKey(OUTSIDE, 0, 0), row)

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
        stored: dict[str, int] = dict(self.rows("SELECT persona, step FROM commits"))
        return stored | self._commits

    def steps_recorded(self) -> int:
        """The step after the last one with a recorded call; 0 if there is none."""
        (last,) = self.rows("SELECT MAX(step) FROM calls")[0]
        return 0 if last is None else int(last) + 1

    def compacted_below(self) -> int:
        """The step below which calls were dropped; 0 if none were."""
        row = self._one("SELECT value FROM run WHERE name = 'compacted_below'", ())
        return 0 if row is None else int(row[0])

    def rows(self, query: str, values: Row = ()) -> list[Row]:
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

        Embeddings stay: any later call may ask for the same text. So do calls outside of moves.

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
        # A run that went on from further back has asked again below the step of an earlier time.
        below = max(below_step, self.compacted_below())
        with naming(self.path), _Transaction(self._connection) as connection:
            dropped = connection.execute(_COMPACT, (below_step, OUTSIDE)).rowcount
            connection.execute(UPSERT_COMPACTED, (str(below),))
        with naming(self.path):
            # A row without columns for each page; only executescript goes on to the last one.
            self._connection.executescript("PRAGMA incremental_vacuum")
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
            written = connection.executemany(INSERT_EMBEDDING, self._embeddings).rowcount
            written += connection.executemany(INSERT_CALL, self._calls).rowcount
            connection.executemany(UPSERT_COMMIT, self._commits.items())
        self.duplicates += len(self._embeddings) + len(self._calls) - written
        self._embeddings, self._calls = [], []
        self._commits.clear()
        self._referred.clear()

    def _next_outside(self) -> CallKey:
        if self._outside is None:
            last = self._one("SELECT max(ordinal) FROM calls WHERE persona = ?", (OUTSIDE,))
            assert last is not None, "an aggregate has one row"
            self._outside = -1 if last[0] is None else last[0]
        self._outside += 1
        return CallKey(OUTSIDE, 0, self._outside)

    def _refuse_after_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _one(self, query: str, values: Row) -> Row | None:
        with naming(self.path):
            row: Row | None = self._connection.execute(query, values).fetchone()
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


def _recorded(key: CallKey, row: Row | None) -> RecordedCall | None:
    if row is None:
        return None
    row_id, kind, fingerprint, text, *rest = row
    answer = None if text is None else ModelAnswer(text, (), *rest)
    return RecordedCall(row_id, key, CallKind(kind), fingerprint, answer)


def _settle(stored: asyncio.Future[None], failure: RunStoppedError | None) -> None:
    if failure is None:
        stored.set_result(None)
    else:
        stored.set_exception(failure)

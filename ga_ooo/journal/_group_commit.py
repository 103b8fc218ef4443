"""Group commit: rows that arrive while nothing is being written share one transaction.

The first row schedules a transaction for the next iteration of the event loop. Callers that wait
for their rows resume after its ``COMMIT``. The transaction runs on the loop's own thread: while
the disk is busy, further answers wait in the sockets and form the next group, and in virtual
time a commit takes no time.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from ga_ooo.errors import RunStoppedError
from ga_ooo.journal._failures import naming
from ga_ooo.journal._integrity import Head, HeadFile, checksum, count_rows, link, newest_link
from ga_ooo.journal._rows import INSERT_CALL, INSERT_EMBEDDING, UPSERT_COMMIT, Row


class GroupCommit:
    """Rows that are not written yet, and the writer of them.

    Args:
        connection: to the database.
        path: of the database, for errors.

    Attributes:
        calls: rows for the table ``calls``.
        embeddings: rows for the table ``embeddings``.
        commits: steps for the table ``commits``, by persona.
        duplicates: rows that were not written because their key was stored before.
        failure: raised by every later call once a group could not be written.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.calls: list[Row] = []
        self.embeddings: list[Row] = []
        self.commits: dict[str, int] = {}
        self.duplicates = 0
        self.failure: RunStoppedError | None = None
        self._connection = connection
        self._path = path
        self._head_file = HeadFile(path)
        self._head = count_rows(connection)
        self._waiting: list[asyncio.Future[None]] = []
        self._scheduled = False

    async def durable(self) -> None:
        """Wait until everything that was added so far is durable.

        Rows are written even if the caller is cancelled meanwhile.

        Raises:
            RunStoppedError: the group could not be written.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[None] = loop.create_future()
        self._waiting.append(stored)
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self.write)
        await stored

    def write(self) -> None:
        """Write everything now, and resume the callers that wait. Stores a failure, see below."""
        self._scheduled = False
        if self.failure is None and (self.calls or self.embeddings or self.commits):
            try:
                self._write()
            except RunStoppedError as failure:
                self.failure = failure
            except Exception as error:
                # In a callback of the loop it would be lost, and the callers would wait forever.
                self.failure = RunStoppedError(
                    f"the journal {self._path} cannot store an answer: "
                    f"{type(error).__name__}: {error}",
                    "report this defect; all answers stored so far are safe, resume from them",
                )
        waiting, self._waiting = self._waiting, []
        for stored in waiting:
            if not stored.done():
                _resolve(stored, self.failure)

    def count(self) -> None:
        """Count the rows again, after some were dropped."""
        with naming(self._path):
            self._head = count_rows(self._connection)
            self._head_file.write(self._head)

    def raise_failure(self) -> None:
        """Raise the stored failure, if there is one.

        Raises:
            RunStoppedError: an earlier group could not be written.
        """
        if self.failure is not None:
            raise self.failure

    def _write(self) -> None:
        with naming(self._path):
            with Transaction(self._connection) as connection:
                embeddings = _Chain(connection, "embeddings", INSERT_EMBEDDING)
                calls = _Chain(connection, "calls", INSERT_CALL)
                embeddings.extend(self.embeddings)
                calls.extend(self.calls)
                connection.executemany(UPSERT_COMMIT, self.commits.items())
            self._head = Head(
                self._head.calls + calls.written, self._head.embeddings + embeddings.written
            )
            self._head_file.write(self._head)
        written = embeddings.written + calls.written
        self.duplicates += len(self.embeddings) + len(self.calls) - written
        self.embeddings.clear()
        self.calls.clear()
        self.commits.clear()


class _Chain:
    """Appends rows to a table, each linked to the one before it.

    Attributes:
        written: rows that were appended. A row whose key is stored already is not.
    """

    def __init__(self, connection: sqlite3.Connection, table: str, insert: str) -> None:
        self.written = 0
        self._connection = connection
        self._insert = insert
        self._table = table

    def extend(self, rows: Sequence[Row]) -> None:
        """Append the rows, in this order."""
        if not rows:
            return
        before = newest_link(self._connection, self._table)
        for row in rows:
            content = checksum(row)
            after = link(before, content)
            if self._connection.execute(self._insert, (*row, content, after)).rowcount:
                before, self.written = after, self.written + 1


class Transaction:
    """Writes all of its statements or none of them."""

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
            # After some failures SQLite rolls back by itself, after others it does not.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _resolve(stored: asyncio.Future[None], failure: RunStoppedError | None) -> None:
    if failure is None:
        stored.set_result(None)
    else:
        stored.set_exception(failure)

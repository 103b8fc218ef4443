"""Group commit: rows that arrive while nothing is being written share one transaction.

The first row schedules a transaction for the next iteration of the event loop. Callers that wait
for their rows resume after its ``COMMIT``. The transaction runs on the loop's own thread: while
the disk is busy, further answers wait in the sockets and form the next group, and in virtual
time a commit takes no time.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from ga_ooo.errors import RunStoppedError
from ga_ooo.journal._failures import naming
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

    def raise_failure(self) -> None:
        """Raise the stored failure, if there is one.

        Raises:
            RunStoppedError: an earlier group could not be written.
        """
        if self.failure is not None:
            raise self.failure

    def _write(self) -> None:
        with naming(self._path), Transaction(self._connection) as connection:
            written = connection.executemany(INSERT_EMBEDDING, self.embeddings).rowcount
            written += connection.executemany(INSERT_CALL, self.calls).rowcount
            connection.executemany(UPSERT_COMMIT, self.commits.items())
        self.duplicates += len(self.embeddings) + len(self.calls) - written
        self.embeddings.clear()
        self.calls.clear()
        self.commits.clear()


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

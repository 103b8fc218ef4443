"""Writes the record of a run while it runs, in a thread of its own."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ga_ooo.record import _database
from ga_ooo.record.rows import Row

logger = logging.getLogger(__name__)

_INTERVAL: Final = 0.5
"""Seconds between two writes. A process that is killed loses the rows since the last one."""


class RecordWriter:
    """Appends rows to a record, and never stops a run: if the record cannot be written, the user is
    warned once and the rest of the run has none.

    Args:
        path: of the record; its folder exists.
        connection: to the record, which nobody else uses from now on.
        sample: makes further rows before each write. Called in the thread of the writer too, so it
            may only read what the run changes in single operations.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, sample: Callable[[], Iterable[Row]]
    ) -> None:
        self._path = path
        self._connection = connection
        self._sample = sample
        self._rows: deque[Row] = deque()
        self._failed = False
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="record", daemon=True)
        self._thread.start()
        self.add = self._rows.append

    def flush(self) -> None:
        """Write all rows that were added before. They survive the death of this process then."""
        self._write()

    def close(self) -> None:
        """Write the rest, and leave one file behind. A second call does nothing."""
        if not self._closing.is_set():
            self._closing.set()
            self._thread.join()

    def _work(self) -> None:
        while not self._closing.wait(_INTERVAL):
            self._write()
        self._write()
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # So that a later reader makes no files beside the record, which it could not remove.
            # Impossible while another process reads: then the files stay until the next run.
            self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.close()

    def _write(self) -> None:
        with self._writing:
            self._write_rows()

    def _write_rows(self) -> None:
        rows = [self._rows.popleft() for _ in range(len(self._rows))]
        if self._failed:
            return
        try:
            rows.extend(self._sample())
            if rows:
                self._connection.execute("BEGIN IMMEDIATE")
                _database.insert(self._connection, rows)
                self._connection.execute("COMMIT")
        except Exception as error:
            # In the thread of the writer nobody else would report it.
            self._failed = True
            logger.warning(
                "the record %s cannot be written (%s); the run continues without", self._path, error
            )
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

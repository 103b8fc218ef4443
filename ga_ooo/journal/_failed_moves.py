"""Moves on which host code failed at every attempt: their answers are kept, and not used again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ga_ooo.journal._failures import naming
from ga_ooo.journal._group_commit import Transaction
from ga_ooo.journal.records import JournalMode

_UPSERT = (
    "INSERT INTO failed_moves VALUES (?, ?, ?) "
    "ON CONFLICT (persona, step) DO UPDATE SET attempts = excluded.attempts"
)
_OF_REPLAY = (
    " WHERE EXISTS (SELECT 1 FROM calls WHERE calls.persona = failed_moves.persona "
    "AND calls.step = failed_moves.step AND calls.attempt >= failed_moves.attempts)"
)


class FailedMoves:
    """The moves of one journal that failed at every attempt.

    A run that is resumed numbers the attempts at such a move from the number of these attempts on.
    So it asks the model again, with other seeds, and the old answers stay in the journal.

    Args:
        connection: to the database.
        path: of the database, for errors.
        mode: how the run uses the journal.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, mode: JournalMode) -> None:
        self._connection = connection
        self._path = path
        self._mode = mode

    def note(self, persona: str, step: int, attempts: int) -> None:
        """Note that host code failed at so many attempts, and that the run ends for it.

        Raises:
            RunStoppedError: it could not be written.
        """
        if self._mode is not JournalMode.REPLAY:
            with naming(self._path), Transaction(self._connection) as connection:
                connection.execute(_UPSERT, (persona, step, attempts))

    def first_attempts(self) -> dict[tuple[str, int], int]:
        """The number of the first attempt that is made now, by persona and step.

        A replay repeats also the failure, unless the run was resumed after it.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        which = _OF_REPLAY if self._mode is JournalMode.REPLAY else ""
        with naming(self._path):
            rows = self._connection.execute(
                f"SELECT persona, step, attempts FROM failed_moves{which}"
            ).fetchall()
        return {(persona, step): attempts for persona, step, attempts in rows}

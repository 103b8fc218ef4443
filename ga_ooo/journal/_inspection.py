"""What is damaged in a journal that exists, and how it is repaired."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ga_ooo.errors import UsageError
from ga_ooo.journal._failures import naming
from ga_ooo.journal._integrity import Head, HeadFile, count_rows, damages, link_again
from ga_ooo.journal._rows import OUTSIDE
from ga_ooo.journal.database import check_file, connect
from ga_ooo.journal.records import JournalMode

_NAMED: Final = 3
"""So many damages are named, and the others are counted."""


def damage_of_journal(path: Path) -> str:
    """What is damaged in a journal that no process writes, in words; empty for a sound one.

    Raises:
        UsageError: it does not exist, is no journal, or has another version.
        RunStoppedError: it cannot be read.
    """
    with naming(path, opening=True):
        check_file(path, JournalMode.REPLAY)
        with closing(connect(path)) as connection:
            return str(Inspection(connection, path))


class Inspection:
    """Reads the whole journal and compares it with its checksums.

    Args:
        connection: to the database.
        path: of the database.

    Raises:
        sqlite3.Error: the file cannot be read.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._path = path
        self.damages = damages(connection)
        here = count_rows(connection)
        noted = HeadFile(path).read() or Head(0, 0)
        missing = sum(damage.missing for damage in self.damages)
        gone = max(0, noted.calls - here.calls) + max(0, noted.embeddings - here.embeddings)
        self.lost = max(0, gone - missing)
        """Answers that are missing at the end."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing is damaged or missing."""
        return not self.damages and not self.lost

    def __str__(self) -> str:
        parts = [str(damage) for damage in self.damages[:_NAMED]]
        if len(self.damages) > _NAMED:
            parts.append(f"{len(self.damages) - _NAMED:,} more rows are damaged")
        if self.lost:
            parts.append(f"{self.lost:,} answers at its end are missing")
        return "; ".join(parts)

    def refuse_damage(self) -> None:
        """Do nothing for a sound journal.

        Raises:
            UsageError: something is damaged or missing.
        """
        if not self.is_sound:
            raise UsageError(
                f"the journal {self._path} is damaged: {self}",
                "restore it from a copy, or resume its run: that asks for the lost answers again",
            )

    def repair(self, connection: sqlite3.Connection, needed_from: int) -> int:
        """Drop what is damaged, and what may follow from it. Part of the caller's transaction.

        Args:
            needed_from: the first step whose calls are needed.

        Returns:
            the number of answers that are asked for again.
        """
        dropped = 0
        for damage in self.damages:
            if not damage.missing:
                query = f"DELETE FROM {damage.table} WHERE rowid = ?"
                dropped += connection.execute(query, (damage.row,)).rowcount
        steps = [
            max(damage.since, needed_from)
            for damage in self.damages
            if damage.table == "calls" and damage.step >= needed_from
        ]
        if steps:
            query = "DELETE FROM calls WHERE step >= ? AND persona != ?"
            dropped += connection.execute(query, (min(steps), OUTSIDE)).rowcount
        link_again(connection)
        return dropped + self.lost

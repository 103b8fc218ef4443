"""Dropping calls that nobody needs any more, and returning their space to the disk."""

from __future__ import annotations

import sqlite3

from ga_ooo.journal._group_commit import Transaction
from ga_ooo.journal._integrity import link_again
from ga_ooo.journal._rows import OUTSIDE, UPSERT_COMPACTED


def drop_calls(connection: sqlite3.Connection, below_step: int, compacted_below: int) -> int:
    """Drop the calls of moves of the steps below ``below_step``, in one transaction.

    Args:
        compacted_below: the step that is noted as the end of what was dropped so far.

    Returns:
        the number of calls dropped.
    """
    with Transaction(connection):
        dropped = connection.execute(
            "DELETE FROM calls WHERE step < ? AND persona != ?", (below_step, OUTSIDE)
        ).rowcount
        connection.execute(UPSERT_COMPACTED, (str(compacted_below),))
        link_again(connection)
    return dropped


def return_space(connection: sqlite3.Connection) -> None:
    """Make the file as small as its content."""
    # This pragma returns one row for each page; only executescript reads all of them.
    connection.executescript("PRAGMA incremental_vacuum")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

"""The files beside an SQLite database, which SQLite acts on when it opens the database.

A rollback journal can name a second journal, the super-journal, and SQLite *deletes the file of
that name* when it has rolled back. So a crafted rollback journal deletes any file of the user. The
databases of this package are in WAL mode and never have a rollback journal.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ROLLBACK_JOURNAL: Final = "-journal"
"""End of the name of a rollback journal."""

BESIDE: Final = ("-wal", "-shm", ROLLBACK_JOURNAL)
"""Ends of the names of files that belong to a database. SQLite would apply those of an earlier
database to a new one of the same name."""

_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")


def names_super_journal(path: Path) -> bool:
    """Whether a file is a rollback journal that names a super-journal.

    By SQLite's file format, it then ends with the name, its length, its checksum and eight fixed
    bytes. Without them SQLite deletes no other file. A file that cannot be read is taken for one.
    """
    if not path.name.endswith(ROLLBACK_JOURNAL):
        return False
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - len(_MAGIC)))
            return file.read() == _MAGIC
    except OSError:
        return True


def has_super_journal(database: Path) -> bool:
    """Whether opening a database would delete another file."""
    journal = database.with_name(f"{database.name}{ROLLBACK_JOURNAL}")
    return journal.exists() and names_super_journal(journal)


def remove_beside(database: Path) -> None:
    """Remove the files that an earlier database of the same name has left.

    Raises:
        OSError: one cannot be removed.
    """
    for end in BESIDE:
        database.with_name(f"{database.name}{end}").unlink(missing_ok=True)

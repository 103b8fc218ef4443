"""Creates the file of a record, and opens it after checking that it is one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

from msgspec.structs import astuple

from ga_ooo.databases import has_super_journal, remove_beside
from ga_ooo.errors import UsageError
from ga_ooo.record.rows import Row
from ga_ooo.record.tables import APPLICATION_ID, FORMAT, TABLE_OF, TABLES, schema

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 72
_OWNER_ONLY: Final = 0o600

_MOST_BYTES: Final = 64_000_000
"""Size of the largest value in a file; SQLite refuses to read a larger one."""


class NoRecordError(UsageError):
    """A file is missing, or no record that this version reads."""


def create(path: Path, rows: Iterable[Row]) -> None:
    """Create a record under another name and rename it, so that a crash leaves no partial file.

    Args:
        rows: its first rows.

    Raises:
        OSError: the file cannot be made.
        sqlite3.Error: the file cannot be written.
    """
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    # SQLite gives the files beside the database the same permissions.
    os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
    try:
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            connection.executescript(f"BEGIN; {schema()}")
            insert(connection, rows)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
        remove_beside(path)
        aside.rename(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a record that exists; any thread may use the connection.

    Raises:
        NoRecordError: it is no record of this version.
        OSError, sqlite3.Error: it cannot be used.
    """
    connection = _checked(path, "rw")
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing that it has committed. A power failure may lose the last
        # rows, which is no harm: nothing depends on a record.
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a record that exists, also while a run writes it.

    Raises:
        NoRecordError: it is no record of this version.
        OSError, sqlite3.Error: it cannot be used.
    """
    connection = _checked(path, "ro")
    connection.execute("PRAGMA query_only = ON")
    return connection


def insert(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Insert rows of any tables, each table's in the order given."""
    grouped: dict[type[Row], list[tuple[object, ...]]] = {}
    for row in rows:
        grouped.setdefault(type(row), []).append(astuple(row))
    for kind, values_of in grouped.items():
        connection.executemany(TABLE_OF[kind].insertion(), values_of)


def drop_from(connection: sqlite3.Connection, step: int) -> None:
    """Drop what happened at a step and later ones, which the run takes again."""
    connection.execute("BEGIN IMMEDIATE")
    for table in TABLES:
        for column in table.steps:
            connection.execute(f"DELETE FROM {table.name} WHERE {column} >= ?", (step,))
    connection.execute("DELETE FROM latest")
    connection.execute(
        "UPDATE conversations SET last_step = NULL WHERE last_step >= ?", (step - 1,)
    )
    connection.execute(
        "DELETE FROM utterances WHERE conversation NOT IN (SELECT conversation FROM conversations)"
    )
    connection.execute(
        "DELETE FROM prompts WHERE call NOT IN "
        "(SELECT call FROM calls UNION ALL SELECT call FROM early_calls)"
    )
    connection.execute("COMMIT")


def _checked(path: Path, mode: str) -> sqlite3.Connection:
    """A record may come from somebody else, and a database can hold programs (triggers, views). So
    it has exactly the tables of this package, or it is refused."""
    _check_header(path)
    if has_super_journal(path):
        raise _no_record(path, "the rollback journal beside it makes SQLite delete another file")
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        if _tables(connection) != _own_tables():
            raise _no_record(path, "its tables are others than those of a record")
    except BaseException:
        connection.close()
        raise
    return connection


def _check_header(path: Path) -> None:
    """Check the header by SQLite's file format: user version at byte 60, application id at 68."""
    if path.is_symlink() or not path.is_file():
        raise NoRecordError(
            f"there is no record {path}",
            "a run writes one unless it has --no-record; a simulation of the host itself has none",
        )
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    application = int.from_bytes(header[68:72], "big")
    if not header.startswith(_MAGIC) or application != APPLICATION_ID:
        raise _no_record(path, "it is another kind of file")
    version = int.from_bytes(header[60:64], "big")
    if version != FORMAT:
        raise _no_record(path, f"it has format {version}, and this version reads format {FORMAT}")


def _tables(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


@cache
def _own_tables() -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(schema())
        return _tables(connection)


def _no_record(path: Path, why: str) -> NoRecordError:
    return NoRecordError(
        f"{path} is not a record that can be read: {why}",
        "use a simulation that this version has made, or remove the file; no run needs it",
    )

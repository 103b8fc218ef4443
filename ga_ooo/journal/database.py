"""Creates the journal's file, or opens it after checking that it is the right one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from ga_ooo._version import __version__
from ga_ooo.databases import has_super_journal, remove_beside
from ga_ooo.errors import UsageError
from ga_ooo.journal._failures import naming
from ga_ooo.journal._schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION
from ga_ooo.journal.records import Durability, JournalMode, RunIdentity, read_text

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 72
_MOST_DIGITS: Final = 18
_SMALL_TABLES: Final = {
    "run": {"name": "text", "value": "text"},
    "commits": {"persona": "text", "step": "integer"},
    "failed_moves": {"persona": "text", "step": "integer", "attempts": "integer"},
}
"""Tables without checksums, with the types of the values in their columns."""


def check_file(path: Path, mode: JournalMode) -> None:
    """Check that this mode can open the file. Creates no other files.

    Raises:
        UsageError: it exists (record), does not exist (otherwise), is no journal, or has
            another version.
        OSError: the file cannot be read.
    """
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", "create it, or give another one")
    if mode is JournalMode.RECORD:
        if path.exists():
            raise UsageError(
                f"{path} exists already", "resume it, replay it, or record into another file"
            )
    elif not path.is_file():
        raise UsageError(
            f"there is no journal {path}", "correct its path, or record a new one there"
        )
    else:
        _check_header(path)


def read_identity(path: Path) -> RunIdentity:
    """The identity of the run to which the journal at ``path`` belongs.

    Raises:
        UsageError: it does not exist, is no journal, or has another version.
        RunStoppedError: it cannot be read.
    """
    with naming(path, opening=True):
        check_file(path, JournalMode.REPLAY)
        with closing(connect(path)) as connection:
            there = _run_rows(connection)
    try:
        return RunIdentity(int(there["seed"]), there["host"], there["scenario"], there["model"])
    except (KeyError, ValueError) as error:
        raise _no_journal(path, f"it does not say of which run it is ({error})") from error


def connect(path: Path) -> sqlite3.Connection:
    """Open an existing journal, after :func:`check_file`.

    A journal may come from somebody else, and a database can hold programs (triggers, views). So
    it has exactly the tables of this package, or it is refused.

    Raises:
        UsageError: it has other tables.
        sqlite3.Error: the file cannot be used.
    """
    if has_super_journal(path):
        raise _no_journal(path, "the rollback journal beside it makes SQLite delete another file")
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.text_factory = read_text
        if _tables(connection) != _own_tables():
            raise _no_journal(path, "its tables are others than those of a journal")
        _check_small_tables(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _tables(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


@cache
def _own_tables() -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        return _tables(connection)


def _check_small_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Check the types of the values in the tables that have no checksums."""
    for table, columns in _SMALL_TABLES.items():
        wrong = " OR ".join(f"typeof({name}) != '{kind}'" for name, kind in columns.items())
        if connection.execute(f"SELECT 1 FROM {table} WHERE {wrong} LIMIT 1").fetchone():
            raise _no_journal(path, f"its table {table} is damaged")
    below = _run_rows(connection).get("compacted_below", "0")
    if not (below.isascii() and below.isdecimal() and len(below) < _MOST_DIGITS):
        raise _no_journal(path, f"its table run is damaged: compacted_below is {below!r}")


def _run_rows(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, value FROM run"))


def _no_journal(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is not a journal that can be used: {why}",
        "restore it from a copy, or record a new journal",
    )


def open_database(
    path: Path, identity: RunIdentity, mode: JournalMode, durability: Durability
) -> sqlite3.Connection:
    """Open the journal at ``path``, after :func:`check_file`; create it in mode ``record``.

    Raises:
        UsageError: it belongs to another run.
        sqlite3.Error: the file cannot be used.
        OSError: the file cannot be made.
    """
    if mode is JournalMode.RECORD:
        _create(path, identity)
    connection = connect(path)
    try:
        _check_identity(connection, path, identity)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {durability.value}")
        if mode is JournalMode.REPLAY:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path, identity: RunIdentity) -> None:
    """Create the file under another name and rename it, so that a crash leaves no partial file."""
    # Once more, now that the lock is held: another process may have created it meanwhile.
    check_file(path, JournalMode.RECORD)
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    try:
        # SQLite gives the files beside the database the same permissions.
        os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            _write_schema(connection, identity)
        # Where only the database was lost, SQLite would apply its log to the new one.
        remove_beside(path)
        path.with_name(f"{path.name}.head").unlink(missing_ok=True)
        aside.rename(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_schema(connection: sqlite3.Connection, identity: RunIdentity) -> None:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    rows = {**identity.rows(), "package": __version__, "created": created}
    # Both take effect only before the first page is written. A prompt with its answer fills more
    # than half of SQLite's default page, and the rest of the page would stay empty.
    connection.execute("PRAGMA page_size = 16384")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.executescript(f"BEGIN; {SCHEMA}")
    connection.executemany("INSERT INTO run VALUES (?, ?)", rows.items())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _check_header(path: Path) -> None:
    """Check the header by SQLite's file format: user version at byte 60, application id at 68."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    application = int.from_bytes(header[68:72], "big")
    if not header.startswith(_MAGIC) or application != APPLICATION_ID:
        raise UsageError(
            f"{path} is not a journal", "give the path of a journal that a run recorded"
        )
    version = int.from_bytes(header[60:64], "big")
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"the journal {path} has schema version {version}; "
            f"ga-ooo {__version__} reads version {SCHEMA_VERSION}",
            "use the version of ga-ooo that created it, or record a new journal",
        )


def _check_identity(connection: sqlite3.Connection, path: Path, identity: RunIdentity) -> None:
    there = _run_rows(connection)
    for name, here in identity.rows().items():
        if there.get(name) != here:
            raise UsageError(
                f"the journal {path} belongs to another run: "
                f"{name} is {there.get(name)!r} in the journal and {here!r} in this run",
                f"run with the same {name}, or record a new journal",
            )

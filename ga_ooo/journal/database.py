"""Opens the journal's file: makes it, or makes sure that it is the right one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ga_ooo import __version__
from ga_ooo.errors import UsageError
from ga_ooo.journal.records import Durability, JournalMode, RunIdentity, read_text
from ga_ooo.journal.schema import APPLICATION_ID, SCHEMA, SCHEMA_VERSION


def open_database(
    path: Path, identity: RunIdentity, mode: JournalMode, durability: Durability
) -> sqlite3.Connection:
    """Open the journal at ``path``; make it in mode ``record``.

    Raises:
        UsageError: it exists already (record), does not exist (otherwise), is no journal, has
            another version, or belongs to another run.
        sqlite3.Error: the file cannot be used.
        OSError: the file cannot be made.
    """
    if mode is JournalMode.RECORD:
        _create(path, identity)
    elif not path.is_file():
        raise UsageError(
            f"there is no journal {path}", "correct its path, or record a new one there"
        )
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.text_factory = read_text
        _check_format(connection, path)
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
    """Made aside and renamed: a file at ``path`` is a whole journal, whenever a process dies."""
    if path.exists():
        raise UsageError(
            f"{path} exists already", "resume it, replay it, or record into another file"
        )
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    try:
        # SQLite gives its side files the mode of the database.
        os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            _write_schema(connection, identity)
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
    # Takes effect only before the first page is written.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.executescript(f"BEGIN; {SCHEMA}")
    connection.executemany("INSERT INTO run VALUES (?, ?)", rows.items())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname == "SQLITE_NOTADB":
            raise _no_journal(path) from error
        raise
    if application != APPLICATION_ID:
        raise _no_journal(path)
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"the journal {path} has schema version {version}; "
            f"ga-ooo {__version__} reads version {SCHEMA_VERSION}",
            "use the version of ga-ooo that made it, or record a new journal",
        )


def _no_journal(path: Path) -> UsageError:
    return UsageError(f"{path} is not a journal", "give the path of a journal that a run recorded")


def _check_identity(connection: sqlite3.Connection, path: Path, identity: RunIdentity) -> None:
    there = dict(connection.execute("SELECT name, value FROM run"))
    for name, here in identity.rows().items():
        if there.get(name) != here:
            raise UsageError(
                f"the journal {path} belongs to another run: "
                f"{name} is {there.get(name)!r} there and {here!r} here",
                f"run with the same {name}, or record a new journal",
            )

"""Crafted databases: journals, records of runs, and the files beside them."""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

from ga_ooo.journal._integrity import CONTENT, checksum, link_again
from ga_ooo.record.tables import TABLES
from tests.trust.crafted import FORKING, JOURNAL, OUTSIDE, RESUME, RUN_RECORD, VIEWS, Crafted


def rollback_journals() -> Iterator[Crafted]:
    """SQLite deletes the file that a rollback journal beside a database names."""
    for name in (JOURNAL, RUN_RECORD, "personas/own.db"):
        for command in (RESUME, FORKING, *VIEWS):
            change = partial(_name_super_journal, name)
            yield Crafted(f"{name} has a rollback journal", change, True, command)


def _name_super_journal(name: str, simulation: Path) -> None:
    host = next(folder for folder in simulation.parents if folder.name == "host")
    write_rollback_journal(simulation / name, host.parent / OUTSIDE / "secret")


def write_rollback_journal(database: Path, target: Path) -> None:
    """Write a journal, beside a database, that changes nothing and names a super-journal.

    The form is that of SQLite's file format: a header for no pages, then the name with its length
    and its checksum.
    """
    page = int.from_bytes(database.read_bytes()[16:18], "big") if database.exists() else 4096
    pages = database.stat().st_size // page if database.exists() else 1
    magic = bytes.fromhex("d9d505f920a163d7")
    header = magic + struct.pack(">5I", 0, 0, pages, 512, page)
    name = os.fsencode(target)
    end = struct.pack(">I", pages + 1) + name + struct.pack(">2I", len(name), sum(name)) + magic
    database.with_name(f"{database.name}-journal").write_bytes(header.ljust(512, b"\0") + end)


def journals() -> Iterator[Crafted]:
    """Programs in the journal of answers, and hostile values in its columns."""
    statements = [
        "CREATE TRIGGER evil AFTER INSERT ON calls BEGIN DELETE FROM calls; END",
        "CREATE VIEW evil AS SELECT load_extension('/tmp/evil')",
        "DROP TABLE commits",
        "ALTER TABLE commits ADD COLUMN more TEXT",
        "DELETE FROM run",
        "UPDATE run SET value = 'x' WHERE name = 'seed'",
        "UPDATE run SET value = '{' WHERE name = 'model'",
        "INSERT OR REPLACE INTO run VALUES ('compacted_below', 'x')",
        "INSERT OR REPLACE INTO run VALUES ('compacted_below', '99999999999999999999')",
        "INSERT INTO commits VALUES ('../x', 'many')",
        "INSERT INTO failed_moves VALUES (x'00', 1, 1)",
    ]
    for statement in statements:
        yield Crafted(f"journal: {statement}", partial(_execute, statement), False)
    for table, columns in CONTENT.items():
        for column in columns.split(", "):
            for hostile in (None, "x", b"\xff\xfe", 2**62, -1, "../../x"):
                change = partial(_change_row, table, column, hostile)
                yield Crafted(f"journal: {table}.{column} is {hostile!r}", change, False)


def _execute(statement: str, simulation: Path, *, name: str = JOURNAL) -> None:
    connection = sqlite3.connect(simulation / name, isolation_level=None)
    # A column may not take the value; then the folder is sound.
    with closing(connection), suppress(sqlite3.IntegrityError):
        connection.execute(statement)


def _change_row(table: str, column: str, hostile: Any, simulation: Path) -> None:
    """Change the newest row, with a checksum that fits."""
    with closing(sqlite3.connect(simulation / JOURNAL, isolation_level=None)) as connection:
        connection.text_factory = bytes
        (row,) = connection.execute(f"SELECT max(rowid) FROM {table}").fetchone()
        try:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (hostile, row))
        except sqlite3.IntegrityError:
            return
        query = f"SELECT {CONTENT[table]} FROM {table} WHERE rowid = ?"
        values = connection.execute(query, (row,)).fetchone()
        update = f"UPDATE {table} SET checksum = ? WHERE rowid = ?"
        connection.execute(update, (checksum(values), row))
        link_again(connection)


def run_records() -> Iterator[Crafted]:
    """Each column of the record of the run, and programs in it."""
    commands = cycle((*VIEWS[:6], RESUME))
    for statement in (
        "CREATE TRIGGER evil AFTER INSERT ON moves BEGIN DELETE FROM moves; END",
        "CREATE VIEW evil AS SELECT load_extension('/tmp/evil')",
        "DROP TABLE moves",
        "DELETE FROM facts",
        "DELETE FROM personas",
    ):
        for each in (*VIEWS[:6], RESUME):
            change = partial(_execute, statement, name=RUN_RECORD)
            yield Crafted(f"record: {statement}", change, each != RESUME, each)
    for table in TABLES:
        for column in table.columns:
            for value in ("'\x1b[2J'", "CAST(x'ff00' AS TEXT)", "-1", "9e999", 2**62, "'../../x'"):
                statement = f"UPDATE OR REPLACE {table.name} SET {column} = {value}"
                change, command = partial(_execute, statement, name=RUN_RECORD), next(commands)
                yield Crafted(f"record: {statement}", change, command != RESUME, command)

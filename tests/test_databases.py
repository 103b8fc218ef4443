"""Files beside an SQLite database: one that is crafted would make SQLite delete any file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ga_ooo.databases import has_super_journal, names_super_journal, remove_beside
from ga_ooo.disk import refuse_odd_files
from ga_ooo.errors import UsageError
from ga_ooo.journal.database import read_identity
from ga_ooo.record import RecordReader
from tests.journal.runs import open_journal
from tests.record.rows import write
from tests.trust.crafting_databases import write_rollback_journal


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_text("mine")
    return path


def journal_in(folder: Path) -> Path:
    path = folder / "journal.sqlite"
    open_journal(path).close()
    return path


def record_in(folder: Path) -> Path:
    path = folder / "ga_ooo" / "record.sqlite"
    write(path)
    return path


def test_sqlite_itself_deletes_the_file(tmp_path: Path, victim: Path) -> None:
    """If this fails, SQLite has changed and the checks are not needed any more."""
    path = journal_in(tmp_path)
    write_rollback_journal(path, victim)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT * FROM calls").fetchall()
    assert not victim.exists()


def test_a_journal_with_a_crafted_file_beside_is_refused(tmp_path: Path, victim: Path) -> None:
    path = journal_in(tmp_path)
    write_rollback_journal(path, victim)
    assert has_super_journal(path)
    with pytest.raises(UsageError, match="makes SQLite delete another file"):
        read_identity(path)
    assert victim.exists()


def test_a_record_with_a_crafted_file_beside_is_refused(tmp_path: Path, victim: Path) -> None:
    path = record_in(tmp_path)
    write_rollback_journal(path, victim)
    with pytest.raises(UsageError, match="makes SQLite delete another file"):
        RecordReader(path)
    # A run begins a new record, and is as safe.
    write(path)
    assert victim.exists()
    assert not has_super_journal(path)


def test_a_simulation_with_a_crafted_file_is_refused(tmp_path: Path, victim: Path) -> None:
    """Beside any database, also one that belongs to the host."""
    simulation = tmp_path / "sim"
    (simulation / "inner").mkdir(parents=True)
    write_rollback_journal(simulation / "inner" / "own.db", victim)
    with pytest.raises(UsageError, match=r"own\.db-journal makes SQLite delete") as raised:
        refuse_odd_files(simulation)
    assert raised.value.remedy


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    """A rollback journal without a super-journal is what any program leaves that was killed."""
    path = tmp_path / "own.db"
    for content in (b"", b"x" * 5, bytes.fromhex("d9d505f920a163d7") + b"\0" * 600):
        journal = tmp_path / "own.db-journal"
        journal.write_bytes(content)
        assert not names_super_journal(journal)
    refuse_odd_files(tmp_path)
    (tmp_path / "notes").write_bytes(bytes.fromhex("d9d505f920a163d7"))
    refuse_odd_files(tmp_path)
    remove_beside(path)
    assert not journal.exists()
    remove_beside(path)


def test_a_new_record_takes_nothing_from_an_earlier_one(tmp_path: Path) -> None:
    """SQLite would apply the log of the earlier file to the new one."""
    path = record_in(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE personas SET name = 'somebody else'")
        connection.commit()
        log = path.with_name("record.sqlite-wal").read_bytes()
    path.with_name("record.sqlite-wal").write_bytes(log)
    path.write_bytes(b"damaged")
    write(path)
    with RecordReader(path) as reader:
        assert "somebody else" not in reader.names

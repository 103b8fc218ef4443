"""A journal is opened by its own run only, by one process at a time, and only if it is whole."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.journal._schema import APPLICATION_ID, SCHEMA_VERSION
from ga_ooo.journal.database import read_identity
from ga_ooo.journal.records import JournalMode, RunIdentity
from ga_ooo.journal.store import Journal
from tests.journal.runs import IDENTITY, open_journal

HOLDER = """
import sys
from pathlib import Path
from ga_ooo.journal.records import JournalMode
from tests.journal.runs import open_journal
journal = open_journal(Path(sys.argv[1]), JournalMode(sys.argv[2]))
print("open", flush=True)
sys.stdin.read()
journal.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal that was closed properly."""
    made = tmp_path / "journal.sqlite"
    open_journal(made).close()
    return made


def hold(path: Path, mode: JournalMode) -> subprocess.Popen[str]:
    """Another process that has the journal open until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        (replace(IDENTITY, seed=8), "seed is '7' in the journal and '8' in this run"),
        (replace(IDENTITY, host="abc"), "host is 'fe05a71' in the journal and 'abc' in this run"),
        (replace(IDENTITY, scenario="n25"), "scenario is 'the_ville_n3' in the journal"),
        (replace(IDENTITY, model="qwen"), "model is 'llama; t=0.7' in the journal"),
    ],
)
@pytest.mark.parametrize("mode", [JournalMode.RESUME, JournalMode.REPLAY])
def test_another_run_is_refused(
    path: Path, identity: RunIdentity, message: str, mode: JournalMode
) -> None:
    with pytest.raises(UsageError, match=message):
        Journal(path, identity, mode)
    open_journal(path, mode).close()


def test_recording_does_not_overwrite(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        open_journal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [JournalMode.RESUME, JournalMode.REPLAY])
@pytest.mark.parametrize("content", [None, b"", b"# notes\n", b"SQLite format 3\0" + bytes(4080)])
def test_what_is_no_journal_is_refused(
    tmp_path: Path, mode: JournalMode, content: bytes | None
) -> None:
    path = tmp_path / "notes"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"is not a journal|there is no journal"):
        open_journal(path, mode)
    assert [other.name for other in tmp_path.iterdir() if other != path] == []
    assert (path.read_bytes() if path.exists() else None) == content


def test_another_schema_version_is_refused(path: Path) -> None:
    content = bytearray(path.read_bytes())
    assert content[68:72] == APPLICATION_ID.to_bytes(4, "big")
    content[60:64] = (SCHEMA_VERSION + 1).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(UsageError, match=f"has schema version {SCHEMA_VERSION + 1}"):
        open_journal(path, JournalMode.RESUME)


@pytest.mark.parametrize("folder", ["missing", "a_file"])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / "a_file").touch()
    with pytest.raises(UsageError, match="there is no folder"):
        open_journal(tmp_path / folder / "journal.sqlite")


def test_a_folder_that_cannot_be_written_is_named() -> None:
    with pytest.raises(UsageError, match=r"the journal /proc/self/j.sqlite cannot be used"):
        open_journal(Path("/proc/self/j.sqlite"))


def test_a_journal_that_was_created_in_part_is_created_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.with_name("journal.sqlite.new").write_bytes(b"SQLite format 3\0" + bytes(4080))
    open_journal(path).close()
    open_journal(path, JournalMode.RESUME).close()
    assert not path.with_name("journal.sqlite.new").exists()


def test_a_journal_in_use_is_refused_until_its_process_is_dead(path: Path) -> None:
    process = hold(path, JournalMode.RESUME)
    with process:
        for mode in (JournalMode.RESUME, JournalMode.REPLAY):
            with pytest.raises(UsageError, match=f"in use by the process with pid {process.pid}"):
                open_journal(path, mode)
        process.kill()
        process.wait()
        # Nothing has to be cleaned up by hand.
        open_journal(path, JournalMode.REPLAY).close()
        open_journal(path, JournalMode.RESUME).close()


def test_many_processes_may_replay_and_none_may_write_meanwhile(path: Path) -> None:
    with hold(path, JournalMode.REPLAY) as process:
        open_journal(path, JournalMode.REPLAY).close()
        with pytest.raises(UsageError, match="in use by a process that reads it"):
            open_journal(path, JournalMode.RESUME)
        process.communicate("")
    assert process.returncode == 0
    open_journal(path, JournalMode.RESUME).close()


def test_one_process_cannot_open_it_twice(path: Path) -> None:
    with (
        closing(open_journal(path, JournalMode.RESUME)),
        pytest.raises(UsageError, match="in use"),
    ):
        open_journal(path, JournalMode.RESUME)


def test_a_reader_is_not_taken_for_the_writer_that_was_killed_before(path: Path) -> None:
    with hold(path, JournalMode.RESUME) as writer:
        writer.kill()
    with (
        closing(open_journal(path, JournalMode.REPLAY)),
        pytest.raises(UsageError, match="in use by a process that reads it"),
    ):
        open_journal(path, JournalMode.RESUME)


def test_the_lock_file_holds_the_pid_of_the_writer_and_nothing_else(path: Path) -> None:
    lock = path.with_name(f"{path.name}.lock")
    lock.write_text("12345678901234567890")
    journal = open_journal(path, JournalMode.RESUME)
    assert lock.read_text() == str(os.getpid())
    journal.close()
    assert lock.read_text() == ""


def test_a_file_system_without_locks_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(file: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("ga_ooo.journal.lock.fcntl.flock", no_locks)
    with pytest.raises(UsageError, match="No locks available"):
        open_journal(path, JournalMode.RESUME)


def test_a_journal_that_was_refused_is_not_held(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO commits VALUES ('K', 'many')")
        connection.commit()
    for mode in (JournalMode.REPLAY, JournalMode.RESUME, JournalMode.RESUME):
        with pytest.raises(UsageError, match="is not a journal that can be used"):
            open_journal(path, mode)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM run",
        "DELETE FROM run WHERE name = 'scenario'",
        "UPDATE run SET value = 'x' WHERE name = 'seed'",
    ],
)
def test_a_journal_that_does_not_say_of_which_run_it_is(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)
    with pytest.raises(UsageError, match="does not say of which run it is"):
        read_identity(path)

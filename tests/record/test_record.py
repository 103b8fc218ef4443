"""A record: what was written is read; what a resumed run takes again is dropped."""

from __future__ import annotations

import logging
import re
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from ga_ooo.errors import UsageError
from ga_ooo.record import RecordReader, RecordWriter
from ga_ooo.record.reader import Range
from ga_ooo.record.rows import Conversation, Fact, Move, Row, Utterance, storable
from ga_ooo.record.tables import TABLES
from tests.record.rows import FACTS, NAMES, ROWS, open_new, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ga_ooo" / "record.sqlite"


def all_rows(path: Path) -> dict[str, list[Row]]:
    with RecordReader(path) as reader:
        return {table.name: list(reader.all_rows(table.row)) for table in TABLES}


def test_what_was_written_is_read(path: Path) -> None:
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    with RecordReader(path) as reader:
        assert (reader.facts, reader.names) == (FACTS, NAMES)
        assert reader.next_step() == 4
        assert reader.game_time(6).isoformat() == "2023-02-13T08:01:00"
        assert [move.step for move in reader.moves(Range(persona=1, first=1, until=3))] == [1, 2]
        assert [row.call for row in reader.calls(Range(first=2))] == [2, 3]
        assert [row.conversation for row in reader.conversations(Range(persona=1))] == [0]
        assert reader.last_time() == 3.6
        assert reader.next_call() == 5
    rows = all_rows(path)
    for row in ROWS:
        assert row in rows[next(table.name for table in TABLES if table.row is type(row))]


def test_a_record_is_read_while_it_is_written(path: Path) -> None:
    path.parent.mkdir()
    sampled = threading.Event()

    def sample() -> list[Row]:
        if sampled.is_set():
            written.set()
        sampled.set()
        return []

    written = threading.Event()
    writer = RecordWriter(path, open_new(path).connection, sample)
    for row in ROWS:
        writer.add(row)
    # The second sample follows the transaction with the first rows.
    assert written.wait(30)
    with RecordReader(path) as reader:
        assert reader.next_step() == 4
    writer.close()
    writer.close()


def test_a_resumed_run_drops_what_it_takes_again(path: Path) -> None:
    write(path)
    opened = open_new(path, 3)
    opened.connection.close()
    assert (opened.process, opened.call, opened.conversation) == (1, 4, 1)
    assert opened.time == 2.6
    [(talk, lines)] = opened.running
    assert talk.last_step is None
    assert lines[0] == (NAMES[0], "Hi <b>Bo</b>")
    rows = all_rows(path)
    assert {row.step for row in rows["moves"] if isinstance(row, Move)} == {0, 1, 2}
    assert [len(rows[name]) for name in ("steps", "early_calls", "latest")] == [3, 1, 0]

    opened = open_new(path, 0)
    opened.connection.close()
    rows = all_rows(path)
    left = {name for name, found in rows.items() if found}
    # Servers and workers were as they were.
    assert left == {"facts", "personas", "servers", "workers"}


def test_a_record_that_cannot_be_continued_is_set_aside(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no record")
    write(path)
    assert path.with_name("record.sqlite.damaged").read_bytes() == b"no record"
    assert "a new record begins" in caplog.text
    assert all_rows(path)["steps"]


def test_a_record_with_an_endless_time_is_not_continued(path: Path) -> None:
    write(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE moves SET committed_at = 9e999 WHERE step = 0")
    connection.close()
    opened = open_new(path, 3)
    opened.connection.close()
    assert opened.time == 0.0
    assert path.with_name("record.sqlite.damaged").exists()


def test_a_failing_disk_stops_no_run(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    connection = open_new(path).connection
    connection.execute("PRAGMA max_page_count = 1")
    writer = RecordWriter(path, connection, lambda: ())
    with caplog.at_level(logging.WARNING):
        for number in range(3000):
            writer.add(Utterance(0, number, "Ada", "words " * 100))
        writer.close()
    assert caplog.text.count("cannot be written") == 1
    assert "full" in caplog.text


class TestUntrusted:
    """A simulation that was handed on may hold any file."""

    def refused(self, path: Path) -> str:
        with pytest.raises(UsageError) as raised:
            all_rows(path)
        assert raised.value.remedy
        return raised.value.problem

    def test_programs(self, path: Path) -> None:
        write(path)
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE VIEW evil AS SELECT 1")
        connection.close()
        assert "its tables are others" in self.refused(path)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE steps SET step = -1 WHERE step = 0",
            "UPDATE moves SET failures = -1",
            "UPDATE calls SET source = 'magic'",
            "UPDATE facts SET value = 'x' WHERE name = 'start_time'",
            "UPDATE personas SET persona = persona + 9",
            "DELETE FROM facts",
            "DELETE FROM personas",
            "UPDATE steps SET retired_at = 9e999",
            "UPDATE personas SET name = CAST(x'ff00ff' AS TEXT)",
        ],
    )
    def test_values(self, path: Path, statement: str) -> None:
        write(path)
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()
        assert "cannot be read" in self.refused(path)

    def test_other_files(self, path: Path, tmp_path: Path) -> None:
        assert "there is no record" in self.refused(path)
        write(path)
        link = tmp_path / "link"
        link.symlink_to(path)
        assert "there is no record" in self.refused(link)
        content = path.read_bytes()
        path.write_bytes(content[:60] + b"\0\0\0\x09" + content[64:])
        assert "format 9" in self.refused(path)
        path.write_bytes(b"SQLite format 3\0" + b"x" * 100)
        assert "another kind of file" in self.refused(path)

    def test_damage(self, path: Path) -> None:
        """Anything may be read or refused; nothing else happens."""
        write(path)
        content = path.read_bytes()
        for place in range(200, len(content), max(1, len(content) // 150)):
            damaged = bytearray(content)
            damaged[place : place + 16] = b"\xfe" * 16
            path.write_bytes(damaged)
            try:
                all_rows(path)
            except UsageError as error:
                assert str(path) in error.problem


def test_texts_that_cannot_be_stored() -> None:
    assert storable("half \ud83d") == "half ?"
    assert storable("abc", 2) == "ab"


def test_rows_and_columns_agree() -> None:
    """Each table is documented with all of its columns, in their order."""
    page = (Path(__file__).parents[2] / "docs" / "record.md").read_text()
    for table in TABLES:
        start = page.index(f"### `{table.name}`")
        section = page[start : page.find("\n## ", start)].split("\n### ")[0]
        first_cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
        named = re.findall(r"`(\w+)`", " ".join(first_cells))
        assert named == list(table.columns)


def test_a_persona_out_of_range(path: Path) -> None:
    write(path, [Conversation(0, 5, None, 0, None, 0, 0, ""), Fact("more", "x")])
    with RecordReader(path) as reader:
        [row] = reader.conversations()
        with pytest.raises(UsageError, match="names persona 5 of 2"):
            reader.name(row.persona)
        with pytest.raises(UsageError, match="there is no persona"):
            reader.index("Nobody")


def test_a_reader_leaves_no_files_beside_a_record(tmp_path: Path) -> None:
    path = write(tmp_path / "record.sqlite")
    with RecordReader(path) as reader:
        assert reader.names
    assert [each.name for each in tmp_path.iterdir()] == ["record.sqlite"]

"""Exports: CSV tables that DuckDB reads, and a timeline in the Trace Event Format."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import stat
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from ga_ooo.record import RecordReader, record_file
from ga_ooo.record.tables import TABLES
from tests.views.conftest import STORAGE, Command

PAGE: Final = Path(__file__).parents[2] / "docs" / "record.md"
QUERIES: Final = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def tables(host: Path, ga_ooo: Command, tmp_path: Path) -> Path:
    folder = tmp_path / "tables"
    code, out, _ = ga_ooo("export", host, "day", "--format", "csv", "--output", folder)
    assert (code, out) == (0, f"{len(TABLES)} tables in {folder}\n")
    return folder


def test_tables(host: Path, tables: Path, ga_ooo: Command) -> None:
    assert stat.S_IMODE(tables.stat().st_mode) == 0o700
    with RecordReader(record_file(host / STORAGE / "day")) as reader:
        for table in TABLES:
            path = tables / f"{table.name}.csv"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            with path.open(newline="") as file:
                header, *rows = csv.reader(file)
            assert tuple(header) == table.columns
            assert rows == [
                ["" if value is None else str(value) for value in vars_of(row)]
                for row in reader.all_rows(table.row)
            ]
    code, _, err = ga_ooo("export", host, "day", "--format", "csv", "--output", tables)
    assert code == 2
    assert "cannot make the folder" in err


def vars_of(row: object) -> list[object]:
    names: tuple[str, ...] = getattr(row, "__struct_fields__", ())
    return [getattr(row, name) for name in names]


@pytest.mark.parametrize("query", QUERIES)
def test_queries_of_the_page_in_sqlite(host: Path, query: str) -> None:
    path = record_file(host / STORAGE / "day")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(query).fetchall()


def test_queries_of_the_page_in_duckdb(host: Path, tables: Path) -> None:
    """They give the same rows as in SQLite."""
    duckdb = pytest.importorskip("duckdb", reason="a dependency of the development group")
    assert len(QUERIES) >= 8
    with (
        closing(duckdb.connect()) as duck,
        closing(sqlite3.connect(record_file(host / STORAGE / "day"))) as lite,
    ):
        for table in TABLES:
            path = tables / f"{table.name}.csv"
            duck.execute(f"CREATE VIEW {table.name} AS SELECT * FROM read_csv('{path}')")
        for query in QUERIES:
            rows = duck.execute(query).fetchall()
            expected = lite.execute(query).fetchall()
            # Rows that the query leaves in any order are sorted here.
            assert sorted(map(rounded, rows)) == sorted(map(rounded, expected))


def rounded(row: tuple[object, ...]) -> list[str]:
    return [f"{float(v):.6f}" if isinstance(v, int | float) else str(v) for v in row]


def test_timeline(host: Path, ga_ooo: Command, tmp_path: Path) -> None:
    path = tmp_path / "day.json"
    code, out, _ = ga_ooo("export", host, "day", "--format", "perfetto", "--output", path)
    assert code == 0
    assert str(path) in out
    events = json.loads(path.read_text())["traceEvents"]
    phases = Counter(event["ph"] for event in events)
    assert phases["X"] == 8 + 2
    assert (phases["s"], phases["f"]) == (2, 2)
    assert (phases["b"], phases["e"]) == (4, 4)
    assert phases["C"] == 4 + 1
    arrows = {event["id"]: event["tid"] for event in events if event["ph"] == "s"}
    assert arrows == {1: 0, 2: 0}
    move = next(event for event in events if event.get("name") == "step 2" and event["tid"] == 1)
    assert (move["ts"], move["dur"]) == (2_200_000, 300_000)
    wasted = [event["args"]["used"] for event in events if event["ph"] == "b" and event["pid"] == 3]
    assert wasted == [True, False]

    few = tmp_path / "few.json"
    ga_ooo(*("export", host, "day", "--format", "perfetto", "--output", few), "--first", 3)
    names = [event.get("name") for event in json.loads(few.read_text())["traceEvents"]]
    assert "step 3" in names
    assert "step 2" not in names


def test_timeline_in_perfetto(host: Path, ga_ooo: Command, tmp_path: Path) -> None:
    """Perfetto's own processor finds each slice, and an arrow for each hold."""
    processor = pytest.importorskip(
        "perfetto.trace_processor", reason="the package perfetto is not installed"
    )
    binary = shutil.which("trace_processor_shell")
    if binary is None:
        pytest.skip("trace_processor_shell is not installed; no test downloads it")
    path = tmp_path / "day.json"
    ga_ooo("export", host, "day", "--format", "perfetto", "--output", path)
    config = processor.TraceProcessorConfig(bin_path=binary)
    with closing(processor.TraceProcessor(trace=str(path), config=config)) as opened:
        counts = {
            table: next(iter(opened.query(f"SELECT count(*) AS n FROM {table}"))).n
            for table in ("slice", "flow")
        }
        errors = list(opened.query("SELECT name FROM stats WHERE severity = 'error' AND value"))
    # Moves, holds and calls.
    assert counts == {"slice": 8 + 2 + 4, "flow": 2}
    assert errors == []

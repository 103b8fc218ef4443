"""What cannot be taken back ends a rehearsal, and happens in order in a real move."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.host.isolation import outside
from ga_ooo.host.isolation.patches import opened_for_moves
from tests.host.isolation.moves import Moves, RunEndedError, isolated

HELLO = [sys.executable, "-c", "print('hello')"]


def run_process(root: Path) -> None:
    subprocess.run(HELLO, check=True, stdout=(root / "out").open("w"))


def run_shell(root: Path) -> None:
    os.system(f"echo hello > {root}/out")


def run_shell_and_read(root: Path) -> None:
    os.popen(f"echo hello > {root}/out").read()


def connect(root: Path) -> None:
    with socket.socket() as unconnected:
        unconnected.connect_ex(("127.0.0.1", 9))


def fetch(root: Path) -> None:
    try:
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
    except OSError:
        (root / "out").write_text("refused")


def change_folder(root: Path) -> None:
    os.chdir(os.getcwd())


def write_by_number(root: Path) -> None:
    number = os.open(root / "out", os.O_WRONLY | os.O_CREAT)
    os.write(number, b"hello")
    os.close(number)


ACTS = (
    *(run_process, run_shell, run_shell_and_read, connect, fetch, change_folder, write_by_number),
)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("act", ACTS, ids=lambda act: str(act.__name__))
def test_it_ends_a_rehearsal(act: Callable[[Path], None], tmp_path: Path) -> None:
    """Also where host code swallows everything."""

    def swallow() -> None:
        with contextlib.suppress(BaseException):
            act(tmp_path)

    with isolated() as moves:
        for _ in range(20):
            ended = moves.rehearse(swallow)
            assert ended is not None and "a rehearsal ended" in ended
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("act", ACTS, ids=lambda act: str(act.__name__))
def test_a_real_move_waits_for_its_turn(act: Callable[[Path], None], tmp_path: Path) -> None:
    def first() -> None:
        (tmp_path / "first").write_text("1")

    def second() -> None:
        act(tmp_path)
        (tmp_path / "second").write_text(str((tmp_path / "first").exists()))

    with isolated() as moves:
        moves.start(second, persona=1)
        assert list(tmp_path.iterdir()) == []
        moves.start(first, persona=0)
        finish(moves, (0, 0), (0, 1))
    assert (tmp_path / "second").read_text() == "True"


def test_a_connection_of_a_real_move_is_noticed_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "_noticed", set())
    with isolated() as moves:
        moves.rehearse(lambda: fetch(tmp_path))
        assert caplog.messages == []
        for step in range(2):
            moves.start(lambda: fetch(tmp_path), step=step)
            finish(moves, (step, 0))
    (notice,) = caplog.messages
    assert "0 opens a connection to 127.0.0.1:9 in its move at step 0" in notice
    assert f"{Path(__file__).name}, line " in notice and "remedy: " in notice


def test_a_process_finds_what_the_move_has_written(tmp_path: Path) -> None:
    read: list[str] = []

    def body() -> None:
        (tmp_path / "in").write_text("question")
        read.append(subprocess.check_output(["cat", str(tmp_path / "in")], text=True))

    with isolated() as moves:
        moves.start(body)
        finish(moves, (0, 0))
    assert read == ["question"]


def in_thread() -> None:
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()


def in_pool() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(print)


@pytest.mark.parametrize("act", [in_thread, in_pool])
def test_threads_are_refused_with_their_place(act: Callable[[], None]) -> None:
    with isolated() as moves:
        assert "starts a thread" in str(moves.rehearse(act))
        with pytest.raises(RunEndedError, match="starts a thread in its move at step 3") as raised:
            moves.start(act, step=3)
    assert f"{Path(__file__).name}, line " in str(raised.value)


class Opened:
    """Files and databases that host code opened before any move."""

    def __init__(self, root: Path) -> None:
        with opened_for_moves():
            self.text = (root / "text.txt").open("w")
            self.binary = (root / "binary").open("wb")
            self.rows = sqlite3.connect(root / "rows.sqlite", isolation_level=None)
        self.rows.execute("create table rows (value)")

    def write(self, value: int) -> int:
        print("value", value, file=self.text)
        self.text.flush()
        self.binary.write(bytes([value]))
        with self.rows:
            self.rows.execute("insert into rows values (?)", (value,))
        return self.count()

    def count(self) -> int:
        return int(self.rows.execute("select count(*) from rows").fetchone()[0])

    def close(self) -> None:
        self.text.close()
        self.binary.close()
        self.rows.close()


def test_open_files_take_writes_in_order(tmp_path: Path) -> None:
    opened = Opened(tmp_path)
    counts: list[int] = []
    with isolated() as moves:
        for value in range(100):
            # Called at once.
            moves.rehearse(lambda: counts.append(opened.write(value)))  # noqa: B023
        assert counts == [1] * 100
        moves.start(lambda: opened.write(2), persona=1)
        moves.start(lambda: opened.write(1), persona=0)
        finish(moves, (0, 0), (0, 1))
    opened.close()
    assert (tmp_path / "text.txt").read_text() == "value 1\nvalue 2\n"
    assert (tmp_path / "binary").read_bytes() == b"\1\2"
    rows = sqlite3.connect(tmp_path / "rows.sqlite")
    assert rows.execute("select value from rows").fetchall() == [(1,), (2,)]
    rows.close()


def test_a_move_that_starts_over_leaves_open_files_as_they_were(tmp_path: Path) -> None:
    opened = Opened(tmp_path)
    failures = [ZeroDivisionError()]

    def body() -> None:
        opened.write(1)
        if failures:
            raise failures.pop()

    with isolated() as moves:
        moves.start(body)
        finish(moves, (0, 0))
        moves.start(lambda: opened.write(2), step=1)
        finish(moves, (1, 0))
        moves.order.roll_back()
        assert opened.count() == 0
        opened.write(3)
    opened.close()
    assert (tmp_path / "text.txt").read_text() == "value 3\n"
    assert (tmp_path / "binary").read_bytes() == b"\3"


def finish(moves: Moves, *places: tuple[int, int]) -> None:
    """Continue moves in order until all have completed."""
    for place in places:
        while place in moves.waiting:
            moves.resume(place)
    moves.order.retire(places[-1][0])


def test_prints_of_rehearsals_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        print("to the screen")
        print("an error", file=sys.stderr)

    with isolated() as moves:
        moves.rehearse(body)
        assert capsys.readouterr() == ("", "")
        moves.start(body)
    assert capsys.readouterr() == ("to the screen\n", "an error\n")


def test_nothing_is_left_in_place_of_the_library(tmp_path: Path) -> None:
    def parts() -> tuple[Any, ...]:
        return (open, io.open, os.stat, os.remove, subprocess.Popen.__init__, sqlite3.connect,
                socket.socket.connect, threading.Thread.start, sys.stdout, Path.touch)  # fmt: skip

    before = parts()
    with isolated():
        assert all(now is not then for now, then in zip(parts(), before, strict=True))
    assert parts() == before

"""The serve command as a process: its URLs, its exit codes, and no orphan however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.model.serving.fakes import FakePlan
from tests.model.serving.processes import is_alive, wait_gone


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A serve process that has printed its URLs, and those lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.model.serving.serve_fakes", str(folder)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        try:
            yield process, [process.stdout.readline().strip() for _ in range(3)]
        finally:
            process.kill()


def test_urls_are_printed_one_a_line(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, lines):
        process.terminate()
        assert process.wait(30) == 0
    assert [line.split()[0] for line in lines] == ["generative", "generative", "embedding"]
    assert [line.split()[2] for line in lines] == ["some/model", "some/model", "some/embedder"]
    assert all(line.split()[1].startswith("http://127.0.0.1:187") for line in lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_outlives_serve(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as (process, _):
        pids = [pid for pair in FakePlan(tmp_path / "pids").started() for pid in pair]
        assert len(pids) == 6
        assert all(is_alive(pid) for pid in pids)
        process.send_signal(number)
        code = process.wait(30)
    assert code == (-9 if number is signal.SIGKILL else 0)
    assert wait_gone(pids) == []

"""The stimulus log that a run leaves beside the simulation when a scheduling error ends it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from ga_ooo.disk import DISK
from ga_ooo.engine import stimulus_log
from ga_ooo.engine.protocol import Completed
from ga_ooo.errors import CausalityError, RunStoppedError
from ga_ooo.host.run.stimulus_file import STIMULUS_LOG_FILE, keep_stimulus_log
from tests.engine.drawing import draw, run_until, start


def failed() -> CausalityError:
    """An error as the engine raises it, after one step of the only persona."""
    scheduler = start(draw("...."), {"Ada": (0, 0)})
    run_until(scheduler, 5)
    scheduler.handle(Completed(0, 1))
    error = CausalityError("Ada needs Bo", "use another rule")
    error.stimulus_log = stimulus_log.as_text(scheduler)
    return error


def test_the_file_rebuilds_the_scheduler_and_is_named(tmp_path: Path) -> None:
    """Only its owner may read it, even if an older file was open to all."""
    error, path = failed(), tmp_path / STIMULUS_LOG_FILE
    path.parent.mkdir()
    (path.parent / f".{path.name}.tmp").touch(mode=0o666)
    keep_stimulus_log(error, tmp_path, DISK)
    assert stimulus_log.rebuild(path.read_text()).commit_step(0) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert error.remedy == f"use another rule; if you report this error, attach {path}"
    assert str(error) == f"Ada needs Bo\n  remedy: {error.remedy}"


@pytest.mark.parametrize(
    "error", [RunStoppedError("disk full", "make room"), CausalityError("a", "b"), ValueError("c")]
)
def test_errors_without_a_log(error: Exception, tmp_path: Path) -> None:
    """Nothing is written and nothing is said."""
    said = str(error)
    keep_stimulus_log(error, tmp_path, DISK)
    assert str(error) == said
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The error is reported as it is, and a warning says why no log was written."""
    (tmp_path / "ga_ooo").write_text("a file in the way")
    error = failed()
    keep_stimulus_log(error, tmp_path, DISK)
    assert error.remedy == "use another rule"
    assert "stimulus_log.jsonl cannot be written" in caplog.text

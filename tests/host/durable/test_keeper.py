"""When checkpoints are written: a writer that dies, or fails, and the last checkpoint of a run."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ga_ooo.disk import DISK
from ga_ooo.errors import HostError, RunStoppedError
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import HostStateWriter
from ga_ooo.host.durable.keeper import CheckpointKeeper
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.options import RunOptions


class Writer(HostStateWriter):
    """Writes one file, after it has done something that a test wants."""

    def __init__(self) -> None:
        self.before: Callable[[], None] = lambda: None

    def write_past(self, checkpoint: Checkpoint, folder: Path) -> None:
        self.write_current(checkpoint, folder)

    def write_current(self, checkpoint: Checkpoint, folder: Path) -> None:
        (folder / "state").write_text(str(checkpoint.step))
        self.before()


class Keeping:
    """A keeper of checkpoints below a folder."""

    def __init__(self, simulation: Path) -> None:
        self.folder = CheckpointFolder(simulation, "run", DISK)
        self.writer = Writer()
        self.keeper = CheckpointKeeper(
            lambda step: None, self.folder, self.writer, RunOptions(keep_checkpoints=0)
        )

    def whole(self) -> list[str]:
        """All names in the folder of checkpoints, which are complete."""
        for step in self.folder.steps():
            self.folder.check(step)
        return sorted(path.name for path in self.folder.path.iterdir())


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path)


def at(step: int) -> Checkpoint:
    """A checkpoint of nobody."""
    return Checkpoint(step, [], [], [], {}, [])


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise ValueError("odd")


def test_a_writer_that_is_killed_is_noticed_and_tried_again(
    keeping: Keeping, caplog: pytest.LogCaptureFixture
) -> None:
    keeping.writer.before = kill
    keeping.keeper.reached(at(10))
    with caplog.at_level(logging.WARNING):
        while keeping.keeper._background.busy:
            keeping.keeper.is_due()
    assert "no checkpoint of step 10: the system killed" in caplog.text
    assert keeping.whole() == []
    keeping.writer.before = lambda: None
    keeping.keeper.reached(at(20))
    assert keeping.keeper.write_last(at(30)) == keeping.folder.at(30)
    assert keeping.whole() == ["20", "30"]
    keeping.keeper.check_last()


def test_the_last_checkpoint_is_written_after_a_writer_was_killed(keeping: Keeping) -> None:
    keeping.writer.before = kill
    keeping.keeper.reached(at(10))
    keeping.writer.before = lambda: None
    assert keeping.keeper.write_last(at(12)) == keeping.folder.at(12)
    assert keeping.whole() == ["12"]


def test_the_run_does_not_continue_without_a_checkpoint_that_it_needs(keeping: Keeping) -> None:
    keeping.writer.before = kill
    with pytest.raises(RunStoppedError, match="may not continue without"):
        keeping.keeper.reached(at(10), wait=True)
    assert keeping.whole() == []


def test_a_last_checkpoint_that_is_missing_is_an_error(keeping: Keeping) -> None:
    keeping.writer.before = fail
    assert keeping.keeper.write_last(at(5)) is None
    assert keeping.whole() == []
    with pytest.raises(RunStoppedError, match="last checkpoint is missing: ValueError: odd"):
        keeping.keeper.check_last()


def test_a_failure_of_an_earlier_checkpoint_may_be_over_at_the_end(keeping: Keeping) -> None:
    keeping.writer.before = fail
    keeping.keeper.reached(at(5), wait=True)
    keeping.writer.before = lambda: None
    assert keeping.keeper.write_last(at(7)) is not None
    keeping.keeper.check_last()
    assert keeping.whole() == ["7"]


def test_a_host_whose_states_cannot_be_written_has_none(keeping: Keeping) -> None:
    def unknown() -> None:
        raise HostError("a persona holds a lock", "remove it")

    keeping.writer.before = unknown
    keeping.keeper.reached(at(5), wait=True)
    assert keeping.keeper.write_last(at(7)) is None
    keeping.keeper.check_last()
    assert keeping.whole() == []

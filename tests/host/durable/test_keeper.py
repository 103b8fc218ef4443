"""When checkpoints are written: a writer that dies, or fails, and the last checkpoint of a run."""

from __future__ import annotations

import errno
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ga_ooo.disk import DISK
from ga_ooo.errors import HostError, RunStoppedError
from ga_ooo.host.durable.background import Outcome, in_this_process
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


class Beside:
    """Work beside the run that ends when a test says so.

    Attributes:
        refuses: the system has no resources for a process.
    """

    def __init__(self) -> None:
        self.refuses = False
        self._work: Callable[[], None] | None = None
        self._outcome: Outcome | None = None

    @property
    def busy(self) -> bool:
        return self._work is not None

    def start(self, work: Callable[[], None]) -> None:
        if self.refuses:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        assert self._work is None
        self._work = work

    def end(self) -> None:
        """Do the work now."""
        assert self._work is not None
        self._outcome = in_this_process(self._work)

    def outcome(self, *, wait: bool) -> Outcome | None:
        if wait and self._work is not None and self._outcome is None:
            self.end()
        outcome, self._outcome = self._outcome, None
        if outcome is not None:
            self._work = None
        return outcome


class Keeping:
    """A keeper of checkpoints below a folder."""

    def __init__(
        self, simulation: Path, beside: Beside | None = None, keep: int = 0, seconds: float = 60.0
    ) -> None:
        self.folder = CheckpointFolder(simulation, "run", DISK)
        self.writer = Writer()
        self.now = 100.0
        self.forgotten: list[int] = []
        options = RunOptions(keep_checkpoints=keep, checkpoint_seconds=seconds)
        self.due: list[tuple[int, list[int]]] = []
        self.keeper = CheckpointKeeper(
            self.forgotten.append,
            lambda step: self.due.append((step, self.folder.steps())),
            *(self.folder, self.writer, options, beside, lambda: self.now),
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


def test_observers_write_before_a_checkpoint_exists(keeping: Keeping) -> None:
    """What they note about earlier steps would be lost if the run were killed in between."""
    keeping.keeper.reached(at(10), wait=True)
    keeping.keeper.write_last(at(12))
    assert keeping.due == [(10, []), (12, [10])]


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


def test_a_checkpoint_is_due_when_the_seconds_have_passed(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path, Beside(), seconds=10.0)
    due = keeping.keeper.is_due
    assert not due()
    keeping.now += 9.5
    assert not due()
    keeping.now += 0.5
    assert due()
    assert not due(), "the town is asked for it only once"
    keeping.now += 9.5
    keeping.keeper.reached(at(5))
    keeping.now += 9.5
    assert not due(), "a regular checkpoint counts as well"
    keeping.now += 0.5
    assert due()


def test_while_one_is_written_the_newest_waits(tmp_path: Path) -> None:
    beside = Beside()
    keeping = Keeping(tmp_path, beside)
    for step in (1, 2, 3):
        keeping.keeper.reached(at(step))
    assert keeping.forgotten == [1, 2, 3]
    durable = []
    while beside.busy:
        durable.append(keeping.keeper.durable)
        beside.end()
        keeping.keeper.is_due()
    assert [*durable, keeping.keeper.durable] == [None, 1, 3]
    assert keeping.whole() == ["1", "3"]


def test_the_newest_are_kept(tmp_path: Path) -> None:
    keeping = Keeping(tmp_path, Beside(), keep=2)
    for step in (1, 2, 3, 10):
        keeping.keeper.reached(at(step), wait=True)
    assert keeping.whole() == ["10", "3"]
    keeping.keeper.write_last(at(11))
    assert keeping.whole() == ["10", "11"]


def test_a_process_that_cannot_be_started_is_tried_at_the_next_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    beside = Beside()
    keeping = Keeping(tmp_path, beside)
    beside.refuses = True
    keeping.keeper.reached(at(1))
    assert "no checkpoint of step 1: " in caplog.text
    with pytest.raises(RunStoppedError, match="may not continue without"):
        keeping.keeper.reached(at(2), wait=True)
    beside.refuses = False
    keeping.keeper.reached(at(3), wait=True)
    assert keeping.whole() == ["3"]


def test_a_full_disk_stops_the_run(tmp_path: Path) -> None:
    def fill_up() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    beside = Beside()
    keeping = Keeping(tmp_path, beside)
    keeping.writer.before = fill_up
    keeping.keeper.reached(at(1))
    beside.end()
    with pytest.raises(RunStoppedError, match="No space left"):
        keeping.keeper.is_due()
    assert keeping.whole() == []


def test_after_a_failure_that_lasts_no_more_are_tried(tmp_path: Path) -> None:
    beside = Beside()
    keeping = Keeping(tmp_path, beside)
    keeping.writer.before = fail
    keeping.keeper.reached(at(1), wait=True)
    keeping.keeper.reached(at(2))
    assert not beside.busy

"""Work in a child process: it sees the objects as they were, and reports its errors."""

from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path

from ga_ooo.errors import HostError
from ga_ooo.host.durable.background import ForkedWork, Outcome


def test_the_child_has_everything_as_it_was(tmp_path: Path) -> None:
    work, value = ForkedWork(), ["before"]
    go = tmp_path / "go"

    def write() -> None:
        while not go.exists():
            time.sleep(0.001)
        (tmp_path / "seen").write_text(value[0])
        value[0] = "by the child"

    work.start(write)
    assert work.busy
    assert work.outcome(wait=False) is None
    value[0] = "after"
    go.touch()
    assert work.outcome(wait=True) == Outcome()
    assert (tmp_path / "seen").read_text() == "before"
    assert value == ["after"]
    assert work.outcome(wait=True) is None


def test_failures_are_reported() -> None:
    work = ForkedWork()

    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/there/file")

    work.start(full)
    assert work.outcome(wait=True) == Outcome(
        "cannot write /there/file: No space left on device", of_disk=True
    )
    work.start(lambda: [][1])
    outcome = work.outcome(wait=True)
    assert outcome == Outcome("IndexError: list index out of range")
    work.start(lambda: os.kill(os.getpid(), signal.SIGKILL))
    outcome = work.outcome(wait=True)
    assert outcome is not None and "the system killed the process" in outcome.problem
    assert outcome.is_temporary and not outcome.of_disk
    work.start(lambda: os._exit(3))
    outcome = work.outcome(wait=True)
    assert outcome is not None and "exit code 3" in outcome.problem and outcome.is_temporary


def no_memory() -> None:
    raise MemoryError


def test_which_failures_may_be_over_later() -> None:
    work = ForkedWork()
    work.start(no_memory)
    outcome = work.outcome(wait=True)
    assert outcome is not None and outcome.is_temporary

    def unknown() -> None:
        raise HostError("a lock", "remove it")

    work.start(unknown)
    assert work.outcome(wait=True) == Outcome("a lock", of_host=True)


def test_files_of_the_parent_are_closed_in_the_child(tmp_path: Path) -> None:
    """So locks and connections end with the parent, even if the child still runs."""
    with (tmp_path / "held").open("w") as held:
        number, work = held.fileno(), ForkedWork()

        def look() -> None:
            os.fstat(number)

        work.start(look)
        outcome = work.outcome(wait=True)
    assert outcome is not None and "Bad file descriptor" in outcome.problem

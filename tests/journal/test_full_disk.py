"""A full disk, or no permission: the run stops with file and remedy, and can be resumed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ga_ooo.errors import RunStoppedError
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.records import JournalMode
from ga_ooo.model.requests import CallKey, ModelAnswer
from tests.journal.runs import ForgetfulModel, chat, open_journal

LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from tests.journal.test_full_disk import fill_up
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
print(asyncio.run(fill_up(Path(sys.argv[1]))))
"""


async def fill_up(path: Path) -> int:
    """Record answers, eight at a time, until the disk is full; returns how many were seen."""
    model, seen = ForgetfulModel(), 0
    client = JournalClient(model, open_journal(path))

    async def one(step: int, ordinal: int) -> ModelAnswer:
        return await client.answer(chat("so long " * 300, CallKey("K", step, ordinal)))

    for step in range(10_000):
        group = (one(step, ordinal) for ordinal in range(8))
        outcomes = await asyncio.gather(*group, return_exceptions=True)
        seen += sum(isinstance(outcome, ModelAnswer) for outcome in outcomes)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            check(failures, path)
            break
    else:
        raise AssertionError("the disk did not become full")
    asked = len(model.asked)
    with pytest.raises(RunStoppedError):
        await one(step + 1, 0)
    # The failure was reported, so closing tries once more and does not report it again.
    await client.close()
    assert len(model.asked) == asked + 1
    return seen


def check(failures: list[BaseException], path: Path) -> None:
    """All calls of a group that could not be stored fail with the remedy."""
    assert len(failures) == 8
    for failure in failures:
        assert isinstance(failure, RunStoppedError)
        assert str(path) in failure.problem
        assert "resume the run" in failure.remedy


def assert_resumable(path: Path, seen: int) -> None:
    """With space, the run resumes from the answers that were seen."""

    async def resume() -> int:
        model = ForgetfulModel()
        client = JournalClient(model, open_journal(path, JournalMode.RESUME))
        for number in range(seen + 8):
            key = CallKey("K", *divmod(number, 8))
            await client.answer(chat("so long " * 300, key))
        await client.close()
        return len(model.asked)

    assert seen >= 8
    assert asyncio.run(resume()) == 8


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert_resumable(path, int(done.stdout))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        refused = subprocess.run(mount, capture_output=True, text=True).stderr
    except OSError as error:
        refused = str(error)
    if refused:
        pytest.skip(f"no file system can be mounted here: {refused.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    path = small_disk / "journal.sqlite"
    seen = asyncio.run(fill_up(path))
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    assert_resumable(path, seen)


async def test_answers_are_stored_as_soon_as_the_disk_has_space(small_disk: Path) -> None:
    path = small_disk / "journal.sqlite"
    ballast = small_disk / "ballast"
    client = JournalClient(ForgetfulModel(), open_journal(path))
    ballast.write_bytes(bytes(700_000))
    with pytest.raises(RunStoppedError, match="full") as raised:
        await client.answer(chat("long " * 40_000, CallKey("K", 0, 0)))
    assert "make room on that disk" in raised.value.remedy
    ballast.unlink()
    await client.close()
    with closing(open_journal(path, JournalMode.REPLAY)) as journal:
        assert journal.find(CallKey("K", 0, 0)) is not None


async def test_a_failure_at_the_end_is_reported(small_disk: Path) -> None:
    journal = open_journal(small_disk / "journal.sqlite")
    for number in range(20_000):
        journal.note_committed(f"a persona with quite a name, number {number:040}", 1)
    with pytest.raises(RunStoppedError, match="full"):
        journal.close()
    journal.close()


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    open_journal(path).close()
    content = bytearray(path.read_bytes())
    content[512:] = b"\xff" * (len(content) - 512)
    path.write_bytes(content)
    with pytest.raises(RunStoppedError, match="malformed") as raised:
        open_journal(path, JournalMode.RESUME)
    assert "restore the file from a copy" in raised.value.remedy

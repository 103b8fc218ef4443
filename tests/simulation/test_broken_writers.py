"""The simulation finds defects: each of these broken writers is caught within few seeds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.disk import Disk, write_whole
from ga_ooo.host import json_files
from ga_ooo.host.durable import record
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.host_save import install
from ga_ooo.host.run import headless
from ga_ooo.journal.client import JournalClient
from tests.simulation.lives import Simulation

SEEDS = 400
"""Most are caught by the 20th seed. A name before its content takes a few hundred, since only a
power failure at that moment shows it."""

seal = CheckpointFolder._seal
write = CheckpointFolder.write


def without_syncing(disk: Any, work: Callable[[], None]) -> None:
    """Do some work on a disk whose sync does nothing."""
    disk.sync_all = lambda path: None
    try:
        work()
    finally:
        del disk.sync_all


def seal_before_syncing(self: CheckpointFolder, aside: Path, step: int) -> None:
    """Write the manifest and rename before the files are durable."""
    without_syncing(self._disk, lambda: seal(self, aside, step))


def drop_before_writing(self: CheckpointFolder, step: int, fill: Callable[[Path], None]) -> None:
    """Drop old checkpoints before the new one exists."""
    for old in self.steps():
        self.drop(old)
    write(self, step, fill)


def newest_by_name(self: CheckpointFolder) -> int | None:
    """Trust a checkpoint without checking its checksums."""
    return max(self.steps(), default=None)


def write_in_place(disk: Disk, path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file in place, where a crash tears it."""
    disk.write(path, content)


def rename_before_syncing(
    disk: Disk, path: Path, content: bytes, *, durable: bool, private: bool
) -> None:
    """Give the file its name before its content is durable."""
    write_whole(disk, path, content)


def install_before_syncing(folder: Path, simulation: Path, disk: Disk) -> None:
    """Rename over the host's files before the new ones are durable."""
    without_syncing(disk, lambda: install(folder, simulation, disk))


async def answer_before_recording(self: JournalClient, call: Any) -> Any:
    """Give an answer to the host while it may still be lost."""
    answer, transport = await self._answer_below(call)
    recording = asyncio.ensure_future(self.journal.record(call, answer, transport))
    recording.add_done_callback(lambda done: done.cancelled() or done.exception())
    return answer


@pytest.mark.parametrize(
    ("where", "name", "broken"),
    [
        (CheckpointFolder, "_seal", seal_before_syncing),
        (CheckpointFolder, "write", drop_before_writing),
        (CheckpointFolder, "newest_whole", newest_by_name),
        (json_files, "write_whole", write_in_place),
        (record, "write_whole", rename_before_syncing),
        (headless, "install", install_before_syncing),
        (JournalClient, "_ask", answer_before_recording),
    ],
    ids=lambda value: getattr(value, "__name__", value).rpartition(".")[2],
)
def test_a_broken_writer_is_caught(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, broken: Callable[..., Any]
) -> None:
    monkeypatch.setattr(where, name, broken)
    with pytest.raises((AssertionError, ValueError, LookupError)):
        for seed in range(SEEDS):
            Simulation(seed).run()

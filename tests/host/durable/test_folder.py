"""The folder of checkpoints: each is complete or absent; only the newest are kept; those of other
runs are refused."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from ga_ooo.disk import DISK, OWN_FOLDER, Disk
from ga_ooo.host.durable.folder import BrokenCheckpointError, CheckpointFolder


@pytest.fixture
def folder(tmp_path: Path) -> CheckpointFolder:
    """The checkpoints of a run called ``r``."""
    return CheckpointFolder(tmp_path, "r", DISK)


def fill(aside: Path) -> None:
    """A state of two files."""
    (aside / "personas").mkdir()
    (aside / "personas" / "a.json").write_text("{}")
    (aside / "ga_ooo" / "state.msgpack").write_bytes(b"state")


def test_a_written_checkpoint_is_complete(folder: CheckpointFolder) -> None:
    folder.write(7, fill)
    folder.write(12, fill)
    assert folder.steps() == [7, 12]
    assert folder.newest_whole() == 12
    assert (folder.at(7) / "personas" / "a.json").read_text() == "{}"


def test_an_existing_checkpoint_is_not_written_again(folder: CheckpointFolder) -> None:
    folder.write(7, fill)
    folder.write(7, lambda aside: pytest.fail("it exists"))


@pytest.mark.parametrize(
    "victim", ["personas/a.json", "ga_ooo/state.msgpack", "ga_ooo/manifest.json"]
)
@pytest.mark.parametrize("how", ["gone", "cut", "changed"])
def test_a_broken_checkpoint_is_skipped_and_can_be_replaced(
    folder: CheckpointFolder, victim: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write(7, fill)
    folder.write(12, fill)
    file = folder.at(12) / victim
    content = file.read_bytes()
    file.unlink()
    if how != "gone":
        file.write_bytes(content[:-1] if how == "cut" else content[:-1] + b"?")
    assert folder.newest_whole() == 7
    assert "12" in caplog.text
    folder.write(12, fill)
    assert folder.newest_whole() == 12


def test_of_another_run_or_format(tmp_path: Path, folder: CheckpointFolder) -> None:
    folder.write(7, fill)
    with pytest.raises(BrokenCheckpointError, match="of another run"):
        CheckpointFolder(tmp_path, "other", DISK).check(7)
    manifest = folder.at(7) / "ga_ooo" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    with pytest.raises(BrokenCheckpointError, match="format 99"):
        folder.check(7)


def test_only_the_newest_are_kept(folder: CheckpointFolder) -> None:
    for step in (1, 2, 10, 11):
        folder.write(step, fill)
    folder.keep(2, max(folder.steps()))
    assert folder.steps() == [10, 11]
    assert sorted(path.name for path in folder.path.iterdir()) == ["10", "11"]


class FullDisk(Disk):
    """No room for the manifest."""

    def write(self, path: Path, content: bytes, *, private: bool = False) -> None:
        if path.name == "manifest.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        super().write(path, content)


def test_the_error_of_a_full_disk_names_the_folder(folder: CheckpointFolder) -> None:
    def fill_up(aside: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        folder.write(7, fill_up)
    assert Path(caught.value.filename).parent == folder.path


def test_a_failed_write_leaves_none(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path, "r", FullDisk())
    with pytest.raises(OSError, match="No space"):
        folder.write(7, fill)
    assert folder.steps() == []
    folder.clear_aside()
    assert list(folder.path.iterdir()) == []


def test_a_later_broken_checkpoint_does_not_replace_the_newest_one(
    folder: CheckpointFolder,
) -> None:
    for step in (1, 2, 6):
        folder.write(step, fill)
    (folder.at(6) / "personas" / "a.json").write_text("decayed")
    folder.keep(1, 2)
    assert folder.steps() == [2, 6]
    assert folder.newest_whole() == 2


def test_a_checkpoint_under_the_name_of_another_step_is_refused(folder: CheckpointFolder) -> None:
    folder.write(7, fill)
    folder.at(7).rename(folder.at(8))
    with pytest.raises(BrokenCheckpointError, match="another run or step"):
        folder.check(8)
    assert folder.newest_whole() is None


def test_a_checkpoint_that_a_killed_process_has_finished_meanwhile_is_taken(
    folder: CheckpointFolder,
) -> None:
    def fill_late(aside: Path) -> None:
        folder.write(7, fill)
        (aside / OWN_FOLDER).mkdir(parents=True)
        fill(aside)

    folder.write(7, fill_late)
    folder.check(7)
    assert [path.name for path in folder.path.iterdir()] == ["7"]


def test_a_damaged_folder_in_its_place_is_not_taken(folder: CheckpointFolder) -> None:
    def fill_late(aside: Path) -> None:
        fill(aside)
        (folder.at(7) / "half").mkdir(parents=True)

    with pytest.raises(OSError, match="is not whole"):
        folder.write(7, fill_late)
    assert folder.newest_whole() is None


def test_what_a_killed_drop_has_left_is_removed(folder: CheckpointFolder) -> None:
    folder.write(7, fill)
    (folder.path / ".7.old" / "personas").mkdir(parents=True)
    folder.drop(7)
    assert list(folder.path.iterdir()) == []
    folder.drop(7)

"""Damage to any file of a simulation is found, and the file is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ga_ooo.cli.main import main
from ga_ooo.disk import DISK
from ga_ooo.errors import UsageError
from ga_ooo.host.durable.damage import find_damage
from ga_ooo.host.durable.folder import CheckpointFolder
from ga_ooo.host.durable.record import read_record
from ga_ooo.host.durable.step_digests import StepDigests
from tests.cli.conftest import FORK, STORAGE
from tests.minitown.conftest import MINITOWN
from tests.trust.test_handed_on import ga_ooo

STEPS = 12
NOT_COMPARED = {"run.lock", "journal.sqlite.lock", "profile.json", "record.sqlite"}
"""Locks have no content that matters, and a profile with other numbers is still a profile. The
record of a run is for readers, who name a damaged one: no result comes from it."""


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulation with checkpoints and a journal, whose run has ended."""
    folder = tmp_path_factory.mktemp("ended")
    shutil.copytree(MINITOWN, folder / "host")
    inner = folder / "host" / STORAGE / "sim" / "ga_ooo" / "journal.sqlite"
    (folder / "ga-ooo.toml").write_text("[journal]\nkeep = true\n")
    done = ga_ooo(
        *("run", "host", "--fork", FORK, "--sim", "sim", "--steps", STEPS),
        *("--checkpoint-every", "5"),
        cwd=folder,
        state=folder / "state",
    )
    assert done.returncode == 0, done.stderr
    assert inner.exists()
    return inner.parents[1]


def damages(simulation: Path) -> list[str]:
    """All damages, in words."""
    record = read_record(simulation)
    journal = None if record.journal is None else simulation / record.journal
    return list(find_damage(simulation, record, journal, DISK))


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def cut(path: Path) -> None:
    """Cut off the last part of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def empty(path: Path) -> None:
    """Make a file empty, as a power failure may."""
    path.write_bytes(b"")


def test_a_whole_simulation_has_no_damage(ended: Path) -> None:
    assert damages(ended) == []


@pytest.mark.parametrize("harm", [flip, cut, remove, empty])
def test_every_damaged_file_is_named(ended: Path, harm: Callable[[Path], None]) -> None:
    files = [path for path in ended.rglob("*") if path.is_file()]
    tried = 0
    for path in files:
        # The head of the journal is there to find a lost end, and is written again without it.
        if path.name in NOT_COMPARED or path.suffix == ".head" or path.stat().st_size < 2:
            continue
        before = path.read_bytes()
        harm(path)
        try:
            found = damages(ended)
        except UsageError as error:
            found = [error.problem]
        finally:
            path.write_bytes(before)
            for name in ("journal.sqlite-wal", "journal.sqlite-shm"):
                (ended / "ga_ooo" / name).unlink(missing_ok=True)
        if path.name == "run.json":
            assert any("run.json" in line or "run that can be resumed" in line for line in found)
        elif path.name == "journal.sqlite" and harm is flip and not found:
            # This bit is not in use.
            continue
        else:
            relative = path.relative_to(ended).as_posix()
            names = (relative, path.name, *path.relative_to(ended).parts[2:3])
            assert any(name in line for line in found for name in names), (relative, found)
        tried += 1
    assert tried >= 60


def test_the_command_says_what_resume_does(
    ended: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    host = tmp_path / "host"
    shutil.copytree(ended.parents[3], host)
    assert main(["check", str(host), "sim"]) == 0
    assert "no damage" in capsys.readouterr().out
    flip(host / STORAGE / "sim" / "movement" / "3.json")
    assert main(["check", str(host), "sim"]) == 1
    said = capsys.readouterr().out
    assert "movement/3.json is damaged or missing; resume does not write it again" in said
    done = ga_ooo("resume", host, "sim", "--steps", "14", cwd=tmp_path, state=tmp_path / "state")
    assert done.returncode == 0, done.stderr
    assert "1 step files before step 12 are damaged" in done.stderr


def test_digests_are_of_the_run_and_the_step(ended: Path) -> None:
    record = read_record(ended)
    checkpoint = CheckpointFolder(ended, record.digest(), DISK).at(STEPS)
    assert StepDigests.read(checkpoint, record.first, STEPS, DISK).end == STEPS
    with pytest.raises(ValueError, match="end at step"):
        StepDigests.read(checkpoint, record.first, STEPS + 1, DISK)
    for content in (b"", b"123", b"12345"):
        with pytest.raises(ValueError, match="no digests"):
            StepDigests(0, content)

"""The folder of a run's checkpoints. Each checkpoint is complete, with checksums, or absent."""

from __future__ import annotations

import errno
import hashlib
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from ga_ooo._version import __version__
from ga_ooo.disk import OWN_FOLDER, Disk, is_inner_path

logger = logging.getLogger(__name__)

FORMAT: Final = 3
"""Increases with every change of the content of a checkpoint."""

CHECKPOINTS: Final = "checkpoints"
_MANIFEST: Final = f"{OWN_FOLDER}/manifest.json"
_STEP: Final = re.compile(r"0|[1-9][0-9]{0,9}")


class BrokenCheckpointError(Exception):
    """A checkpoint is incomplete, or of another run; the message says why."""


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of a checkpoint.

    Attributes:
        format: see :data:`FORMAT`.
        package: version of this package that wrote it.
        step: of the checkpoint.
        run: digest of all that the run's results depend on.
        files: digest of each file, by path in the folder.
    """

    format: int
    package: str
    step: int
    run: str
    files: dict[str, str]


class CheckpointFolder:
    """The checkpoints of one simulation, each a folder named by its step.

    Args:
        simulation: the simulation's folder.
        run: digest of all that the run's results depend on. Checkpoints of other runs are refused.
        disk: where the files are.
    """

    def __init__(self, simulation: Path, run: str, disk: Disk) -> None:
        self.path = simulation / OWN_FOLDER / CHECKPOINTS
        self._run = run
        self._disk = disk

    def at(self, step: int) -> Path:
        """Folder of the checkpoint of ``step``: all personas right before they take this step."""
        return self.path / str(step)

    def steps(self) -> list[int]:
        """Steps of all checkpoints in order, including broken ones."""
        return sorted(int(name) for name in self._disk.names(self.path) if _STEP.fullmatch(name))

    def newest_whole(self) -> int | None:
        """The step of the newest complete checkpoint; logs a warning for each newer one."""
        for step in reversed(self.steps()):
            try:
                self.check(step)
            except BrokenCheckpointError as error:
                logger.warning("%s; using the one before", error)
            else:
                return step
        return None

    def check(self, step: int) -> None:
        """Compare every file with its checksum.

        Raises:
            BrokenCheckpointError: a file differs or is missing, or the run is another.
        """
        folder = self.at(step)
        try:
            manifest = msgspec.json.decode(self._disk.read(folder / _MANIFEST), type=_Manifest)
            self._check_manifest(folder, manifest, step)
            for name, digest in manifest.files.items():
                if not is_inner_path(name):
                    raise BrokenCheckpointError(f"the checkpoint {folder} names a file {name!r}")
                if digest_of(self._disk.read(folder / name)) != digest:
                    raise BrokenCheckpointError(f"the checkpoint {folder} is damaged: {name}")
        except (OSError, ValueError, RecursionError) as error:
            raise BrokenCheckpointError(
                f"the checkpoint {folder} is not whole: {type(error).__name__}: {error}"
            ) from error

    def write(self, step: int, fill: Callable[[Path], None]) -> None:
        """Write the checkpoint of ``step``, unless it exists. It is durable when this returns.

        Args:
            fill: writes the files of the checkpoint into the given folder.

        Raises:
            OSError: a file cannot be written. No incomplete checkpoint is left.
        """
        try:
            self.check(step)
        except BrokenCheckpointError:
            self.drop(step)
        else:
            return
        disk, aside = self._disk, self.path / f".{step}.new"
        try:
            disk.remove_folder(aside)
            disk.make_private_folder(aside / OWN_FOLDER)
            fill(aside)
            self._seal(aside, step)
            self._rename_to_step(aside, step)
            disk.sync(self.path)
        except Exception as error:
            if isinstance(error, OSError):
                # A write to a full disk names no file, unlike a file that cannot be opened.
                error.filename = error.filename or str(aside)
            # The failure itself is reported, whether or not its files can be removed.
            with suppress(OSError):
                disk.remove_folder(aside)
            raise

    def drop(self, step: int) -> None:
        """Remove the checkpoint of ``step``, if it exists.

        Raises:
            OSError: it cannot be removed.
        """
        # Renamed first: a folder that is removed in part must not look like a checkpoint.
        dropped = self.path / f".{step}.old"
        self._disk.remove_folder(dropped)
        if self._disk.is_folder(self.at(step)):
            self._disk.rename(self.at(step), dropped)
            self._disk.remove_folder(dropped)

    def keep(self, newest: int, until: int) -> None:
        """Remove old checkpoints.

        Args:
            newest: so many of the checkpoints up to ``until`` are kept.
            until: later checkpoints are left alone. They are incomplete, or the run would have
                been resumed from them, and the run will replace them.

        Raises:
            OSError: one cannot be removed.
        """
        for step in [step for step in self.steps() if step <= until][:-newest]:
            self.drop(step)

    def clear_aside(self) -> None:
        """Remove incomplete files of a process that was killed.

        Raises:
            OSError: one cannot be removed.
        """
        for name in self._disk.names(self.path):
            if name.startswith("."):
                self._disk.remove_folder(self.path / name)

    def _rename_to_step(self, aside: Path, step: int) -> None:
        try:
            self._disk.rename(aside, self.at(step))
        except OSError:
            # The run may have been killed and resumed, and a child of the killed process may have
            # written the same checkpoint in the meantime.
            self._accept_existing(aside, step)

    def _accept_existing(self, aside: Path, step: int) -> None:
        try:
            self.check(step)
        except BrokenCheckpointError as error:
            raise OSError(errno.EEXIST, str(error), str(self.at(step))) from error
        self._disk.remove_folder(aside)

    def _check_manifest(self, folder: Path, manifest: _Manifest, step: int) -> None:
        if manifest.format != FORMAT:
            raise BrokenCheckpointError(
                f"the checkpoint {folder} has format {manifest.format}, made by ga-ooo "
                f"{manifest.package}; ga-ooo {__version__} reads format {FORMAT}"
            )
        if (manifest.run, manifest.step) != (self._run, step):
            raise BrokenCheckpointError(f"the checkpoint {folder} is of another run or step")

    def _seal(self, aside: Path, step: int) -> None:
        """Make the files durable, and only then write the manifest, which is made durable too.

        All step files before the checkpoint become durable with it.
        """
        disk = self._disk
        disk.sync_all(aside)
        files = {
            path.relative_to(aside).as_posix(): digest_of(disk.read(path))
            for path in disk.tree(aside)
        }
        manifest = _Manifest(FORMAT, __version__, step, self._run, files)
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        disk.write(aside / _MANIFEST, content, private=True)
        disk.sync(aside / _MANIFEST)
        disk.sync((aside / _MANIFEST).parent)


def digest_of(content: bytes) -> str:
    """Digest of a file's content, as 32 hex digits."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()

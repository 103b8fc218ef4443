"""The operations on files that a run's durability rests on, and whole files, in one place.

Tests put another class in its place: one that fails, tears a write, or loses what was not synced.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ga_ooo.errors import RunStoppedError

OWN_FOLDER: Final = "ga_ooo"
"""Name of the folder inside a simulation's folder that holds the files of this package. The host
does not read it, and it is no part of the simulation."""


class Disk:
    """The file system of this machine."""

    def read(self, path: Path) -> bytes:
        """Content of a file."""
        return path.read_bytes()

    def write(self, path: Path, content: bytes) -> None:
        """Write a file in place; not durable before :meth:`sync`."""
        path.write_bytes(content)

    def sync(self, path: Path) -> None:
        """Make the content of a file, or the entries of a folder, survive a power failure."""
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)

    def sync_all(self, path: Path) -> None:
        """Make everything that was written to the file system of ``path`` so far durable.

        One file at a time takes minutes where a disk takes its time for each.
        """
        number = os.open(path, os.O_RDONLY)
        try:
            if _syncfs is None:
                os.sync()
            elif _syncfs(number) != 0:
                failed = ctypes.get_errno()
                raise OSError(failed, os.strerror(failed), str(path))
        finally:
            os.close(number)

    def rename(self, old: Path, new: Path) -> None:
        """Rename a file over another, or a folder to a name that is free."""
        old.replace(new)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it, if they are not there."""
        path.mkdir(parents=True, exist_ok=True)

    def remove(self, path: Path) -> None:
        """Remove a file, if it is there."""
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder with all that is in it, if it is there; somebody else may be at it."""
        for inner in self.tree(path):
            self.remove(inner)
        for folder in self.folders(path):
            with suppress(FileNotFoundError):
                folder.rmdir()

    def names(self, folder: Path) -> list[str]:
        """Names in a folder, sorted; none if there is no folder."""
        try:
            return sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return []

    def is_file(self, path: Path) -> bool:
        """Whether there is such a file."""
        return path.is_file()

    def is_folder(self, path: Path) -> bool:
        """Whether there is such a folder."""
        return path.is_dir()

    def tree(self, folder: Path) -> Iterator[Path]:
        """All files below a folder, in the order of their names."""
        for name in self.names(folder):
            path = folder / name
            if self.is_folder(path):
                yield from self.tree(path)
            else:
                yield path

    def folders(self, folder: Path) -> Iterator[Path]:
        """A folder and all folders below it, the innermost first."""
        for name in self.names(folder):
            if self.is_folder(folder / name):
                yield from self.folders(folder / name)
        yield folder


_syncfs: Final = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)

DISK: Final = Disk()

_written_aside: set[tuple[Disk, Path]] = set()
"""Files that are not whole yet, for a process that is about to end at once."""


@contextmanager
def naming_file(path: Path, remedy: str, problem: str = "cannot write {}") -> Iterator[None]:
    """Turn what the operating system says about a write into an error with its remedy.

    Args:
        path: what is written, where the operating system names nothing.
        problem: with ``{}`` in the place of the name.

    Raises:
        RunStoppedError: disk full, read-only, no permission.
    """
    try:
        yield
    except OSError as error:
        named = error.filename2 or error.filename or path
        why = error.strerror or error
        raise RunStoppedError(f"{problem.format(named)}: {why}", remedy) from error


def remove_aside(disk: Disk, path: Path) -> None:
    """Remove what a process that was killed in :func:`write_whole` may have left beside a file.

    Raises:
        OSError: it cannot be removed.
    """
    disk.remove(_aside(path))


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.tmp")


def write_whole(disk: Disk, path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file aside and rename it into place: it is there whole or not at all.

    Args:
        durable: survives a power failure once this returns.

    Raises:
        OSError: it cannot be written; names ``path``, and nothing is left aside.
    """
    aside = _aside(path)
    _written_aside.add((disk, aside))
    try:
        disk.write(aside, content)
        if durable:
            disk.sync(aside)
        disk.rename(aside, path)
        if durable:
            disk.sync(path.parent)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        # The failure itself is what matters, whether or not the disk lets us clean up.
        with suppress(OSError):
            disk.remove(aside)
        raise
    finally:
        _written_aside.discard((disk, aside))


def drop_unfinished() -> None:
    """Remove what :func:`write_whole` was interrupted at; for a process that ends right here."""
    for disk, aside in _written_aside:
        disk.remove(aside)

"""The file operations on which the durability of a run rests, and the writing of whole files.

Tests replace :class:`Disk` by a class that fails, tears a write or loses what was not synced.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ga_ooo.databases import ROLLBACK_JOURNAL, names_super_journal
from ga_ooo.errors import RunStoppedError, UsageError

OWN_FOLDER: Final = "ga_ooo"
"""Name of the folder inside a simulation's folder that holds the files of this package. The host
does not read it, and it is no part of the simulation."""

RUN_LOCK: Final = f"{OWN_FOLDER}/run.lock"
"""In the folder of a simulation: locked by the process that runs it."""

RESUME_REMEDY: Final = "free space or fix the permissions, then continue with `ga-ooo resume`"
"""Remedy for a write that failed during a run that can be resumed."""

_OWNER_ONLY: Final = 0o600


class Disk:
    """The file system of this machine."""

    def read(self, path: Path) -> bytes:
        """Content of a file."""
        return path.read_bytes()

    def write(self, path: Path, content: bytes, *, private: bool = False) -> None:
        """Write a file in place; it is not durable before :meth:`sync`.

        Args:
            private: nobody but the owner may read the file.
        """
        if not private:
            path.write_bytes(content)
            return
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(number, "wb") as file:
            # A file that existed before keeps its mode when it is opened.
            os.fchmod(number, _OWNER_ONLY)
            file.write(content)

    def sync(self, path: Path) -> None:
        """Make the content of a file, or the entries of a folder, survive a power failure."""
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)

    def sync_all(self, path: Path) -> None:
        """Make everything durable that was written to the file system of ``path`` so far.

        One sync per file takes minutes on a disk with slow syncs.
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
        """Rename a file over another file, or a folder to a name that is free."""
        old.replace(new)

    def make_folder(self, path: Path) -> None:
        """Make a folder and its parents, where they do not exist."""
        path.mkdir(parents=True, exist_ok=True)

    def make_private_folder(self, path: Path) -> None:
        """Make a folder that only its owner can enter, whatever the umask; so are its parents that
        do not exist."""
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(mode=_OWNER_ONLY | 0o100, exist_ok=True)
        path.chmod(_OWNER_ONLY | 0o100)

    def remove(self, path: Path) -> None:
        """Remove a file, if it exists."""
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> None:
        """Remove a folder and its content, if it exists; another process may do the same."""
        for inner in self.tree(path):
            self.remove(inner)
        for folder in self.folders(path):
            with suppress(FileNotFoundError):
                folder.rmdir()

    def names(self, folder: Path) -> list[str]:
        """Names in a folder, sorted; none if the folder does not exist."""
        try:
            return sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return []

    def is_file(self, path: Path) -> bool:
        """Whether the path is a file."""
        return path.is_file()

    def is_folder(self, path: Path) -> bool:
        """Whether the path is a folder, and no link to one: what a link leads to is not ours."""
        return path.is_dir() and not path.is_symlink()

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

_unfinished: set[tuple[Disk, Path]] = set()
"""Temporary files that are being written, for a process that is about to end at once."""


@contextmanager
def naming_file(path: Path, remedy: str, problem: str = "cannot write {}") -> Iterator[None]:
    """Turn an error of the operating system about a write into an error with a remedy.

    Args:
        path: the file that is written, for errors that name no file.
        problem: the problem, with ``{}`` for the name of the file.

    Raises:
        RunStoppedError: disk full, read-only, no permission.
    """
    try:
        yield
    except OSError as error:
        named = error.filename2 or error.filename or path
        why = error.strerror or error
        raise RunStoppedError(f"{problem.format(named)}: {why}", remedy) from error


def state_folder() -> Path:
    """Folder of this user for files that belong to no simulation: ``$XDG_STATE_HOME/ga-ooo``, else
    ``~/.local/state/ga-ooo``."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "ga-ooo"


def odd_file(folder: Path) -> Path | None:
    """The first entry below a folder that is neither a plain file nor a folder.

    Such are symbolic links, which may lead outside, and pipes and devices, which may block. A
    rollback journal that makes SQLite delete another file is one too.
    """
    for top, folders, files in os.walk(folder):
        for name in sorted((*folders, *files)):
            path = Path(top, name)
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                return path
            if stat.S_ISREG(mode) and names_super_journal(path):
                return path
    return None


def refuse_odd_files(folder: Path) -> None:
    """Check that a simulation holds plain files and folders only.

    Raises:
        UsageError: it holds a link, a pipe or a device.
    """
    found = odd_file(folder)
    if found is not None and found.name.endswith(ROLLBACK_JOURNAL) and found.is_file():
        raise UsageError(
            f"{found} makes SQLite delete another file, which may lie outside the simulation",
            "remove it; and ask where you got this simulation from",
        )
    if found is not None:
        raise UsageError(
            f"{found} is no plain file; it may lead to any place outside the simulation",
            "remove it, or replace it by a copy of the file that you want there",
        )


def is_being_run(simulation: Path) -> bool:
    """Whether another process runs this simulation now, as far as its lock says."""
    try:
        file = os.open(simulation / RUN_LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        # This file system has no locks.
        return False
    finally:
        os.close(file)
    return False


def make_empty_folder(path: Path, option: str) -> None:
    """Make a folder for results, unless it exists and is empty.

    Args:
        option: that named it.

    Raises:
        UsageError: it holds something, or cannot be made.
    """
    remedy = f"give {option} a new or an empty folder"
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not any(path.iterdir()):
            return
    except OSError as error:
        raise UsageError(f"{path} cannot be made: {error.strerror}", remedy) from error
    raise UsageError(f"{path} is not an empty folder", remedy)


def is_inner_path(name: str) -> bool:
    """Whether a relative path, with ``/`` between its parts, stays inside any folder."""
    parts = name.split("/")
    return "\0" not in name and "\\" not in name and not {"", ".", ".."} & set(parts)


def remove_aside(disk: Disk, path: Path) -> None:
    """Remove the temporary file that a killed :func:`write_whole` may have left beside a file.

    Raises:
        OSError: it cannot be removed.
    """
    disk.remove(_aside(path))


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.tmp")


def write_whole(
    disk: Disk, path: Path, content: bytes, *, durable: bool = False, private: bool = False
) -> None:
    """Write a temporary file and rename it to ``path``: the file exists whole or not at all.

    Args:
        durable: the file survives a power failure once this returns.
        private: nobody but the owner may read the file.

    Raises:
        OSError: the file cannot be written; names ``path``, and no temporary file is left.
    """
    aside = _aside(path)
    _unfinished.add((disk, aside))
    try:
        disk.write(aside, content, private=private)
        if durable:
            disk.sync(aside)
        disk.rename(aside, path)
        if durable:
            disk.sync(path.parent)
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        # The failure itself is reported, whether or not the temporary file can be removed.
        with suppress(OSError):
            disk.remove(aside)
        raise
    finally:
        _unfinished.discard((disk, aside))


def drop_unfinished() -> None:
    """Remove the temporary files of unfinished writes, in a process that ends right now."""
    for disk, aside in _unfinished:
        disk.remove(aside)

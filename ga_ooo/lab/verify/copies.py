"""Complete copies of a checkout: a run in a copy cannot change a file of the user."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from ga_ooo.disk import OWN_FOLDER, naming_file
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.scenarios import simulation_names

SIMULATION: Final = "verify"
"""Name of the simulation that a side makes."""

_FICLONE: Final = 0x40049409
"""Request of Linux for a copy that shares its blocks until one of the files is written
(``ioctl_ficlone(2)``). Btrfs, XFS and others know it."""

_NOT_COPIED: Final = frozenset({".git", "__pycache__", "node_modules"})
_ENVIRONMENT: Final = "pyvenv.cfg"
"""File by which a virtual environment of Python is recognised."""

_NAMING_PATHS: Final = frozenset({".py", ".json", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".env"})
"""Kinds of files in which a user writes the absolute path of the checkout."""

Stamps: TypeAlias = Mapping[str, tuple[int, int]]
"""Size and time of the last change of each file, by its path in a folder."""

_Skip: TypeAlias = Callable[[Path], bool]
"""Whether a folder is left out."""


@dataclass(frozen=True)
class CheckoutCopy:
    """A copy of a checkout, in which one side runs.

    Attributes:
        folder: of the side.
        root: top folder of the copied checkout.
        storage: folder of simulations.
        temp_storage: folder that backend and frontend share.
        stamps: of all files before the run.
    """

    folder: Path
    root: Path
    storage: Path
    temp_storage: Path
    stamps: Stamps

    @property
    def simulation(self) -> Path:
        """Folder of the simulation that the side makes."""
        return self.storage / SIMULATION

    def changed(self) -> set[str]:
        """Files that were written, made or removed since, as paths in ``folder``. The own files
        of this package, such as a journal, are left out."""
        own = f"{self.simulation.relative_to(self.folder).as_posix()}/{OWN_FOLDER}/"
        found = changed_files(self.stamps, _stamps_of(self))
        return {name for name in found if not name.startswith(own)}


def copy_checkout(checkout: Checkout, fork: str, folder: Path) -> CheckoutCopy:
    """Copy a checkout into ``folder``: as it is, but for what no run reads.

    Left out are the history of git, virtual environments, and simulations other than ``fork``
    that no file of the host names. Where the file system can, a copy shares its blocks with the
    original until one of them is written. Hard links are never used: what is written into one name
    would show in the other. A link that leads out of the checkout is replaced by a copy of what it
    leads to. Where a file of the host names the checkout by its absolute path, the copy names
    itself.

    Args:
        checkout: the host.
        fork: the scenario of the run.
        folder: of the side; must not exist.

    Raises:
        RunStoppedError: a file cannot be read, or the disk is full.
    """
    root, found = folder / "checkout", {}
    skip = _skips(checkout, fork, folder.parent)
    remedy = "free space, or set TMPDIR to a folder on a larger disk"
    with naming_file(folder, remedy, "the checkout cannot be copied ({})"):
        _Copying(checkout.root, root, skip, checkout.storage).copy_folder(checkout.root, root)
        for name, path in (("storage", checkout.storage), ("temp_storage", checkout.temp_storage)):
            real = path.resolve()
            if real.is_relative_to(checkout.root):
                found[name] = root / real.relative_to(checkout.root)
            else:
                found[name] = folder / name
                if path.is_dir():
                    _Copying(real, found[name], skip, real).copy_folder(real, found[name])
            found[name].mkdir(parents=True, exist_ok=True)
        copy = CheckoutCopy(folder, root, found["storage"], found["temp_storage"], {})
        return replace(copy, stamps=_stamps_of(copy))


def own_stamps(checkout: Checkout, fork: str, folder: Path) -> Stamps:
    """The state of the user's own files, to notice that a run has changed one of them.

    Args:
        checkout: the host.
        fork: the scenario; other simulations are left out.
        folder: the sides run below it; left out if it lies in the checkout.
    """
    return dict(_stamps(checkout.root, checkout.root, _skips(checkout, fork, folder)))


def changed_files(before: Stamps, after: Stamps) -> set[str]:
    """Names of the files that were written, made or removed between two states."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _skips(checkout: Checkout, fork: str, folder: Path) -> _Skip:
    texts = [path.read_bytes() for path in checkout.backend.rglob("*.py")]

    def is_unread(name: str) -> bool:
        is_simulation = (checkout.storage / name / "reverie" / "meta.json").is_file()
        return is_simulation and not any(name.encode() in text for text in texts)

    left_out = {
        (checkout.storage / name).resolve()
        for name in simulation_names(checkout.storage)
        if name != fork and (name == SIMULATION or is_unread(name))
    }
    left_out.add(folder.resolve())

    def skip(path: Path) -> bool:
        return (
            path.name in _NOT_COPIED or path.resolve() in left_out or (path / _ENVIRONMENT).exists()
        )

    return skip


class _Copying:
    """Copies one folder with everything below it.

    Args:
        root: the folder.
        copy: its copy.
        skip: which folders are left out.
        data: folder whose files are copied as they are, whatever paths they name.
    """

    def __init__(self, root: Path, copy: Path, skip: _Skip, data: Path) -> None:
        self._root = root
        self._copy = copy.absolute()
        self._skip = skip
        self._data = data
        self._own_path = re.compile(re.escape(str(root)).encode() + rb"(?![\w.-])")

    def copy_folder(self, source: Path, target: Path) -> None:
        """Copy a folder below the root."""
        target.mkdir(parents=True, exist_ok=True)
        for entry in os.scandir(source):
            if entry.is_symlink() and self._copy_link(Path(entry.path), target / entry.name):
                continue
            if entry.is_dir():
                if not self._skip(Path(entry.path)):
                    self.copy_folder(Path(entry.path), target / entry.name)
            elif entry.is_file():
                _copy_file(Path(entry.path), target / entry.name)
                self._rename_own_path(Path(entry.path), target / entry.name)

    def _copy_link(self, link: Path, target: Path) -> bool:
        """Copy a link that leads to a place in the root. Returns False if what it leads to is to be
        copied. A link to nowhere, and one to a folder in which it lies, is left out."""
        leads_to, own = link.resolve(), link.parent.resolve() / link.name
        if leads_to in own.parents or not leads_to.exists():
            return True
        if leads_to.is_relative_to(self._root):
            target.symlink_to(self._copy / leads_to.relative_to(self._root))
        return target.is_symlink()

    def _rename_own_path(self, source: Path, target: Path) -> None:
        """Where a file names the root by its absolute path, name the copy."""
        if target.suffix in _NAMING_PATHS and not source.is_relative_to(self._data):
            content = target.read_bytes()
            renamed = self._own_path.sub(lambda found: str(self._copy).encode(), content)
            if renamed != content:
                target.write_bytes(renamed)


def _copy_file(source: Path, target: Path) -> None:
    if not _clone(source, target):
        shutil.copyfile(source, target)
    shutil.copystat(source, target)


def _clone(source: Path, target: Path) -> bool:
    """Make a copy that shares its blocks. Returns whether the file system can."""
    with source.open("rb") as original, target.open("wb") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, original.fileno())
        except OSError:
            return False
    return True


def _stamps_of(copy: CheckoutCopy) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for folder in {copy.root, copy.storage, copy.temp_storage}:
        found.update(_stamps(folder, copy.folder, lambda path: path.name in _NOT_COPIED))
    return found


def _stamps(folder: Path, base: Path, skip: _Skip) -> Iterator[tuple[str, tuple[int, int]]]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if not skip(Path(entry.path)):
                yield from _stamps(Path(entry.path), base, skip)
        elif not entry.is_symlink():
            status = entry.stat()
            name = Path(entry.path).relative_to(base).as_posix()
            yield name, (status.st_size, status.st_mtime_ns)

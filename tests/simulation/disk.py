"""A file system in memory that fails, tears writes, and loses what was not synced.

When the process dies, everything that was written is left; a write that was under way may be torn.
After a power failure, the folders are as they were at some moment since the last sync (metadata is
journaled, so changes keep their order). A file that was not synced has its old content, its new
content, a part of it, or nothing.
"""

from __future__ import annotations

import errno
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ga_ooo.disk import Disk


class Crash(BaseException):
    """The process dies here."""


@dataclass(eq=False)
class _File:
    """Content of a file, and the part of it that a power failure cannot lose."""

    content: bytes = b""
    synced: bytes = b""
    is_synced: bool = False
    only_grown: bool = True


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: ``kill``, ``power``, ``full``, ``readonly`` (both last until the process ends), ``io``
            (once) or ``sync`` (once, and the content to be synced may be lost).
        at: the number of the operation at which it happens, from the start of the process.
    """

    kind: str
    at: int


_GROWING = frozenset(("write", "append", "folder"))
_SPOILT = {"full": errno.ENOSPC, "readonly": errno.EROFS}


class SimulatedDisk(Disk):
    """All files of one machine.

    Args:
        rng: determines what a crash leaves.

    Attributes:
        dead: the process has died; only :meth:`restart` helps.
        power_failed: the power has failed as well.
        operations: number of changing operations since the process started.
        seen: what happened, by kind of fault and operation.
    """

    def __init__(self, rng: Random) -> None:
        self.dead = False
        self.operations = 0
        self.seen: Counter[str] = Counter()
        self._rng = rng
        self._files: dict[Path, _File] = {}
        self._folders: set[Path] = {Path("/")}
        self._fault: Fault | None = None
        self._spoilt: str | None = None
        self.power_failed = False
        # The names that are durable, and the names after every change since then.
        self._past: list[tuple[dict[Path, _File], set[Path]]] = []
        self._remember()

    # --- for tests -------------------------------------------------------------------

    def restart(self, fault: Fault | None = None) -> None:
        """Start a new process; after a power failure it finds what that left."""
        if self.power_failed:
            self._lose()
        self.dead = self.power_failed = False
        self.operations, self._fault, self._spoilt = 0, fault, None

    def survives_the_process(self) -> bool:
        """Let a child process write after its parent has died. Returns whether it can."""
        self.dead = self.dead and self.power_failed
        return not self.dead

    def damage(self, path: Path) -> None:
        """Flip a bit, or cut a file short."""
        file = self._files[path]
        at = self._rng.randrange(len(file.content) or 1)
        flipped = bytes((file.content[at] ^ 4,)) if file.content else b"x"
        tail = file.content[at + 1 :] if self._rng.random() < 0.7 else b""
        file.content = file.synced = file.content[:at] + flipped + tail

    # --- reading -------------------------------------------------------------------------------

    def read(self, path: Path) -> bytes:
        """See :class:`~ga_ooo.disk.Disk`."""
        self._alive()
        if path not in self._files:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        return self._files[path].content

    def names(self, folder: Path) -> list[str]:
        """See :class:`~ga_ooo.disk.Disk`."""
        self._alive()
        inside = (p.name for p in (*self._files, *self._folders) if p.parent == folder)
        return sorted(name for name in inside if name)

    def is_file(self, path: Path) -> bool:
        """See :class:`~ga_ooo.disk.Disk`."""
        return path in self._files

    def is_folder(self, path: Path) -> bool:
        """See :class:`~ga_ooo.disk.Disk`."""
        return path in self._folders

    # --- changing ------------------------------------------------------------------------------

    def write(self, path: Path, content: bytes, *, private: bool = False) -> None:
        """See :class:`~ga_ooo.disk.Disk`."""
        self._put("write", path, b"", content)

    def append(self, path: Path, content: bytes) -> None:
        """Add to the end of a file."""
        before = self._files[path].content if path in self._files else b""
        self._put("append", path, before, content)

    def sync(self, path: Path) -> None:
        """See :class:`~ga_ooo.disk.Disk`."""
        self._operate("sync", path)
        if path in self._folders:
            self._remember()
        else:
            self._sync_file(self._files[path])

    def sync_all(self, path: Path) -> None:
        """See :class:`~ga_ooo.disk.Disk`."""
        self._operate("sync", path)
        for file in self._files.values():
            self._sync_file(file)
        self._remember()

    def rename(self, old: Path, new: Path) -> None:
        """See :class:`~ga_ooo.disk.Disk`."""
        self._operate("rename", new)
        if old in self._files:
            self._files[new] = self._files.pop(old)
        elif old in self._folders:
            assert not any(p.is_relative_to(new) for p in (*self._files, *self._folders)), new
            self._files = {_moved(p, old, new): file for p, file in self._files.items()}
            self._folders = {_moved(p, old, new) for p in self._folders}
        else:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(old))
        self._note()

    def make_private_folder(self, path: Path) -> None:
        """See :class:`~ga_ooo.disk.Disk`."""
        self.make_folder(path)

    def make_folder(self, path: Path) -> None:
        """See :class:`~ga_ooo.disk.Disk`."""
        for folder in reversed((path, *path.parents)):
            if folder not in self._folders:
                self._operate("folder", folder)
                self._folders.add(folder)
                self._note()

    def remove(self, path: Path) -> None:
        """See :class:`~ga_ooo.disk.Disk`."""
        self._operate("remove", path)
        if self._files.pop(path, None):
            self._note()

    def remove_folder(self, path: Path) -> None:
        """See :class:`~ga_ooo.disk.Disk`; one name after the other, as the real one."""
        self._alive()
        for name in self.names(path):
            if self.is_folder(path / name):
                self.remove_folder(path / name)
            else:
                self.remove(path / name)
        if path in self._folders:
            self._operate("remove", path)
            self._folders.discard(path)
            self._note()

    # --- helpers -------------------------------------------------------------------------------

    def _alive(self) -> None:
        if self.dead:
            raise Crash

    def _put(self, kind: str, path: Path, before: bytes, content: bytes) -> None:
        if path.parent not in self._folders:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))
        try:
            self._operate(kind, path)
        except (Crash, OSError):
            if self._rng.random() < 0.5 and self._spoilt != "readonly":
                self._set(path, before + content[: self._rng.randint(0, len(content))])
            raise
        self._set(path, before + content)

    def _set(self, path: Path, content: bytes) -> None:
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = _File()
            self._note()
        file.only_grown = file.only_grown and content.startswith(file.content)
        file.content, file.is_synced = content, False

    def _sync_file(self, file: _File) -> None:
        file.synced, file.is_synced, file.only_grown = file.content, True, True

    def _operate(self, kind: str, path: Path) -> None:
        """Count one more changing operation; the fault may happen at it."""
        self._alive()
        self.operations += 1
        fault = self._fault
        if fault is not None and self.operations == fault.at:
            self.seen[f"{fault.kind} at {kind}"] += 1
            self._strike(fault, kind, path)
        spoilt = self._spoilt
        if spoilt is not None and (spoilt == "readonly" or kind in _GROWING):
            raise OSError(_SPOILT[spoilt], os.strerror(_SPOILT[spoilt]), str(path))

    def _strike(self, fault: Fault, kind: str, path: Path) -> None:
        if fault.kind in ("kill", "power"):
            self.dead, self.power_failed = True, fault.kind == "power"
            raise Crash
        if fault.kind in _SPOILT:
            self._spoilt = fault.kind
        else:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    def _note(self) -> None:
        """Note that names have changed, which is not durable yet."""
        self._past.append((dict(self._files), set(self._folders)))

    def _remember(self) -> None:
        """Note that the names are durable as they are now."""
        self._past = []
        self._note()

    def _lose(self) -> None:
        self._files, self._folders = self._rng.choice((self._past[0], self._rng.choice(self._past)))
        for file in self._files.values():
            if not file.is_synced:
                torn = file.content[: self._rng.randint(self._safe(file), len(file.content))]
                gone = file.synced[: self._safe(file)]
                file.content = self._rng.choice((file.content, file.synced, gone, torn))
            self._sync_file(file)
        self._files, self._folders = dict(self._files), set(self._folders)
        self._remember()

    def _safe(self, file: _File) -> int:
        """Number of bytes that cannot be lost: the synced ones, if the file only grew since."""
        return len(file.synced) if file.only_grown else 0


def _moved(path: Path, old: Path, new: Path) -> Path:
    return new / path.relative_to(old) if path.is_relative_to(old) else path

"""Files as one move sees them: its own changes on top of the file system.

Nothing here changes the file system before :meth:`Overlay.apply`. Paths are absolute and free of
links, as :func:`resolve` makes them.
"""

from __future__ import annotations

import errno
import os
import stat as modes
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from ga_ooo.host.isolation.files import real
from ga_ooo.host.isolation.files.paths import error


class Kind(Enum):
    """What a move has made of a path."""

    FILE = auto()
    FOLDER = auto()
    GONE = auto()


@dataclass(slots=True)
class Entry:
    """One path that a move has changed.

    Attributes:
        kind: what lies there now.
        content: of a file.
        is_tail: the content is appended to what the file system holds, which nobody read.
    """

    kind: Kind
    content: bytearray
    is_tail: bool = False


class BeforeChange(Protocol):
    """Notes how a change that is about to be made is taken back."""

    def about_to_change(self, path: str, *, only_append: bool = False) -> None:
        """The path is about to change on disk."""
        ...

    def about_to_do(self, undo: Callable[[], Any]) -> None:
        """Something besides paths is about to change; ``undo`` takes it back."""
        ...


class Overlay:
    """The changes of one move, and the file system below them.

    Args:
        reading: called with a path before the file system is asked about it.
        writing: called with a path before it is changed here.
    """

    def __init__(self, reading: Callable[[str], None], writing: Callable[[str], None]) -> None:
        self.entries: dict[str, Entry] = {}
        self._reading = reading
        self._writing = writing

    # --- questions ----------------------------------------------------------------------------

    def kind(self, path: str) -> Kind | None:
        """What lies at a path; None for nothing."""
        entry = self.entries.get(path)
        if entry is not None:
            return None if entry.kind is Kind.GONE else entry.kind
        if self.is_gone(path):
            return None
        self._reading(path)
        if not real.exists(path):
            return None
        return Kind.FOLDER if real.is_folder(path) else Kind.FILE

    def holds(self, path: str) -> bool:
        """Whether the move itself has made the path what it is, so that nothing need be read."""
        entry = self.entries.get(path)
        return (entry is not None and not entry.is_tail) or self.is_gone(path)

    def is_gone(self, path: str) -> bool:
        """Whether the move has removed a folder above the path."""
        if not self.entries:
            return False
        above = os.path.dirname(path)
        while above != path:
            entry = self.entries.get(above)
            if entry is not None:
                return entry.kind is not Kind.FOLDER
            path, above = above, os.path.dirname(above)
        return False

    def read(self, path: str) -> bytes:
        """Content of a file.

        Raises:
            OSError: there is none.
        """
        return bytes(self.whole(path).content)

    def whole(self, path: str) -> Entry:
        """A file with all its content; changes of the entry are changes of the file.

        Raises:
            OSError: there is none.
        """
        kind = self.kind(path)
        if kind is not Kind.FILE:
            raise error(errno.ENOENT if kind is None else errno.EISDIR, path)
        entry = self.entries.get(path)
        if entry is None:
            self._reading(path)
            entry = self.entries[path] = Entry(Kind.FILE, bytearray(real.read(path)))
        self.make_whole(path)
        return entry

    def make_whole(self, path: str) -> None:
        """Read what a file held that the move has appended to."""
        entry = self.entries[path]
        if entry.is_tail:
            self._reading(path)
            entry.content[:0] = real.read(path) if real.exists(path) else b""
            entry.is_tail = False

    def names(self, folder: str) -> list[str]:
        """Names in a folder, in no particular order.

        Raises:
            OSError: there is no such folder.
        """
        kind = self.kind(folder)
        if kind is not Kind.FOLDER:
            raise error(errno.ENOENT if kind is None else errno.ENOTDIR, folder)
        names: dict[str, None] = {}
        if folder not in self.entries:
            self._reading(folder)
            names = dict.fromkeys(real.listdir(folder))
        for path, entry in self.entries.items():
            above, name = os.path.split(path)
            if above != folder:
                continue
            if entry.kind is Kind.GONE:
                names.pop(name, None)
            else:
                names[name] = None
        return list(names)

    def stat(self, path: str) -> os.stat_result:
        """What ``os.stat`` says of a path that the move has changed.

        Raises:
            OSError: nothing lies there.
        """
        kind = self.kind(path)
        if kind is None:
            raise error(errno.ENOENT, path)
        if kind is Kind.FOLDER:
            size, mode = 4096, modes.S_IFDIR | 0o755
        else:
            size, mode = len(self.whole(path).content), modes.S_IFREG | 0o644
        now = int(time.time())
        exact = {f"st_{which}time_ns": now * 10**9 for which in "amc"}
        numbers = (mode, 0, 0, 1, os.getuid(), os.getgid(), size, now, now, now)
        return os.stat_result(numbers, exact)

    # --- changes ------------------------------------------------------------------------------

    def open_for_writing(self, path: str, *, keep: bool, blind: bool) -> Entry:
        """The entry that an opened file writes to.

        Args:
            keep: the file keeps its content (modes ``a`` and ``+``).
            blind: that content is not read.

        Raises:
            OSError: the folder does not exist, or a folder lies at the path.
        """
        self._demand_folder_above(path)
        entry = self.entries.get(path)
        if entry.kind is Kind.FOLDER if entry is not None else real.is_folder(path):
            raise error(errno.EISDIR, path)
        self._change(path)
        if keep and blind and entry is None and not self.is_gone(path):
            entry = self.entries[path] = Entry(Kind.FILE, bytearray(), is_tail=True)
        elif keep and self.kind(path) is Kind.FILE:
            return self.entries[path] if blind else self.whole(path)
        else:
            entry = self.entries[path] = Entry(Kind.FILE, bytearray())
        return entry

    def make_folder(self, path: str) -> None:
        """See ``os.mkdir``."""
        self._demand_folder_above(path)
        if self.kind(path) is not None:
            raise error(errno.EEXIST, path)
        self._put(path, Entry(Kind.FOLDER, bytearray()))

    def remove(self, path: str) -> None:
        """See ``os.remove``."""
        kind = self.kind(path)
        if kind is not Kind.FILE:
            raise error(errno.ENOENT if kind is None else errno.EISDIR, path)
        self._put(path, Entry(Kind.GONE, bytearray()))

    def remove_folder(self, path: str) -> None:
        """See ``os.rmdir``."""
        if self.names(path):
            raise error(errno.ENOTEMPTY, path)
        self._put(path, Entry(Kind.GONE, bytearray()))

    def remove_tree(self, path: str) -> None:
        """See ``shutil.rmtree``."""
        for name in self.names(path):
            inner = os.path.join(path, name)
            if self.kind(inner) is Kind.FOLDER:
                self.remove_tree(inner)
            else:
                self.remove(inner)
        self.remove_folder(path)

    def rename(self, old: str, new: str) -> None:
        """See ``os.replace``."""
        kind = self.kind(old)
        if kind is None:
            raise error(errno.ENOENT, old, new)
        if kind is Kind.FILE:
            content = bytearray(self.read(old))
            self._demand_folder_above(new)
            if self.kind(new) is Kind.FOLDER:
                raise error(errno.EISDIR, old, new)
            self._put(new, Entry(Kind.FILE, content))
            self.remove(old)
            return
        if self.kind(new) is not None:
            self.remove_folder(new)
        self.make_folder(new)
        for name in self.names(old):
            self.rename(os.path.join(old, name), os.path.join(new, name))
        self.remove_folder(old)

    # --- the end ------------------------------------------------------------------------------

    def apply(self, keep: BeforeChange) -> None:
        """Make the changes on disk, and forget them here.

        Raises:
            OSError: the disk refuses one.
        """
        entries, self.entries = self.entries, {}
        gone = [path for path, entry in entries.items() if entry.kind is Kind.GONE]
        for path in sorted(gone, key=len, reverse=True):
            if real.exists(path):
                keep.about_to_change(path)
                real.rmdir(path) if real.is_folder(path) else real.remove(path)
        folders = [path for path, entry in entries.items() if entry.kind is Kind.FOLDER]
        for path in sorted(folders, key=len):
            if not real.is_folder(path):
                keep.about_to_change(path)
                real.mkdir(path)
        for path, entry in entries.items():
            if entry.kind is Kind.FILE:
                keep.about_to_change(path, only_append=entry.is_tail)
                (real.append if entry.is_tail else real.write)(path, bytes(entry.content))

    # --- helpers ------------------------------------------------------------------------------

    def _put(self, path: str, entry: Entry) -> None:
        self._change(path)
        self.entries[path] = entry

    def _change(self, path: str) -> None:
        self._writing(path)
        self._writing(os.path.dirname(path))

    def _demand_folder_above(self, path: str) -> None:
        above = os.path.dirname(path)
        entry = self.entries.get(above)
        if entry is not None:
            if entry.kind is not Kind.FOLDER:
                raise error(errno.ENOENT, path)
        elif self.is_gone(above) or not real.is_folder(above):
            # An earlier move may be about to make the folder.
            self._reading(above)
            if not real.is_folder(above):
                raise error(errno.ENOENT, path)

"""The raw file below the buffers of a file that a move has opened."""

from __future__ import annotations

import io
import os
from typing import Any

from ga_ooo.host.isolation.effects import Effects, effects_here
from ga_ooo.host.isolation.files.overlay import Entry, Overlay


class InMemory(io.RawIOBase):
    """The raw file below the buffers of a file that a move has opened.

    Args:
        overlay: of the move.
        entry: what the file writes to.
        path: resolved.
        mode: as given to ``open``.
    """

    owner: Effects | None = None

    def __init__(self, overlay: Overlay, entry: Entry, path: str, mode: str) -> None:
        self._overlay = overlay
        self._entry = entry
        self._path = path
        self._file: io.FileIO | None = None
        self._reads = "r" in mode or "+" in mode
        self._writes = mode.strip("bt") != "r"
        self._appends = "a" in mode
        self._position = len(entry.content) if self._appends else 0
        self.name = path
        self.mode = mode

    def readable(self) -> bool:
        """See ``io.RawIOBase``."""
        return self._reads

    def writable(self) -> bool:
        """See ``io.RawIOBase``."""
        return self._writes

    def seekable(self) -> bool:
        """See ``io.RawIOBase``."""
        return True

    def write(self, data: Any, /) -> int:
        """See ``io.RawIOBase``."""
        data = bytes(data)
        if self._file is not None:
            return self._file.write(data)
        content = self._entry.content
        if self._appends:
            self._position = len(content)
        content.extend(bytes(max(0, self._position - len(content))))
        content[self._position : self._position + len(data)] = data
        self._position += len(data)
        return len(data)

    def readinto(self, buffer: Any, /) -> int:
        """See ``io.RawIOBase``."""
        if self._file is not None:
            return self._file.readinto(buffer) or 0
        found = bytes(self._entry.content[self._position : self._position + len(buffer)])
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """See ``io.RawIOBase``."""
        if self._file is not None:
            return self._file.seek(offset, whence)
        self._position = offset + (0, self._position, len(self._entry.content))[whence]
        return self._position

    def truncate(self, size: int | None = None, /) -> int:
        """See ``io.RawIOBase``."""
        size = self._position if size is None else size
        if self._file is not None:
            return self._file.truncate(size)
        content = self._entry.content
        del content[size:]
        content.extend(bytes(size - len(content)))
        return size

    def fileno(self) -> int:
        """See ``io.RawIOBase``: the file goes to disk where a real move asks for its number."""
        effects = effects_here()
        if self._file is None and effects is not None and not effects.is_rehearsed:
            effects.act_now("it asks for the number of an open file")
        return super().fileno() if self._file is None else self._file.fileno()

    def flush_now(self) -> None:
        """See :class:`~ga_ooo.host.isolation.effects.OpenFile`: there is no buffer."""

    def know_position(self) -> None:
        """Positions are to be those in the whole file, not in what is appended to it."""
        if self._file is None and self._entry.is_tail:
            before = len(self._entry.content)
            self._overlay.make_whole(self._path)
            self._position += len(self._entry.content) - before

    def move_to_disk(self) -> None:
        """What was written in memory is on disk now; the file is still open."""
        if self._file is None and not self.closed:
            self._file = io.FileIO(self._path, "r+b")
            self._file.seek(0 if self._appends else self._position)
            if self._appends:
                self._file.seek(0, os.SEEK_END)

    def close(self) -> None:
        """See ``io.RawIOBase``."""
        if self._file is not None:
            self._file.close()
        super().close()

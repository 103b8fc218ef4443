"""Open files that know which move uses them.

What a move writes goes through the buffers of the standard library into memory, so that each text
arrives there when it would arrive on disk. A file that was opened before the move that uses it,
such as a log that a module opened when it was imported, takes what a real move writes when the
turn of that move has come; what a rehearsal writes to it is dropped.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any, Final

from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.host.isolation.effects import Effects, at_work, effects_here
from ga_ooo.host.isolation.files import real
from ga_ooo.host.isolation.files.in_memory import InMemory
from ga_ooo.host.isolation.files.overlay import BeforeChange
from ga_ooo.host.isolation.files.paths import resolve

write_text: Final = io.TextIOWrapper.write
"""Writes to a file of the move that runs, which need not be checked again."""


class HostHandle:
    """What text and binary files have in common.

    Attributes:
        owner: effects of the move that opened the file and is not over; None outside of moves.
    """

    owner: Effects | None = None
    name: Any

    def flush_now(self) -> None:
        """Empty the buffers, whoever asks."""
        raise NotImplementedError

    def position_now(self) -> int:
        """Where in the file the next text goes, whoever asks."""
        raise NotImplementedError

    def return_to(self, position: int) -> None:
        """Let the next text go there, unless the file is closed."""
        raise NotImplementedError

    def in_memory(self) -> InMemory | None:
        """The raw file, if a move has opened it."""
        raise NotImplementedError

    def move_to_disk(self) -> None:
        """See :class:`~ga_ooo.host.isolation.effects.OpenFile`."""
        raw = self.in_memory()
        if raw is not None:
            raw.move_to_disk()

    def _user(self) -> Effects | None:
        """The move that uses the file, if it is not the one that opened it."""
        effects = effects_here()
        return None if effects is self.owner else effects

    def _in_order(self, effects: Effects, do: Callable[[], Any]) -> None:
        """Do something to the open file when the turn of a real move has come."""
        if effects.is_rehearsed:
            return
        path = resolve(self.name) if isinstance(self.name, str | bytes | os.PathLike) else None

        def change(keep: BeforeChange) -> None:
            if path is not None:
                self.flush_now()
                at = self.position_now()
                keep.about_to_change(path, only_append=at == real.stat(path).st_size)
                keep.about_to_do(lambda: self.return_to(at))
            do()

        effects.later.append(change)

    def _check_position(self, what: str) -> None:
        """The position or the content of the file is asked for."""
        effects = self._user()
        if effects is not None:
            effects.act_now(f"it {what} a file that was opened before")
            return
        raw = self.in_memory()
        if raw is not None:
            with at_work():
                self.flush_now()
                raw.know_position()


class HostText(HostHandle, io.TextIOWrapper):
    """A text file that host code writes."""

    def in_memory(self) -> InMemory | None:
        """See :class:`HostHandle`."""
        raw = getattr(self.buffer, "raw", None)
        return raw if isinstance(raw, InMemory) else None

    def flush_now(self) -> None:
        """See :class:`HostHandle`."""
        io.TextIOWrapper.flush(self)

    def position_now(self) -> int:
        """See :class:`HostHandle`."""
        buffer: Any = self.buffer
        return int(buffer.tell())

    def return_to(self, position: int) -> None:
        """See :class:`HostHandle`."""
        if not self.closed:
            self.flush_now()
            buffer: Any = self.buffer
            buffer.seek(position)

    def write(self, text: str, /) -> int:
        """See ``io.TextIOWrapper``."""
        # The usual case first: ``json.dump`` writes a text of a few characters thousands of times.
        owner = self.owner
        if owner is not None and current_move() is owner.move:
            return write_text(self, text)
        effects = self._user()
        if effects is None:
            return write_text(self, text)
        own = super().write
        self._in_order(effects, lambda: own(text))
        return len(text)

    def flush(self) -> None:
        """See ``io.TextIOWrapper``."""
        effects = self._user()
        if effects is None:
            super().flush()
        else:
            self._in_order(effects, super().flush)

    def close(self) -> None:
        """See ``io.TextIOWrapper``."""
        effects = None if self.closed else self._user()
        if effects is None:
            super().close()
        else:
            self._in_order(effects, super().close)

    def read(self, size: int | None = -1, /) -> str:
        """See ``io.TextIOWrapper``."""
        self._check_position("reads")
        return super().read(size)

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override] # as in io
        """See ``io.TextIOWrapper``."""
        self._check_position("reads")
        return super().readline(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """See ``io.TextIOWrapper``."""
        self._check_position("moves in")
        return super().seek(offset, whence)

    def tell(self) -> int:
        """See ``io.TextIOWrapper``."""
        self._check_position("asks for the position in")
        return super().tell()

    def truncate(self, size: int | None = None, /) -> int:
        """See ``io.TextIOWrapper``."""
        self._check_position("cuts")
        return super().truncate(size)


class _Binary(HostHandle):
    """Mixed into the buffers of the standard library."""

    def in_memory(self) -> InMemory | None:
        """See :class:`HostHandle`."""
        raw = self.raw  # type: ignore[attr-defined] # of the buffer
        return raw if isinstance(raw, InMemory) else None

    def write(self, data: Any, /) -> int:
        """See ``io.BufferedWriter``."""
        effects = self._user()
        own, kept = super().write, bytes(data)  # type: ignore[misc]  # of the buffer
        if effects is None:
            return int(own(kept))
        self._in_order(effects, lambda: own(kept))
        return len(kept)

    def flush(self) -> None:
        """See ``io.BufferedWriter``."""
        effects = self._user()
        if effects is None:
            super().flush()  # type: ignore[misc]  # of the buffer
        else:
            self._in_order(effects, super().flush)  # type: ignore[misc]  # of the buffer

    def close(self) -> None:
        """See ``io.BufferedWriter``."""
        effects = None if self.closed else self._user()  # type: ignore[attr-defined]  # of the buffer
        if effects is None:
            super().close()  # type: ignore[misc]  # of the buffer
        else:
            self._in_order(effects, super().close)  # type: ignore[misc]  # of the buffer

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """See ``io.BufferedWriter``."""
        self._check_position("moves in")
        return int(super().seek(offset, whence))  # type: ignore[misc]  # of the buffer

    def tell(self) -> int:
        """See ``io.BufferedWriter``."""
        self._check_position("asks for the position in")
        return int(super().tell())  # type: ignore[misc]  # of the buffer

    def truncate(self, size: int | None = None, /) -> int:
        """See ``io.BufferedWriter``."""
        self._check_position("cuts")
        return int(super().truncate(size))  # type: ignore[misc]  # of the buffer


class HostWriter(_Binary, io.BufferedWriter):
    """A binary file that host code writes."""

    def flush_now(self) -> None:
        """See :class:`HostHandle`."""
        io.BufferedWriter.flush(self)

    def position_now(self) -> int:
        """See :class:`HostHandle`."""
        return io.BufferedWriter.tell(self)

    def return_to(self, position: int) -> None:
        """See :class:`HostHandle`."""
        if not self.closed:
            io.BufferedWriter.seek(self, position)


class HostRandom(_Binary, io.BufferedRandom):
    """A binary file that host code reads and writes."""

    def flush_now(self) -> None:
        """See :class:`HostHandle`."""
        io.BufferedRandom.flush(self)

    def position_now(self) -> int:
        """See :class:`HostHandle`."""
        return io.BufferedRandom.tell(self)

    def return_to(self, position: int) -> None:
        """See :class:`HostHandle`."""
        if not self.closed:
            io.BufferedRandom.seek(self, position)

    def read(self, size: int | None = -1, /) -> bytes:
        """See ``io.BufferedRandom``."""
        self._check_position("reads")
        return super().read(size)

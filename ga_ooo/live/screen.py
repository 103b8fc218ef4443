"""Draws some lines on a terminal, again and again in the same place.

Nothing is hidden and no mode is changed, so a process that dies at any moment leaves a usable
terminal: the cursor stands on the empty line below the frame.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TextIO

_ERASE_LINE: Final = "\x1b[K"
_ERASE_BELOW: Final = "\x1b[J"
_USUAL_SIZE: Final = os.terminal_size((80, 24))


@dataclass(frozen=True)
class Line:
    """One line of a frame.

    Attributes:
        text: with escape sequences for colours.
        width: columns that it takes.
    """

    text: str
    width: int


class Screen:
    """A place on a terminal.

    Args:
        out: the terminal.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        # A signal handler may print while this thread draws.
        self._lock = threading.RLock()
        self._frame: Sequence[Line] = ()
        self._columns = self.size.columns

    @property
    def size(self) -> os.terminal_size:
        """Columns and lines at this moment."""
        try:
            size = os.get_terminal_size(self._out.fileno())
        except (OSError, ValueError):
            return _USUAL_SIZE
        # A terminal without a size, as under some tools, says 0.
        return size if size.columns > 0 and size.lines > 0 else _USUAL_SIZE

    def draw(self, frame: Sequence[Line]) -> None:
        """Draw a frame in the place of the last one."""
        with self._lock:
            top = self._to_top()
            drawn = "".join(f"{line.text}{_ERASE_LINE}\n" for line in frame)
            self._frame = frame
            self._write(f"{top}{drawn}{_ERASE_BELOW}")

    def above(self, text: str) -> None:
        """Write whole lines above the frame. They stay."""
        with self._lock:
            frame, top = self._frame, self._to_top()
            self._frame = ()
            self._write(f"{top}{_ERASE_BELOW}{text}")
            self.draw(frame)

    def clear(self) -> None:
        """Remove the frame."""
        self.draw(())

    def _to_top(self) -> str:
        """Moves the cursor to the first line of the last frame.

        After the terminal became narrower, it has wrapped the lines of the frame, so they take more
        rows than were drawn.
        """
        columns = self.size.columns
        rows = sum(max(1, -(-line.width // columns)) for line in self._frame)
        erase = _ERASE_BELOW if columns != self._columns else ""
        self._columns = columns
        return "\r" + (f"\x1b[{rows}A" if rows else "") + erase

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


class AboveScreen:
    """A text stream whose lines appear above a frame; takes the place of ``sys.stderr``.

    Args:
        screen: with the frame.
        stream: the stream that it stands in for.
    """

    def __init__(self, screen: Screen, stream: TextIO) -> None:
        self._screen = screen
        self._stream = stream
        self._rest = ""
        self._process = os.getpid()

    def write(self, text: str) -> int:
        """Write whole lines at once, and the rest with the line that it belongs to."""
        if os.getpid() != self._process:
            # A forked process has no thread that would release the lock of the screen.
            return self._stream.write(text)
        lines, end, self._rest = (self._rest + text).rpartition("\n")
        if end:
            self._screen.above(lines + end)
        return len(text)

    def flush(self) -> None:
        """An incomplete line waits for its end."""

    def close_line(self) -> None:
        """Write an incomplete line."""
        if self._rest:
            self.write("\n")

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

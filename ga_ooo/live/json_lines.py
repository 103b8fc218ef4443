"""The live view as JSON: one event per line, for programs (docs/watching.md has the schema)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TextIO

import msgspec

from ga_ooo.live.rows import Row

PAUSE: Final = 1.0
"""Seconds between two ``progress`` events of a run."""


class JsonLines:
    """Writes events.

    Args:
        out: where to.
    """

    pause = PAUSE

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._encoder = msgspec.json.Encoder()

    def say(self, text: str) -> None:
        """Write a ``message`` event."""
        self.event("message", {"text": text})

    def look(self, rows: Sequence[Row]) -> None:
        """Nothing is written between two pauses."""

    def show(self, rows: Sequence[Row]) -> None:
        """Write a ``progress`` event for each run."""
        for row in rows:
            named = {"run": row.name} if row.name else {}
            self.event("progress", named | msgspec.to_builtins(row.figures))

    def close(self) -> None:
        """Nothing has to be cleared."""

    def event(self, name: str, fields: dict[str, Any]) -> None:
        """Write an event."""
        line = self._encoder.encode({"event": name} | fields)
        self._out.write(line.decode() + "\n")
        self._out.flush()

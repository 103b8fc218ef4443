"""Whether lines on a terminal can be drawn again. Imports nothing, so it costs no time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO


def can_redraw(out: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream is a terminal on which the cursor can be moved."""
    return out.isatty() and environment.get("TERM", "dumb") not in ("dumb", "unknown", "")

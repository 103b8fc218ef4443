"""``ga-ooo demo``: minitown in lockstep and out of order, side by side."""

from __future__ import annotations

from typing import Any


def add_commands(commands: Any) -> None:
    """Register the command."""

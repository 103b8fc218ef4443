"""What a renderer shows: one run, or several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ga_ooo.live.figures import Figures


@dataclass(frozen=True)
class Row:
    """One run of several.

    Attributes:
        name: such as ``lockstep``; empty where there is one run only.
        figures: of this moment.
    """

    name: str
    figures: Figures

    @property
    def label(self) -> str:
        """The name in front of a line."""
        return f"{self.name}: " if self.name else ""


class Renderer(Protocol):
    """Shows rows.

    Attributes:
        pause: least seconds between two calls of :meth:`show`.
    """

    @property
    def pause(self) -> float: ...

    def say(self, text: str) -> None:
        """Show a text that stays."""
        ...

    def look(self, rows: Sequence[Row]) -> None:
        """Called several times a second."""
        ...

    def show(self, rows: Sequence[Row]) -> None:
        """Show the rows. Called once in a pause, and at each full game hour."""
        ...

    def close(self) -> None:
        """The last call."""
        ...

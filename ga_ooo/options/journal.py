"""What a run does about its journal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class JournalOptions:
    """What a run does about its journal.

    Attributes:
        scenario: what the run is forked from; None where a user is asked for it later.
        file: the journal; None for one in the new simulation's folder.
        replay: answer from the file alone.
        keep: keep one without a file of its own too, where no model servers answer.
    """

    scenario: str | None
    file: Path | None = None
    replay: bool = False
    keep: bool = False

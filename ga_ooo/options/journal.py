"""Whether a run writes down the answers of the model, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ga_ooo.errors import UsageError
from ga_ooo.options.declare import Declared, option


@dataclass(frozen=True)
class JournalOptions(Declared):
    """What a run does about its journal (docs/journal.md). At most one of the three is given."""

    TABLE: ClassVar[str] = "journal"

    keep: bool | None = option(
        None,
        "false (--no-journal): no journal; true: a journal with every model",
        flag="--no-journal",
        unset="with model servers",
        resumed=False,
        hides=("journal.file", "journal.replay"),
    )
    file: Path | None = option(
        None,
        "write every answer into this file; where it is the journal of the same run, stopped, its "
        "answers are used again",
        flag="--journal",
        metavar="FILE",
        unset="SIM/ga_ooo/journal.sqlite in the folder of simulations",
        resumed=False,
        hides=("journal.keep", "journal.replay"),
    )
    replay: Path | None = option(
        None,
        "take the answers of this journal and no others, without any network; the model options "
        "are those of the recorded run, and --latency delays each answer",
        metavar="FILE",
        unset="none",
        resumed=False,
        hides=("journal.keep", "journal.file"),
    )

    def check(self) -> None:
        if sum(value is not None for value in (self.keep, self.file, self.replay)) > 1 and not (
            self.keep and self.file
        ):
            raise UsageError(
                "options of the journal contradict each other",
                "give one of file (--journal), replay (--replay) and keep = false (--no-journal)",
            )

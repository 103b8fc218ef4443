"""The journal: a durable record of every model call with its answer, and of every commit.

A run stores each answer in one SQLite file before the persona sees it. After a crash the run
resumes from the file without asking again, and a replay takes all answers from it.

- :class:`Journal` is the file; :mod:`~ga_ooo.journal.database` opens and checks it.
- :class:`JournalClient` is the layer between the host's calls and the servers that records and
  replays answers.
- :mod:`~ga_ooo.journal.memory` keeps the answers of the recent steps in memory.
- :mod:`~ga_ooo.journal.lock` locks a file or folder against other processes.

From outside, import the names in ``__all__`` and these modules. Modules that begin with an
underscore belong to this package alone.
"""

from ga_ooo.journal._inspection import damage_of_journal
from ga_ooo.journal.client import (
    JournalClient,
    JournalMismatchError,
    JournalStatistics,
    NotRecordedError,
)
from ga_ooo.journal.records import Durability, JournalMode, RecordedCall, RunIdentity, Transport
from ga_ooo.journal.store import Journal

__all__ = [
    "Durability",
    "Journal",
    "JournalClient",
    "JournalMismatchError",
    "JournalMode",
    "JournalStatistics",
    "NotRecordedError",
    "RecordedCall",
    "RunIdentity",
    "Transport",
    "damage_of_journal",
]

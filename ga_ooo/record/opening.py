"""Opens the record of a run that is about to take steps: a new one, or the existing one."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ga_ooo.errors import UsageError
from ga_ooo.record import _database
from ga_ooo.record.conversations import Lines
from ga_ooo.record.reader import RecordFacts, RecordReader
from ga_ooo.record.rows import Conversation, Persona

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenRecord:
    """A record that is open for writing, and how far it has come.

    Attributes:
        time: the latest time in it.
        process, call, conversation: numbers that are free.
        running: conversations that go on, with their lines.
    """

    connection: sqlite3.Connection
    time: float = 0.0
    process: int = 0
    call: int = 1
    conversation: int = 0
    running: list[tuple[Conversation, Lines]] = field(default_factory=list)


def open_for_run(
    path: Path, facts: RecordFacts, names: Sequence[str], step: int
) -> OpenRecord | None:
    """The record of a run that is about to take a step: the one that exists, without the rows of
    this step and later ones, or a new one. One that cannot be continued is renamed.

    Args:
        facts: of a new record.
        names: of the personas of the run.

    Returns:
        None, with a warning, if the file cannot be written.
    """
    try:
        if path.exists() or path.is_symlink():
            try:
                return _continued(path, names, step)
            except (UsageError, sqlite3.Error) as error:
                aside = path.with_name(f"{path.name}.damaged")
                path.rename(aside)
                logger.warning("a new record begins; the old one is now %s (%s)", aside, error)
        rows = [*facts.rows(), *(Persona(index, name) for index, name in enumerate(names))]
        _database.create(path, rows)
        return OpenRecord(_database.open_to_write(path))
    except (OSError, UsageError, sqlite3.Error) as error:
        logger.warning("the run has no record: %s cannot be written (%s)", path, error)
        return None


def _continued(path: Path, names: Sequence[str], step: int) -> OpenRecord:
    connection = _database.open_to_write(path)
    try:
        _database.drop_from(connection, step)
        with RecordReader(path) as reader:
            if reader.names != tuple(names):
                raise UsageError("it has other personas than the run", "")
            conversations = list(reader.conversations())
            return OpenRecord(
                connection,
                reader.last_time(),
                1 + max((process.process for process in reader.processes()), default=-1),
                reader.next_call(),
                1 + max((row.conversation for row in conversations), default=-1),
                [(row, _lines(reader, row)) for row in conversations if row.last_step is None],
            )
    except BaseException:
        connection.close()
        raise


def _lines(reader: RecordReader, row: Conversation) -> Lines:
    return tuple((line.speaker, line.words) for line in reader.utterances(row.conversation))

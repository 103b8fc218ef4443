"""Checksums of the journal's rows, the chain that links the rows, and the note of its newest rows.

Each row stores a checksum of its own content and a link: a hash of the link before it and of that
checksum. So a changed value shows in the checksum of its row, and a row that was removed shows in
the link of the row after it. A small file beside the journal (``.head``) notes how many rows there
are and the newest link of each table, so that a lost end shows as well: SQLite itself opens a
database whose write-ahead log was deleted, in an older state.

The checksums find damage. They do not authenticate: whoever can write the file can compute them.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec

from ga_ooo.journal.records import write_text
from ga_ooo.model.requests import CallKind

_BYTES: Final = 16
START: Final = bytes(_BYTES)
"""The link before the first row of a table."""

CONTENT: Final = {
    "calls": "persona, step, attempt, ordinal, kind, fingerprint, occurrence, seed, finish_reason, "
    "model, prompt_tokens, output_tokens, seconds, started, finished, endpoint, attempts, answer, "
    "request",
    "embeddings": "fingerprint, format, vector, finish_reason, model, prompt_tokens, "
    "output_tokens, seconds, started, finished, endpoint, attempts, request",
}
"""Tables with a chain, and the columns that a checksum covers, in order."""


_CALL_TYPES: Final = (str, int, int, int, str, str, int)
_ANSWER_TYPES: Final = (str, str, int, int, float, float, float, str, int)
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "calls": (*_CALL_TYPES, int, *_ANSWER_TYPES, str, str),
    "embeddings": (str, str, bytes, *_ANSWER_TYPES, str),
}
"""Types of the values of a row, in the order of :data:`CONTENT`."""
_KINDS: Final = frozenset(kind.value for kind in CallKind)
_WIDTHS: Final = {"f4": 4, "f8": 8}


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest rows of a journal.

    Attributes:
        calls: number of rows in the table ``calls``.
        embeddings: number of rows in the table ``embeddings``.
    """

    calls: int
    embeddings: int


@dataclass(frozen=True, slots=True)
class Damage:
    """A row that is not as it was written, or the place where a row is missing.

    Attributes:
        table: ``calls`` or ``embeddings``.
        row: number of the row; of a missing row, the number of the row after it.
        missing: whether a row is missing before this one. Otherwise this row was changed.
        persona: of the call; empty for an embedding and for a call outside of moves.
        step: of the call; 0 for an embedding.
        since: a step that is not later than that of the damaged call, also where the step itself
            may be what was changed: the smaller one of this row and the row before it.
    """

    table: str
    row: int
    missing: bool
    persona: str
    step: int
    since: int

    def __str__(self) -> str:
        if self.table == "embeddings":
            what = "an embedding"
        elif self.persona:
            what = f"a call of {self.persona} at step {self.step}"
        else:
            what = "a call outside of moves"
        return f"before {what}, a row is missing" if self.missing else f"{what} was changed"


def checksum(values: Iterable[Any]) -> bytes:
    """Checksum of the content of a row: of the values that are bound, or of those that are read.

    SQLite turns a whole number into a float where a column is REAL, and bound bytes into text, so
    both spellings of a value count as equal.
    """
    state = blake2b(digest_size=_BYTES)
    for value in values:
        content = _content(value)
        state.update(struct.pack("<q", -1 if content is None else len(content)))
        state.update(content or b"")
    return state.digest()


def _content(value: Any) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return write_text(value) if isinstance(value, str) else repr(value).encode()


def link(before: bytes, content: bytes) -> bytes:
    """The link of a row, from the link of the row before it and its own checksum."""
    return blake2b(before + content, digest_size=_BYTES).digest()


def newest_link(connection: sqlite3.Connection, table: str) -> bytes:
    """The link of the newest row of a table."""
    row = connection.execute(f"SELECT link FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone()
    return START if row is None else bytes(row[0])


def damages(connection: sqlite3.Connection) -> list[Damage]:
    """All damaged or missing rows but those at the end, which only the head knows.

    Reads the whole file.
    """
    return [damage for table in CONTENT for damage in _damages(connection, table)]


def _damages(connection: sqlite3.Connection, table: str) -> Iterator[Damage]:
    before, last_step = START, 0
    rows = connection.execute(
        f"SELECT rowid, checksum, link, {CONTENT[table]} FROM {table} ORDER BY rowid"
    )
    for row, stored, stored_link, *content in rows:
        persona, step = (content[0], content[1]) if table == "calls" else ("", 0)
        if not isinstance(step, int):
            step = last_step
        if stored != checksum(content) or not _has_types(table, content):
            yield Damage(table, row, False, str(persona), step, min(last_step, step))
        elif stored_link != link(before, stored):
            yield Damage(table, row, True, persona, step, min(last_step, step))
        before, last_step = stored_link if isinstance(stored_link, bytes) else START, step


def _has_types(table: str, content: Sequence[Any]) -> bool:
    """Whether a row could have been written. A checksum alone does not say who made it."""
    types = _TYPES[table]
    if table == "calls":
        *_, answer, _request = content
        is_embedding = content[4] == CallKind.EMBEDDING.value
        if content[4] not in _KINDS or is_embedding != (answer is None):
            return False
        if is_embedding:
            return all(value is None for value in content[len(_CALL_TYPES) :]) and all(
                map(isinstance, content, _CALL_TYPES)
            )
    elif content[1] not in _WIDTHS or len(content[2]) % _WIDTHS[content[1]]:
        return False
    return all(map(isinstance, content, types))


def count_rows(connection: sqlite3.Connection) -> Head:
    """The head that describes the file as it is now."""
    counts = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in CONTENT
    ]
    return Head(*counts)


def link_again(connection: sqlite3.Connection) -> None:
    """Link the rows that are left, after some were dropped. Part of the caller's transaction."""
    for table in CONTENT:
        before = START
        query = f"SELECT rowid, checksum FROM {table} ORDER BY rowid"
        for row, content in connection.execute(query).fetchall():
            before = link(before, content)
            connection.execute(f"UPDATE {table} SET link = ? WHERE rowid = ?", (before, row))


class HeadFile:
    """The file that notes how many rows the journal has.

    It is written after each transaction and not synchronised: it survives the death of the
    process, and a power failure may leave it one group behind or ahead.

    Args:
        path: of the journal.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.head")

    def read(self) -> Head | None:
        """What the file says; None if there is none, or it is damaged."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Head)
        except (OSError, msgspec.DecodeError):
            return None

    def write(self, head: Head) -> None:
        """Replace the content. Does nothing if that fails: a note that is behind harms nothing."""
        content = msgspec.json.encode(head).ljust(64)
        with suppress(OSError):
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                os.pwrite(file, content, 0)
            finally:
                os.close(file)

"""The journal's behaviour on a simulated disk: an answer is durable before anybody sees it.

The real journal is a SQLite database, and SQLite tests its own guarantees. Here the journal is a
file of lines with checksums, so that the same simulated disk can fail under it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from ga_ooo.errors import RunStoppedError
from ga_ooo.journal._failed_moves import FailedMoves
from ga_ooo.journal.records import JournalMode, RecordedCall, Transport
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall
from tests.simulation.disk import SimulatedDisk


class NoFailedMoves(FailedMoves):
    """No move of a simulation fails at every attempt because of an answer."""

    def __init__(self) -> None:
        pass

    def note(self, persona: str, step: int, attempts: int) -> None:
        """See :class:`~ga_ooo.journal._failed_moves.FailedMoves`."""

    def first_attempts(self) -> dict[tuple[str, int], int]:
        """See :class:`~ga_ooo.journal._failed_moves.FailedMoves`."""
        return {}


class SimulatedJournal(Journal):
    """Records of one run.

    Args:
        path: the file.
        disk: the disk that holds the file.
    """

    def __init__(self, path: Path, disk: SimulatedDisk) -> None:
        self.path = path
        self.mode = JournalMode.RESUME
        self.failed_moves = NoFailedMoves()
        self._stored_twice = 0
        self._disk = disk
        self.known: dict[CallKey, RecordedCall] = {}
        self._error: RunStoppedError | None = None
        whole = self._read() if disk.is_file(path) else b""
        if disk.is_file(path):
            # A torn record is cut off, or the next record would be lost with it.
            self._disk.write(path.with_suffix(".new"), whole)
            self._disk.sync(path.with_suffix(".new"))
            self._disk.rename(path.with_suffix(".new"), path)
        else:
            self._disk.write(path, b"")
        self._disk.sync(path)
        self._disk.sync(path.parent)

    @property
    def duplicates(self) -> int:
        """See :class:`~ga_ooo.journal.store.Journal`."""
        return self._stored_twice

    async def record(self, call: ModelCall, answer: ModelAnswer, transport: Transport) -> None:
        """See :class:`~ga_ooo.journal.store.Journal`."""
        assert call.key is not None
        if self._error is not None:
            raise self._error
        line = _line({"key": asdict(call.key), "asked": call.request.fingerprint, "s": answer.text})
        try:
            self._disk.append(self.path, line)
            self._disk.sync(self.path)
        except OSError as error:
            # A part of the record may be there, so nothing can be added after it.
            self._error = RunStoppedError(f"cannot write {self.path}: {error}", "make room")
            raise self._error from error
        self._stored_twice += call.key in self.known
        self._know(call.key, call.request.fingerprint, answer.text)

    def find(self, key: CallKey) -> RecordedCall | None:
        """See :class:`~ga_ooo.journal.store.Journal`."""
        return self.known.get(key)

    def note_committed(self, persona: str, step: int) -> None:
        """See :class:`~ga_ooo.journal.store.Journal`."""

    def steps_recorded(self) -> int:
        """See :class:`~ga_ooo.journal.store.Journal`."""
        return 1 + max((key.step for key in self.known), default=-1)

    def compacted_below(self) -> int:
        """See :class:`~ga_ooo.journal.store.Journal`."""
        return 0

    def repair(self, needed_from: int) -> None:
        """See :class:`~ga_ooo.journal.store.Journal`. A torn record was cut off on opening."""

    def close(self) -> None:
        """See :class:`~ga_ooo.journal.store.Journal`."""

    def _read(self) -> bytes:
        whole = b""
        for line in self._disk.read(self.path).splitlines(keepends=True):
            content = json.loads(line[33:]) if _is_whole(line) else None
            if content is None:
                break
            whole += line
            self._know(CallKey(**content["key"]), content["asked"], content["s"])
        return whole

    def _know(self, key: CallKey, asked: str, said: str) -> None:
        kind = CallKind.COMPLETION
        self.known[key] = RecordedCall(len(self.known) + 1, key, kind, asked, ModelAnswer(said))


def _line(content: object) -> bytes:
    text = json.dumps(content).encode()
    return _checksum(text) + b" " + text + b"\n"


def _checksum(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=16).hexdigest().encode()


def _is_whole(line: bytes) -> bool:
    return line.endswith(b"\n") and line[:32] == _checksum(line[33:-1])

"""The journal's file: stores answers durably, and returns them bit by bit."""

from __future__ import annotations

import logging
from pathlib import Path

from ga_ooo.errors import UsageError
from ga_ooo.journal._compaction import drop_calls, return_space
from ga_ooo.journal._failed_moves import FailedMoves
from ga_ooo.journal._failures import naming
from ga_ooo.journal._group_commit import GroupCommit, Transaction
from ga_ooo.journal._inspection import Inspection
from ga_ooo.journal._rows import (
    AT_KEY,
    FIND_CALL,
    OUTSIDE,
    Row,
    call_row,
    embedding_row,
    key_values,
    recorded_call,
    recorded_embedding,
    reference_row,
)
from ga_ooo.journal.database import check_file, open_database
from ga_ooo.journal.lock import ProcessLock
from ga_ooo.journal.records import Durability, JournalMode, RecordedCall, RunIdentity, Transport
from ga_ooo.model.requests import CallKey, CallKind, ModelAnswer, ModelCall

logger = logging.getLogger(__name__)


class Journal:
    """The journal of one run, open in one process.

    Args:
        path: the file. Two more (``-wal``, ``-shm``) lie beside it while it is open; its lock
            file (``.lock``) stays.
        identity: of this run; must equal the one in the journal.
        mode: how the run uses it.
        durability: which failures a stored answer survives.

    Attributes:
        path, mode: see above.
        failed_moves: moves whose answers are not used again.

    Raises:
        UsageError: the file exists (record), does not exist (otherwise), is no journal, has
            another version, belongs to another run, or is in use by another process.
        RunStoppedError: the file cannot be read or written.
    """

    def __init__(
        self,
        path: Path,
        identity: RunIdentity,
        mode: JournalMode,
        durability: Durability = Durability.FULL,
    ) -> None:
        self.path = path
        self.mode = mode
        self._referred: dict[CallKey, str] = {}
        self._outside: int | None = None
        self._closed = False
        with naming(path, opening=True):
            check_file(path, mode)
            self._lock = ProcessLock(
                path.with_name(f"{path.name}.lock"),
                f"the journal {path}",
                "wait until that run ends, stop it, or use another journal",
                shared=mode is JournalMode.REPLAY,
            )
            try:
                self._connection = open_database(path, identity, mode, durability)
            except BaseException:
                self._lock.release()
                raise
        try:
            with naming(path):
                self._inspection = Inspection(self._connection, path)
                self._group = GroupCommit(self._connection, path)
            self.failed_moves = FailedMoves(self._connection, path, mode)
            if mode is JournalMode.REPLAY:
                self._inspection.refuse_damage()
        except BaseException:
            self._connection.close()
            self._lock.release()
            raise

    @property
    def duplicates(self) -> int:
        """Answers whose call or text had one already. A value other than 0 is a defect."""
        return self._group.duplicates

    # --- writing ---------------------------------------------------------------------------------

    async def record(self, call: ModelCall, answer: ModelAnswer, transport: Transport) -> None:
        """Store an answer. Returns when it is durable.

        It is stored also if the caller is cancelled meanwhile.

        Raises:
            RunStoppedError: it could not be written.
        """
        self._group.raise_failure()
        if call.request.kind is CallKind.EMBEDDING:
            self._group.embeddings.append(embedding_row(call, answer, transport))
            self.refer(call)
        else:
            key = call.key or self._next_outside()
            self._group.calls.append(call_row(call, key, answer, transport))
        await self._group.durable()

    def refer(self, call: ModelCall) -> None:
        """Note that a call uses an embedding that is stored, or will be with the next group.

        The note is written with the next group. Without it the embedding is found all the same.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        if self.mode is JournalMode.REPLAY or call.key is None:
            return
        if self.find(call.key) is None:
            self._group.calls.append(reference_row(call, call.key))
            self._referred[call.key] = call.request.fingerprint

    def note_committed(self, persona: str, step: int) -> None:
        """Note that a persona has committed ``step``; written with the next group."""
        if self.mode is not JournalMode.REPLAY:
            self._group.commits[persona] = step + 1

    def flush(self) -> None:
        """Write everything now.

        Raises:
            RunStoppedError: it could not be written.
        """
        self._group.write()
        self._group.raise_failure()

    # --- reading ---------------------------------------------------------------------------------

    def find(self, key: CallKey) -> RecordedCall | None:
        """The recorded call with this key.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        if not self._group.calls:
            # The notes are written, so they are found in the file.
            self._referred.clear()
        referred = self._referred.get(key)
        if referred is not None:
            return RecordedCall(0, key, CallKind.EMBEDDING, referred, None)
        return recorded_call(key, self._one(f"{FIND_CALL} {AT_KEY}", key_values(key)))

    def find_outside(self, fingerprint: str, beyond: int) -> RecordedCall | None:
        """The first recorded call outside of moves with this request, after row ``beyond``.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        # All columns of the index but the last, so that only these calls are searched.
        condition = "persona = ? AND step = 0 AND attempt = 0 AND fingerprint = ? AND id > ?"
        row = self._one(
            f"{FIND_CALL} {condition} ORDER BY id LIMIT 1", (OUTSIDE, fingerprint, beyond)
        )
        return recorded_call(CallKey(OUTSIDE, 0, 0), row)

    def find_embedding(self, fingerprint: str) -> ModelAnswer | None:
        """The recorded embedding for this request.

        Raises:
            RunStoppedError: the file cannot be read.
        """
        row = self._one(
            "SELECT format, vector, finish_reason, prompt_tokens, output_tokens, model "
            "FROM embeddings WHERE fingerprint = ?",
            (fingerprint,),
        )
        return recorded_embedding(row)

    def commit_steps(self) -> dict[str, int]:
        """The commit step of each persona: all steps before it are final."""
        stored: dict[str, int] = dict(self.rows("SELECT persona, step FROM commits"))
        return stored | self._group.commits

    def steps_recorded(self) -> int:
        """The step after the last one with a recorded call; 0 if there is none."""
        (last,) = self.rows("SELECT MAX(step) FROM calls")[0]
        return 0 if last is None else int(last) + 1

    def compacted_below(self) -> int:
        """The step below which calls were dropped; 0 if none were."""
        row = self._one("SELECT value FROM run WHERE name = 'compacted_below'", ())
        return 0 if row is None else int(row[0])

    def rows(self, query: str, values: Row = ()) -> list[Row]:
        """Rows of a query, for searches of this package. Writes the waiting rows first.

        Raises:
            RunStoppedError: the file cannot be read or written.
        """
        if self._group.calls:
            self.flush()
        with naming(self.path):
            return self._connection.execute(query, values).fetchall()

    # --- repair, compaction and end ------------------------------------------------------------

    def repair(self, needed_from: int) -> None:
        """Drop what is damaged, so that it is asked for again. Logs how many answers that costs.

        Args:
            needed_from: the first step that the run takes again. Calls before it are not needed.

        Raises:
            RunStoppedError: the file cannot be written.
        """
        if self._inspection.is_sound:
            return
        with naming(self.path), Transaction(self._connection) as connection:
            asked_again = self._inspection.repair(connection, needed_from)
        self._group.count()
        logger.warning(
            "the journal %s is damaged: %s; %s answers are asked for again",
            *(self.path, self._inspection, f"{asked_again:,}"),
        )

    def compact(self, below_step: int) -> int:
        """Drop the calls of steps below ``below_step``, and return their space to the disk.

        Embeddings and calls outside of moves stay: any later call may ask for the same.

        Returns:
            the number of calls dropped.

        Raises:
            UsageError: a persona has not committed all of these steps, so calls may be needed; or
                the file is damaged.
            RunStoppedError: it could not be written; nothing is dropped then.
        """
        self._inspection.refuse_damage()
        horizon = min(self.commit_steps().values(), default=0)
        if below_step > horizon:
            raise UsageError(
                f"the journal {self.path} cannot be compacted below step {below_step}: "
                f"only steps below {horizon} are committed by all personas",
                f"compact below step {horizon} at most",
            )
        self.flush()
        # A run that was resumed from an earlier step has recorded calls below an old compaction.
        below = max(below_step, self.compacted_below())
        with naming(self.path):
            dropped = drop_calls(self._connection, below_step, below)
            self._group.count()
            return_space(self._connection)
        return dropped

    def close(self) -> None:
        """Write the waiting rows and close the file. A second call does nothing.

        After a failure it tries once more, since the disk may have room again.

        Raises:
            RunStoppedError: something could not be written, and no caller knows yet.
        """
        if self._closed:
            return
        self._closed = True
        reported, self._group.failure = self._group.failure, None
        try:
            self._group.write()
            with naming(self.path):
                self._connection.close()
        finally:
            self._lock.release()
        if reported is None:
            self._group.raise_failure()

    def _next_outside(self) -> CallKey:
        if self._outside is None:
            last = self._one("SELECT max(ordinal) FROM calls WHERE persona = ?", (OUTSIDE,))
            assert last is not None, "an aggregate has one row"
            self._outside = -1 if last[0] is None else last[0]
        self._outside += 1
        return CallKey(OUTSIDE, 0, self._outside)

    def _one(self, query: str, values: Row) -> Row | None:
        with naming(self.path):
            row: Row | None = self._connection.execute(query, values).fetchone()
            return row

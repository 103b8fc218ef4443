"""The layer between the host's calls and the servers that records and replays answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ga_ooo.errors import ModelError
from ga_ooo.journal._rows import OUTSIDE
from ga_ooo.journal.differences import closest, difference, recorded_request, where
from ga_ooo.journal.records import JournalMode, RecordedCall, Transport
from ga_ooo.journal.store import Journal
from ga_ooo.model.requests import (
    CallKey,
    CallKind,
    ModelAnswer,
    ModelCall,
    ModelClient,
    ModelRequest,
    reporting,
)

_CHANGED: Final = (
    "use the host, scenario and options with which the journal was recorded, or record a new "
    "journal; if none of them changed, the host depends on something that the engine does not "
    "control, see docs/exactness.md"
)

_NO_MORE: Final = 2**63 - 1
"""Larger than every row number."""


class JournalMismatchError(ModelError):
    """The request of a call differs from the recorded one with the same key."""

    exit_code = 7
    retry_move = False


class NotRecordedError(ModelError):
    """A replay makes a call that is not in the journal."""

    exit_code = 7
    retry_move = False


@dataclass(slots=True)
class JournalStatistics:
    """Counters of calls.

    Attributes:
        recorded: calls whose answers came from the servers and were stored.
        replayed: calls answered from the journal.
        joined: calls for an embedding that another call had already requested.
        asked_twice: answers that were requested although they were stored. A value other than 0
            is a defect.
    """

    recorded: int = 0
    replayed: int = 0
    joined: int = 0
    asked_twice: int = 0


class JournalClient:
    """Answers calls from a journal; asks another client for the rest, and stores its answers.

    In every mode, a move that is repeated after a failure gets its recorded answers.

    Args:
        client: answers calls that are not recorded; not used by a replay.
        journal: stores the answers; its mode is the mode of this client. Closed with it.
        delay: seconds (of loop time) by which a recorded answer is delayed, so that a replay
            completes calls in another order; None for no delay. For example ``Latency.seconds``.
    """

    def __init__(
        self,
        client: ModelClient,
        journal: Journal,
        delay: Callable[[ModelCall, ModelAnswer], float] | None = None,
    ) -> None:
        self.journal = journal
        self._statistics = JournalStatistics()
        self._client = client
        self._ask_client = reporting(client)
        self._replaying = journal.mode is JournalMode.REPLAY
        self._delay = delay
        self._asking: dict[str, asyncio.Task[ModelAnswer]] = {}
        # For calls outside of moves, by fingerprint: row of the last recorded call that was used.
        self._recalled: dict[str, int] = {}
        # One byte for each recorded call, since a set would hold millions of objects.
        self._used = bytearray()

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """The recorded answer, or a new one that is already durable.

        Raises:
            JournalMismatchError: the recorded call with this key has another request.
            NotRecordedError: a replay makes a call that is not recorded.
            ModelError: the client below failed for good.
            RunStoppedError: the journal cannot be read or written.
        """
        recorded = self._recorded(call)
        if call.request.kind is CallKind.EMBEDDING:
            return await self._embed(call)
        if recorded is not None and recorded.answer is not None:
            return await self._recall(call, recorded.answer)
        self._refuse_in_replay(call)
        return await self._ask(call)

    @property
    def statistics(self) -> JournalStatistics:
        """Current values of the counters."""
        self._statistics.asked_twice = self.journal.duplicates
        return self._statistics

    def unused(self) -> list[CallKey]:
        """Recorded calls that were not made so far, by step.

        After a replay these are calls of the recorded run that this run did not make. Calls
        outside of moves are left out, since a user triggers them.
        """
        query = (
            "SELECT id, persona, step, ordinal, attempt FROM calls WHERE persona != ? "
            "ORDER BY step, id"
        )
        keys = [
            CallKey(*key)
            for row, *key in self.journal.rows(query, (OUTSIDE,))
            if row >= len(self._used) or not self._used[row]
        ]
        first = self.journal.failed_moves.first_attempts()
        return [key for key in keys if key.attempt >= first.get((key.persona, key.step), 0)]

    async def close(self) -> None:
        """Close the client below and the journal. A second call does nothing.

        Raises:
            RunStoppedError: the journal could not be written, and no caller knows yet.
        """
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._client.close()
        finally:
            self.journal.close()

    # --- one call --------------------------------------------------------------------------------

    def _recorded(self, call: ModelCall) -> RecordedCall | None:
        """The recorded call with the same key; its request must be the same, too."""
        if call.key is None:
            embeds = call.request.kind is CallKind.EMBEDDING
            return None if embeds else self._recorded_outside(call.request)
        recorded = self.journal.find(call.key)
        if recorded is None:
            return None
        if recorded.fingerprint != call.request.fingerprint:
            raise self._mismatch(call, call.key)
        self._use(recorded.id)
        return recorded

    def _recorded_outside(self, request: ModelRequest) -> RecordedCall | None:
        """The next recorded call outside of moves with this request; each is used once.

        A user triggers these calls at any time, so only the request identifies them.
        """
        asked = request.fingerprint
        recorded = self.journal.find_outside(asked, self._recalled.get(asked, 0))
        self._recalled[asked] = _NO_MORE if recorded is None else recorded.id
        return recorded

    async def _recall(self, call: ModelCall, answer: ModelAnswer) -> ModelAnswer:
        self._statistics.replayed += 1
        seconds = self._delay(call, answer) if self._delay else 0.0
        if seconds > 0:
            await asyncio.sleep(seconds)
        return answer

    async def _ask(self, call: ModelCall) -> ModelAnswer:
        """Ask the client and store its answer."""
        answer, transport = await self._answer_below(call)
        await self.journal.record(call, answer, transport)
        self._statistics.recorded += 1
        return answer

    async def _answer_below(self, call: ModelCall) -> tuple[ModelAnswer, Transport]:
        loop = asyncio.get_running_loop()
        began, started = loop.time(), time.time()
        answer, report = await self._ask_client(call)
        seconds = loop.time() - began
        return answer, Transport(seconds, started, time.time(), report.endpoint, report.attempts)

    # --- embeddings ------------------------------------------------------------------------------

    async def _embed(self, call: ModelCall) -> ModelAnswer:
        fingerprint = call.request.fingerprint
        answer = self.journal.find_embedding(fingerprint)
        if answer is not None:
            self.journal.refer(call)
            return await self._recall(call, answer)
        self._refuse_in_replay(call)
        asking = self._asking.get(fingerprint)
        if asking is None:
            # A task of its own, since other calls may have joined when the first one is cancelled.
            asking = asyncio.get_running_loop().create_task(self._ask(call))
            self._asking[fingerprint] = asking
            asking.add_done_callback(lambda done: self._asked(fingerprint, done))
        else:
            self._statistics.joined += 1
        answer = await asyncio.shield(asking)
        self.journal.refer(call)
        return answer

    def _asked(self, fingerprint: str, task: asyncio.Task[ModelAnswer]) -> None:
        del self._asking[fingerprint]
        if not task.cancelled():
            # If all waiting calls were cancelled, asyncio would report an exception that was
            # never retrieved.
            task.exception()

    # --- replay ----------------------------------------------------------------------------------

    def _use(self, row: int) -> None:
        if self._replaying:
            if row >= len(self._used):
                self._used.extend(bytes(row + 1 - len(self._used)))
            self._used[row] = 1

    def _refuse_in_replay(self, call: ModelCall) -> None:
        if not self._replaying:
            return
        name = where(call.key) if call.key else f"a {call.request.kind} call outside of moves"
        problem = f"{name} is not in the journal {self.journal.path}"
        dropped = self.journal.compacted_below()
        if call.key is not None and call.key.step < dropped:
            problem += f", whose calls below step {dropped} were dropped"
        like = closest(self.journal, call)
        if like is None:
            problem += f"; it holds no {call.request.kind} calls"
        elif like.same:
            problem += f"; the same request is recorded as {where(like.request.key)}"
        else:
            problem += (
                f"; the closest recorded one is {where(like.request.key)}\n"
                f"  {difference(like.request, call.request)}"
            )
        raise NotRecordedError(problem, _CHANGED)

    def _mismatch(self, call: ModelCall, key: CallKey) -> JournalMismatchError:
        there = recorded_request(self.journal, key)
        details = "its request is not stored" if there is None else difference(there, call.request)
        return JournalMismatchError(
            f"the request of {where(key)} differs from the one in the journal "
            f"{self.journal.path}\n  {details}",
            _CHANGED,
        )

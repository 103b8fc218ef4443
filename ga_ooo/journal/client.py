"""The layer between the host's calls and the servers that writes down, or recalls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ga_ooo.errors import ModelError
from ga_ooo.journal.differences import closest, difference, recorded_request, where
from ga_ooo.journal.records import JournalMode, RecordedCall, Transport
from ga_ooo.journal.rows import OUTSIDE
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
    "run with the host, scenario and options that the journal was recorded with, or record a new "
    "journal; if nothing has changed, the host depends on something that the engine does not "
    "control, see docs/exactness.md"
)

_NO_MORE: Final = 2**63 - 1
"""Beyond every row."""


class JournalMismatchError(ModelError):
    """A call asks something else than the recorded one at its place."""

    exit_code = 7
    retry_move = False


class NotRecordedError(ModelError):
    """A replay met a call that the journal does not hold."""

    exit_code = 7
    retry_move = False


@dataclass(slots=True)
class JournalStatistics:
    """What became of the calls.

    Attributes:
        recorded: answers that were asked for and stored.
        replayed: calls answered from the journal.
        joined: calls for an embedding that was being asked for already.
        asked_twice: answers that were asked for although they were stored. Anything but 0 is a
            defect.
    """

    recorded: int = 0
    replayed: int = 0
    joined: int = 0
    asked_twice: int = 0


class JournalClient:
    """Answers from a journal, and from another client what is not there (which it then stores).

    A move that starts over after a failure finds its calls recorded, in every mode.

    Args:
        client: asked for what is not recorded; never touched by a replay.
        journal: where answers are kept; its mode is the mode of this client. Closed with it.
        delay: seconds (of loop time) that a recorded answer takes, so that a replay completes
            calls in an order of its own; None for none. Such as ``Latency.seconds``.
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
        # Of calls outside of moves, by fingerprint: the last recorded one that was used.
        self._recalled: dict[str, int] = {}
        # One byte for each recorded call; a set of keys would hold millions of objects.
        self._used = bytearray()

    async def answer(self, call: ModelCall) -> ModelAnswer:
        """The recorded answer, or a new one that is durable by now.

        Raises:
            JournalMismatchError: the recorded call at this place asks something else.
            NotRecordedError: replaying, and it is not recorded.
            ModelError: the client underneath failed for good.
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
        """The counters as they are now."""
        self._statistics.asked_twice = self.journal.duplicates
        return self._statistics

    def unused(self) -> list[CallKey]:
        """Recorded calls that were not asked so far, by step: after a replay, calls that the
        recorded run made and this one did not. Without those outside of moves, which come
        from somebody at a frontend or a keyboard.
        """
        query = (
            "SELECT id, persona, step, ordinal, attempt FROM calls WHERE persona != ? "
            "ORDER BY step, id"
        )
        return [
            CallKey(*key)
            for row, *key in self.journal.rows(query, (OUTSIDE,))
            if row >= len(self._used) or not self._used[row]
        ]

    async def close(self) -> None:
        """Close the client underneath and the journal. Twice is harmless.

        Raises:
            RunStoppedError: the journal could not be written, and nobody was told yet.
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
        """What is recorded at the call's place, which must ask the same."""
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
        """The next recorded call outside of moves that asks this; each is used once a process.

        They depend on when somebody asks, so where they stood before says nothing.
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
        """Ask the client and store what it says."""
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
            # A task of its own: others may have joined when the one who asks is cancelled.
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
            # Everybody who waited may have been cancelled; asyncio would complain about an
            # exception that nobody looked at.
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
        place = where(call.key) if call.key else f"a {call.request.kind} call outside of moves"
        problem = f"{place} is not in the journal {self.journal.path}"
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
        what = "its text is gone" if there is None else difference(there, call.request)
        return JournalMismatchError(
            f"{where(key)} asks something else than the journal {self.journal.path} holds\n"
            f"  {what}",
            _CHANGED,
        )

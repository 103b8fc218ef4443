"""The layers between host code and the model, put together in one place.

From host code down to the model:

1. the gateway makes a call of a request, and waits for the answer in the fiber of the move;
2. the journal in memory keeps answers since the last checkpoint, for steps taken again;
3. the journal on disk, once it is open, keeps every answer of the run;
4. the prefetch cache has the answers that rehearsals asked for, if the run has rehearsals;
5. answers that must have a form are made whole, if the run asks for such answers; or checked and
   asked for once more, if the model servers cannot be given a form;
6. a prompt that a service refuses has an empty answer, if the run asks for that;
7. each answer is paid for, if it has a price, and no call may exceed the budget;
8. the client asks the model servers, or the scripted model.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from ga_ooo.costs import Ledger, PaidCalls
from ga_ooo.errors import RunStoppedError
from ga_ooo.host.durable.model_identity import UNSHAPED, Shaping
from ga_ooo.host.imported.gateway import Gateway
from ga_ooo.host.prompts.checked import CheckedAnswers
from ga_ooo.host.prompts.structured import WholeAnswers
from ga_ooo.journal.client import JournalClient
from ga_ooo.journal.memory import MemoryJournal
from ga_ooo.journal.store import Journal
from ga_ooo.model.refusals import FailSafeAnswers
from ga_ooo.model.requests import (
    ClientLayer,
    ModelAnswer,
    ModelCall,
    ModelClient,
    ModelRequest,
    Reported,
)
from ga_ooo.model.routing.router import Router
from ga_ooo.observer import Observer
from ga_ooo.options import RunOptions
from ga_ooo.runahead.questions import Prefetching

logger = logging.getLogger(__name__)

Delay: TypeAlias = Callable[[ModelCall, ModelAnswer], float]
Shape: TypeAlias = Callable[[ModelRequest], ModelRequest]


class ModelStack:
    """Answers the calls of a run.

    Args:
        client: asks the model; closed with the stack.
        options: of the run.
        loop: the engine's loop.
        observer: notified of calls, of moves and of rehearsals.
        shape: may change a request before it is asked; a pure function.
        shaping: how answers get the form that the host needs.
        ledger: counts what answers cost; None where they have no price.

    Attributes:
        client: the lowest layer.
        ledger: see above; likewise ``shaping``.
        prefetching: the prefetch cache and its predictors; None without rehearsals.
        memory: the answers since the last checkpoint.
        gateway: the top layer, which host code asks.
    """

    def __init__(
        self,
        client: ModelClient,
        options: RunOptions,
        loop: asyncio.AbstractEventLoop,
        observer: Observer,
        shape: Shape | None = None,
        shaping: Shaping = UNSHAPED,
        ledger: Ledger | None = None,
    ) -> None:
        self.client = client
        self.ledger = ledger
        self.shaping = shaping
        if ledger is not None:
            client = PaidCalls(client, ledger)
        client = _ObservedClient(client, observer)
        if shaping.fail_safe:
            client = FailSafeAnswers(client)
        if shaping.structured:
            client = WholeAnswers(client)
        elif shaping.checked:
            client = CheckedAnswers(client)
        self.prefetching: Prefetching | None = None
        if options.runahead:
            self.prefetching = Prefetching(client, options.runahead_budget, observer)
            client = self.prefetching.cache
        self._journal_layer = _JournalLayer(client)
        self.memory = MemoryJournal(self._journal_layer)
        self.gateway = Gateway(self.memory, options.seed, loop, shape, observer)

    @property
    def journal(self) -> JournalClient | None:
        """The layer of the journal on disk; None before it is open."""
        return self._journal_layer.journal

    @property
    def router(self) -> Router | None:
        """The model servers; None for another model."""
        return self.client if isinstance(self.client, Router) else None

    def open_journal(self, journal: Journal, delay: Delay | None = None) -> None:
        """Send calls through this journal from now on. It is closed with the stack.

        Args:
            journal: of this run.
            delay: seconds of loop time that a recorded answer takes; None for none.
        """
        self._journal_layer.open(journal, delay)
        if self.prefetching is not None:
            self.prefetching.find_recorded = journal.find_embedding
        self.gateway.first_attempts = journal.failed_moves.first_attempts()

    def reject_answers(self, persona: str, step: int, attempts: int) -> None:
        """Let the next process ask again: host code failed on the answers of all attempts.

        Args:
            attempts: the number of attempts that this process has made at the move.
        """
        if self.journal is None:
            return
        first = self.gateway.first_attempts.get((persona, step), 0)
        try:
            self.journal.journal.failed_moves.note(persona, step, first + attempts)
        except RunStoppedError as error:
            # The failure of the move is reported. Resumed, the run fails once more, and notes it.
            logger.warning("%s", error.problem)

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """While entered, calls are answered from memory alone, and observers are not notified."""
        with self.memory.replaying(), self.gateway.unobserved():
            yield

    async def close(self) -> None:
        """Close the client and the journal.

        Raises:
            RunStoppedError: the journal could not be written, and this was not reported yet.
        """
        await self.memory.close()
        if self.ledger is not None:
            self.ledger.close()


class _ObservedClient(ClientLayer):
    """Passes calls on, and notifies the observer of each answer of the model."""

    def __init__(self, client: ModelClient, observer: Observer) -> None:
        super().__init__(client)
        self._observer = observer

    async def answer_with_report(self, call: ModelCall) -> Reported:
        answer, report = await super().answer_with_report(call)
        self._observer.call_served(call, answer, report)
        return answer, report


class _JournalLayer:
    """Passes calls on, and through the journal once it is open. The journal opens late, because
    its file may lie in the folder of a simulation that the host has not made yet."""

    def __init__(self, below: ModelClient) -> None:
        self.journal: JournalClient | None = None
        self._below = below

    def open(self, journal: Journal, delay: Delay | None) -> None:
        self._below = self.journal = JournalClient(self._below, journal, delay)

    async def answer(self, call: ModelCall) -> ModelAnswer:
        return await self._below.answer(call)

    async def close(self) -> None:
        await self._below.close()

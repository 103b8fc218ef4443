"""The engine: carries out the scheduler's instructions on a host.

Moves run in fibers of one thread, calls as tasks of one asyncio loop; they alternate.
"""

from __future__ import annotations

import asyncio
import heapq
from typing import Final, Generic

from ga_ooo.engine import stimulus_log
from ga_ooo.engine.graph import explain_all
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.attempts import Attempts, InterruptedRunError
from ga_ooo.engine.loop.fibers import (
    Abort,
    Await,
    Fiber,
    Move,
    Suspension,
    WaitFor,
    bury,
    run_alone,
)
from ga_ooo.engine.loop.host import Host, R
from ga_ooo.engine.loop.idle import IdleWork
from ga_ooo.engine.loop.measures import RunMeasures
from ga_ooo.engine.loop.observer import EngineObserver
from ga_ooo.engine.loop.pending import PendingCalls
from ga_ooo.engine.protocol import (
    Commit,
    Completed,
    Drain,
    Issue,
    Restarted,
    Retire,
    RunUntil,
    Stimulus,
    Waits,
    Wake,
)
from ga_ooo.engine.reorder import ReorderBuffer
from ga_ooo.engine.rules import IssueOrder, straggler_first
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.errors import DeadlockError, SchedulingError

MOVES_PER_ITERATION: Final = 8
"""Moves between two iterations of the event loop: few enough that answers do not wait long."""

_PATIENCE: Final = 3
"""Iterations of the event loop without work for a real move, before idle work begins."""


class Engine(Generic[R]):
    """Runs a host from the step of its scheduler to a given step.

    Args:
        scheduler: the state machine, with everybody at the same step.
        host: the host.
        retries: how often a move that failed is started again.
        observer: notified of persona steps before they are carried out.
        order: which of several ready moves runs first.
        idle_work: what to do while no move can continue.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        host: Host[R],
        retries: int = 3,
        observer: EngineObserver | None = None,
        order: IssueOrder = straggler_first,
        idle_work: IdleWork | None = None,
    ) -> None:
        self.scheduler = scheduler
        self.measures = RunMeasures()
        self._host = host
        self._attempts = Attempts(retries)
        self._observer = observer
        self._order = order
        self._idle_work = idle_work
        self._results: dict[PersonaIndex, R] = {}
        self._buffer: ReorderBuffer[R] = ReorderBuffer(scheduler.count)
        self._ready: list[tuple[tuple[int, ...], PersonaIndex, Issue | Wake]] = []
        self._fibers: dict[PersonaIndex, Fiber] = {}
        self._wake = asyncio.Event()
        self._calls = PendingCalls(self._wake)
        self._error: BaseException | None = None
        if idle_work is not None:
            idle_work.wake = self._wake.set

    async def run(self, *stops: Step) -> None:
        """Take everybody to each of these commit steps, in their order.

        Raises:
            MoveFailedError: a move failed at every attempt.
            CausalityError: the dependency rule was unsound.
            DeadlockError: no persona can continue.
            InterruptedRunError: :meth:`interrupt` was called.
        """
        with self.measures.running(asyncio.get_running_loop().time):
            try:
                for stop in stops:
                    while True:
                        self._handle(RunUntil(stop))
                        await self._run_until_finished()
                        if self._host.wants_barrier():
                            await self._barrier()
                        elif self.scheduler.horizon >= stop:
                            break
            finally:
                await self._abandon_all()

    def interrupt(self) -> None:
        """The user asks to stop; see :meth:`stop`."""
        self.stop(InterruptedRunError())

    def stop(self, error: BaseException) -> None:
        """End :meth:`run` with this error at its next iteration; all retired steps stay."""
        if self._error is None:
            self._error = error
            if isinstance(error, SchedulingError):
                error.stimulus_log = stimulus_log.as_text(self.scheduler)
        self._wake.set()

    # --- the loop ----------------------------------------------------------------------------

    async def _run_until_finished(self) -> None:
        while not self.scheduler.finished:
            self._take_answers()
            self._run_some()
            if self._error is not None:
                raise self._error
            if self._ready or self._calls.answered:
                await asyncio.sleep(0)
            elif not self.scheduler.finished:
                if self._calls.under_way:
                    await self._idle()
                else:
                    self.stop(DeadlockError(explain_all(self.scheduler)))
            if self._host.wants_barrier():
                self._handle(Drain())
        if self._error is not None:
            raise self._error

    async def _idle(self) -> None:
        """Wait until a real move can continue; do idle work meanwhile."""
        wake, idle_work = self._wake, self._idle_work
        if idle_work is not None:
            # A model that takes no time answers within a few iterations: no time for rehearsals.
            for _ in range(_PATIENCE):
                if not wake.is_set():
                    await asyncio.sleep(0)
            while not wake.is_set() and idle_work.work():
                await asyncio.sleep(0)
        await wake.wait()
        wake.clear()

    def _take_answers(self) -> None:
        while self._calls.answered and self._error is None:
            fiber, call = self._calls.take()
            assert fiber.move is not None
            if (error := call.exception()) is None:
                self._switch(fiber, call.result())
            else:
                self._retry(fiber.move, error)

    def _run_some(self) -> None:
        for _ in range(min(MOVES_PER_ITERATION, len(self._ready))):
            if self._error is not None:
                return
            _, persona, instruction = heapq.heappop(self._ready)
            if isinstance(instruction, Issue):
                self._start(persona, instruction.step)
            else:
                self._switch(self._fibers[persona], None)

    async def _barrier(self) -> None:
        """Everybody is at one step: let the host do its own work there, which may ask the model."""
        step = self.scheduler.horizon
        if self._idle_work is not None:
            self._idle_work.drop_all()
        await run_alone(lambda: self._host.at_barrier(step))

    # --- moves -------------------------------------------------------------------------------

    def _start(self, persona: PersonaIndex, step: Step) -> None:
        taken = self._host.take_at_once(persona, step)
        if taken is not None:
            self._finish(*taken)
            return
        move = self._host.begin(persona, step, self._attempts.host_failures(persona))
        fiber = Fiber(lambda: self._body(move), move)
        self._fibers[persona] = fiber
        self._switch(fiber)

    def _body(self, move: Move) -> tuple[TileIndex, R] | Exception:
        try:
            return self._host.move(move)
        except Exception as error:
            return error

    def _switch(self, fiber: Fiber, *value: object) -> None:
        """Continue a fiber until it has to wait or its move is complete."""
        move = fiber.move
        assert move is not None
        self._host.enter(move)
        outcome = fiber.switch(*value)
        if fiber.dead:
            if isinstance(outcome, Exception):
                self._retry(move, outcome)
            else:
                del self._fibers[move.persona]
                self._finish(move, *outcome)
        else:
            self._serve(fiber, move, outcome)

    def _serve(self, fiber: Fiber, move: Move, suspension: Suspension) -> None:
        match suspension:
            case Await(coroutine):
                self._calls.start(fiber, coroutine)
            case WaitFor(condition):
                self._handle(Waits(move.persona, condition))
            case Abort(error):
                self.stop(error)
                return
        if self._idle_work is not None:
            self._idle_work.waits(move)

    def _finish(self, move: Move, next_tile: TileIndex, result: R) -> None:
        self._attempts.succeeded(move.persona)
        self.measures.completed(move.step, move.seconds, move.ordinal)
        if self._observer is not None:
            self._observer.completed(move.name, move.step)
        self._results[move.persona] = result
        if self._idle_work is not None:
            self._idle_work.completed(move)
        self._handle(Completed(move.persona, next_tile))

    def _retry(self, move: Move, error: BaseException) -> None:
        """Start a failed move again on a clean copy, or give up."""
        self._abandon(move.persona)
        self._host.undo(move)
        final = self._attempts.failed(move, error)
        if final is not None:
            self.stop(final)
            return
        self.measures.retried += 1
        self.scheduler.story.note(move.persona, "failed", move.step, type(error).__name__)
        if self._observer is not None:
            self._observer.failed(move.name, move.step, type(error).__name__)
        if self._idle_work is not None:
            self._idle_work.restarted(move.persona)
        self._handle(Restarted(move.persona))
        self._make_ready(Issue(move.persona, move.step), move.step)

    # --- instructions --------------------------------------------------------------------------

    def _handle(self, stimulus: Stimulus) -> None:
        for instruction in self.scheduler.handle(stimulus):
            match instruction:
                case Issue(persona, step):
                    if self._observer is not None:
                        self._observer.issued(self.scheduler.story.names[persona], step)
                    self._make_ready(instruction, step)
                case Wake(persona):
                    self._make_ready(instruction, self.scheduler.commit_step(persona))
                case Commit(persona, step):
                    if self._observer is not None:
                        self._observer.committed(self.scheduler.story.names[persona], step)
                    result = self._host.commit(persona, step, self._results.pop(persona))
                    self._buffer.put(step, persona, result)
                    if self._idle_work is not None:
                        self._idle_work.committed(persona, step)
                case Retire(step):
                    self.measures.retired(step)
                    self._host.retire(step, self._buffer.take(step))

    def _make_ready(self, instruction: Issue | Wake, step: Step) -> None:
        persona = instruction.persona
        heapq.heappush(self._ready, (self._order(step, persona), persona, instruction))

    # --- the end ---------------------------------------------------------------------------------

    def _abandon(self, persona: PersonaIndex) -> None:
        fiber = self._fibers.pop(persona)
        assert fiber.move is not None
        fiber.move.abandoned = True
        bury(fiber)

    async def _abandon_all(self) -> None:
        for persona in list(self._fibers):
            self._abandon(persona)
        await self._calls.cancel_all()
        if self._idle_work is not None:
            # Last: a move that waited for a call of the idle work would make that call itself.
            await self._idle_work.close()

"""The engine: carries the scheduler's instructions out on a host.

One asyncio loop, one thread. Host moves run in fibers; model calls are tasks of the loop. The
engine alternates between carrying instructions out and giving the loop a turn.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic

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
from ga_ooo.engine.protocol import (
    Commit,
    Completed,
    Drain,
    Instruction,
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

MOVES_PER_TURN: Final = 8
"""Moves between two turns of the loop: few enough that answers are not kept waiting."""

_PATIENCE: Final = 3
"""Turns of the loop that nothing real must go on for before there is time to work ahead."""


class Engine(Generic[R]):
    """Runs a host from where its scheduler stands to a given step.

    Args:
        scheduler: the state machine, everybody at the same step.
        host: the host.
        retries: how often a move that failed is started over.
        observers: called with each instruction before it is carried out, and all names.
        order: which of several ready moves runs first.
        idle_work: what to do while no move can continue.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        host: Host[R],
        retries: int = 3,
        observers: Sequence[Callable[[Instruction, tuple[str, ...]], None]] = (),
        order: IssueOrder = straggler_first,
        idle_work: IdleWork | None = None,
    ) -> None:
        self.scheduler = scheduler
        self.measures = RunMeasures()
        self._host = host
        self._attempts = Attempts(retries)
        self._observers = observers
        self._order = order
        self._idle_work = idle_work
        self._results: dict[PersonaIndex, R] = {}
        self._buffer: ReorderBuffer[R] = ReorderBuffer(scheduler.count)
        self._ready: list[tuple[tuple[int, ...], PersonaIndex, Issue | Wake]] = []
        self._answered: deque[tuple[Fiber, asyncio.Task[Any]]] = deque()
        self._fibers: dict[PersonaIndex, Fiber] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._wake: asyncio.Event | None = None
        self._error: BaseException | None = None

    async def run(self, until: Step) -> None:
        """Take everybody to commit step ``until``.

        Raises:
            MoveFailedError: a move failed on every try.
            CausalityError: the dependency rule was unsound.
            InterruptedRunError: :meth:`interrupt` was called.
        """
        loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        if self._idle_work is not None:
            self._idle_work.wake = self._wake.set
        started = loop.time()
        try:
            while True:
                self._handle(RunUntil(until))
                await self._turn_until_finished()
                if self._host.wants_barrier():
                    await self._barrier()
                elif self.scheduler.horizon >= until:
                    return
        finally:
            await self._abandon_all()
            self.measures.makespan += loop.time() - started

    def interrupt(self) -> None:
        """The user asks to stop; see :meth:`stop`."""
        self.stop(InterruptedRunError())

    def stop(self, error: BaseException) -> None:
        """End :meth:`run` with this error at its next turn; everything that has retired stays."""
        if self._error is None:
            self._error = error
        if self._wake is not None:
            self._wake.set()

    # --- the loop ----------------------------------------------------------------------------

    async def _turn_until_finished(self) -> None:
        assert self._wake is not None
        while not self.scheduler.finished:
            self._take_answers()
            self._run_some()
            if self._error is not None:
                raise self._error
            if self._ready or self._answered:
                await asyncio.sleep(0)
            elif not self.scheduler.finished:
                if not self._tasks:
                    raise AssertionError(f"deadlock:\n{explain_all(self.scheduler)}")
                await self._idle()
            if self._host.wants_barrier():
                self._handle(Drain())
        if self._error is not None:
            raise self._error

    async def _idle(self) -> None:
        """Wait until something real can go on, and work ahead meanwhile."""
        wake, idle_work = self._wake, self._idle_work
        assert wake is not None
        if idle_work is not None:
            # A model that takes no time answers within a few turns: not worth a rehearsal.
            for _ in range(_PATIENCE):
                if not wake.is_set():
                    await asyncio.sleep(0)
            while not wake.is_set() and idle_work.work():
                await asyncio.sleep(0)
        await wake.wait()
        wake.clear()

    def _take_answers(self) -> None:
        while self._answered:
            fiber, task = self._answered.popleft()
            assert fiber.move is not None
            error = task.exception()
            if error is None:
                self._switch(fiber, task.result())
            else:
                self._retry(fiber.move, error)

    def _run_some(self) -> None:
        for _ in range(min(MOVES_PER_TURN, len(self._ready))):
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
        move = self._host.begin(persona, step, self._attempts.attempt(persona))
        fiber = Fiber(lambda: self._body(move), move)
        self._fibers[persona] = fiber
        self._switch(fiber)

    def _body(self, move: Move) -> tuple[TileIndex, R] | Exception:
        try:
            return self._host.move(move)
        except Exception as error:
            return error

    def _switch(self, fiber: Fiber, *value: object) -> None:
        """Go on with a fiber until it waits for something or is done."""
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
            self._serve(fiber, outcome)

    def _serve(self, fiber: Fiber, request: Suspension) -> None:
        assert fiber.move is not None
        match request:
            case Await(coroutine):
                task = asyncio.ensure_future(coroutine)
                self._tasks.add(task)
                task.add_done_callback(lambda done: self._note_answer(fiber, done))
            case WaitFor(condition):
                self._handle(Waits(fiber.move.persona, condition))
            case Abort(error):
                self.stop(error)
        if self._idle_work is not None and not isinstance(request, Abort):
            self._idle_work.waits(fiber.move)

    def _note_answer(self, fiber: Fiber, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        move = fiber.move
        if task.cancelled():
            return
        # Marks it as seen: asyncio would report it as lost if the run ends before its turn.
        task.exception()
        if move is None or move.abandoned:
            return
        self._answered.append((fiber, task))
        if self._wake is not None:
            self._wake.set()

    def _finish(self, move: Move, next_tile: TileIndex, result: R) -> None:
        self._attempts.succeeded(move.persona)
        self.measures.completed(move.step, move.seconds, move.ordinal)
        self._results[move.persona] = result
        if self._idle_work is not None:
            self._idle_work.completed(move)
        self._handle(Completed(move.persona, next_tile))

    def _retry(self, move: Move, error: BaseException) -> None:
        """Start a failed move over on a clean copy, or give up."""
        self._abandon(move.persona)
        self._host.undo(move)
        final = self._attempts.failed(move, error)
        if final is not None:
            self.stop(final)
            return
        self.measures.retried += 1
        self.scheduler.story.note(move.persona, "failed", move.step, type(error).__name__)
        if self._idle_work is not None:
            self._idle_work.restarted(move.persona)
        self._handle(Restarted(move.persona))
        self._make_ready(Issue(move.persona, move.step), move.step)

    # --- instructions --------------------------------------------------------------------------

    def _handle(self, stimulus: Stimulus) -> None:
        for instruction in self.scheduler.handle(stimulus):
            for observe in self._observers:
                observe(instruction, self.scheduler.story.names)
            match instruction:
                case Issue(_, step):
                    self._make_ready(instruction, step)
                case Wake(persona):
                    self._make_ready(instruction, self.scheduler.commit_step(persona))
                case Commit(persona, step):
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
        left = list(self._tasks)
        for task in left:
            task.cancel()
        # No call outlives the run: the loop may be closed or run something else next.
        await asyncio.gather(*left, return_exceptions=True)
        if self._idle_work is not None:
            # Last: a move that waited for one of its calls would ask for itself.
            await self._idle_work.close()

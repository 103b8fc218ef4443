"""The driver: rehearses what comes next while no real move can continue.

Rehearsals run host code on replicas in assumed worlds, only to find out which calls will be made.
These calls are prefetched. The real moves run later, in exact order, and find the answers in the
prefetch cache. A misprediction costs tokens and never changes a result.

The smallest step is rehearsed first, so that each assumed world uses the rehearsals of all other
personas up to the step before. A rehearsal is *squashed*, and starts again from the real persona,
when that persona did not do what was rehearsed. It is *rolled back* to a step, and keeps the moves
before it, as soon as somebody in its sight at that step is, or is now predicted to be, at another
place or in another action than it assumed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Final

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.runahead.calls import AwaitAdmission, AwaitAnswer, RehearsedCalls
from ga_ooo.runahead.forwarding import Forwarding, RehearsalFactory
from ga_ooo.runahead.host import RehearsalHost
from ga_ooo.runahead.moves import MoveRunner
from ga_ooo.runahead.progress import Progress
from ga_ooo.runahead.questions import Questions
from ga_ooo.runahead.rehearsal import Rehearsal, RehearsalState
from ga_ooo.runahead.table import RehearsalTable
from ga_ooo.town.tile_versions import Presence

MOVES_PER_TURN: Final = 4
"""Rehearsed moves between two turns of the loop."""


class Runahead:
    """Keeps a rehearsal for each persona that is held or waits for the model.

    Args:
        progress: of the real personas.
        host: runs host code.
        questions: takes the calls of rehearsals.
        steps: a persona is rehearsed at most so many steps beyond its commit step.
        first: no earlier step is rehearsed.

    Attributes:
        rehearses: whether a persona is rehearsed here.
        rehearsed: number of moves that were rehearsed to their end.
    """

    def __init__(
        self,
        progress: Progress,
        host: RehearsalHost,
        questions: Questions,
        steps: int,
        first: Step = 0,
    ) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.rehearses: Callable[[PersonaIndex], bool] = lambda persona: True
        self.rehearsed = 0
        self._progress = progress
        self._host = host
        self._questions = questions
        self._steps = steps
        self._rehearsals = RehearsalTable(host.cells)
        self._calls = RehearsedCalls(
            questions, progress, self._rehearsals, self._prediction_answered
        )
        self._moves = MoveRunner(host, self._calls, self._rehearsals)
        self._forwarding = Forwarding(progress, host, questions.forecast_rates)
        self._factory = RehearsalFactory(progress, host, self._forwarding, first)
        self._queue: list[tuple[Step, PersonaIndex]] = []
        self._queued: set[PersonaIndex] = set()

    # --- events of the engine (see IdleWork) -----------------------------------------------------

    def waits(self, move: Move) -> None:
        """A real move waits for the model or for somebody."""
        self._note_changes(move)
        self._enqueue(move.persona)

    def completed(self, move: Move) -> None:
        """A real move has completed."""
        self._note_progress()
        self._note_changes(move)
        self._forwarding.ended(move.persona)
        for persona in list(self._host.handed_to(move.persona)):
            if persona != move.persona:
                self._squash(persona)
        rehearsal = self._rehearsals.get(move.persona)
        if rehearsal is not None:
            if self._calls.went_as_rehearsed(move, rehearsal):
                rehearsal.forwarded = None
            else:
                self._squash(move.persona)
        self._enqueue(move.persona)

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """A persona has committed ``step``, and its presence at the next step is known."""
        self._note_progress()
        self._host.changed(persona)
        self._questions.committed(persona, step)
        presence = self._host.known_presence(persona, step + 1)
        self._forwarding.committed(presence, step + 1)
        rehearsal = self._rehearsals.get(persona)
        if rehearsal is not None:
            if rehearsal.presences.get(step + 1) == presence:
                self._rehearsals.forget_before(persona, step + 1)
            else:
                self._squash(persona)
        self._invalidate(presence, step + 1)
        self._enqueue(persona)

    def restarted(self, persona: PersonaIndex) -> None:
        """A real move starts over."""
        self._host.changed(None)
        self._forwarding.ended(persona)
        self._squash(persona)

    def drop_all(self) -> None:
        """All personas may have changed: squash all rehearsals."""
        self._host.changed(None)
        for persona in list(self._rehearsals):
            self._squash(persona)
        self._forwarding.clear()
        self._queue.clear()
        self._queued.clear()

    def work(self) -> bool:
        """Rehearse some moves. Returns whether there is more to do right now."""
        for _ in range(MOVES_PER_TURN):
            if not self._queue:
                return False
            _, persona = heapq.heappop(self._queue)
            self._queued.discard(persona)
            if self.rehearses(persona):
                self._advance(persona)
                self._host.changed(persona)
        return bool(self._queue)

    async def close(self) -> None:
        """The run ends: squash all rehearsals, and cancel the prefetches in flight."""
        self.drop_all()
        await self._questions.close()

    # --- running host code -----------------------------------------------------------------------

    def _advance(self, persona: PersonaIndex) -> None:
        """Do what the rehearsal of a persona does next, if it can do anything now."""
        rehearsal = self._rehearsals.get(persona)
        if rehearsal is None:
            rehearsal = self._factory.start(persona)
            if rehearsal is None:
                return
            self._rehearsals.put(rehearsal)
            self._host.changed(persona)
        state = rehearsal.state
        if state is RehearsalState.BETWEEN_MOVES:
            limit = self._progress.commit_step(persona) + self._steps
            if rehearsal.step < min(limit, self._progress.until):
                outcome = self._moves.start(rehearsal)
                self._rehearsals.began(rehearsal.current)
                self._continue(rehearsal, outcome)
        elif state is RehearsalState.AWAITS_ANSWER:
            assert rehearsal.awaited is not None
            if rehearsal.awaited.answer is not None:
                answer = rehearsal.awaited.answer
                self._continue(rehearsal, self._moves.resume(rehearsal, answer))
            elif rehearsal.awaited.done.done():
                self._squash(persona)
        elif not self._restart_if_useful(rehearsal) and state is RehearsalState.AWAITS_ADMISSION:
            self._continue(rehearsal, self._moves.resume(rehearsal, None))

    def _continue(self, rehearsal: Rehearsal, outcome: Any) -> None:
        """The move of a rehearsal has ended or waits; see :meth:`MoveRunner.resume`."""
        if isinstance(outcome, Presence | BaseException):
            self._end_move(rehearsal, outcome)
        elif isinstance(outcome, AwaitAnswer):
            rehearsal.state = RehearsalState.AWAITS_ANSWER
            rehearsal.awaited = outcome.prefetch
            arrived = self._answer_arrived if outcome.is_progress else self._enqueue
            outcome.prefetch.on_done.append(lambda _: arrived(rehearsal.persona))
        elif isinstance(outcome, AwaitAdmission):
            rehearsal.state = RehearsalState.AWAITS_ADMISSION
        else:
            # The gateway gave up a request. No failure in a rehearsal is an error of the run.
            self._abandon(rehearsal)

    def _end_move(self, rehearsal: Rehearsal, outcome: Presence | BaseException) -> None:
        if isinstance(outcome, BaseException):
            # Host code may fail in a world that cannot be; then some prediction was wrong.
            suspects = rehearsal.unconfirmed_sites()
            if not suspects:
                self._abandon(rehearsal)
                return
            rehearsal.blocking_sites |= suspects
        if isinstance(outcome, BaseException) or rehearsal.current.shadow_calls:
            rehearsal.state = RehearsalState.EXHAUSTED
            self._restart_if_useful(rehearsal)
            return
        self.rehearsed += 1
        rehearsal.state = RehearsalState.BETWEEN_MOVES
        rehearsal.step += 1
        rehearsal.tile = outcome.tile
        rehearsal.presences[rehearsal.step] = outcome
        self._forward(rehearsal, outcome)
        if not rehearsal.unreliable_sites():
            rehearsal.shared_presences[rehearsal.step] = outcome
            self._invalidate(outcome, rehearsal.step)
        self._enqueue(rehearsal.persona)

    def _forward(self, rehearsal: Rehearsal, presence: Presence) -> None:
        """Let other rehearsals start from the result of a real move in flight."""
        result = self._forwarding.forward(rehearsal, presence)
        if result is None:
            return
        rehearsal.forwarded = result
        for other in result.copies:
            if other != rehearsal.persona:
                self._squash(other)
                self._enqueue(other)
        for other, shown in result.presences.items():
            if other != rehearsal.persona:
                self._invalidate(shown, rehearsal.step)

    def _answer_arrived(self, persona: PersonaIndex) -> None:
        self._note_progress()
        self._enqueue(persona)
        self.wake()

    def _prediction_answered(self, persona: PersonaIndex) -> None:
        self._note_progress()
        rehearsal = self._rehearsals.get(persona)
        if rehearsal is not None and self._restart_if_useful(rehearsal):
            self.wake()

    def _note_changes(self, move: Move) -> None:
        """A real move has changed its persona, and perhaps others."""
        is_running = self._progress.is_running(move.persona, move.step)
        handed = self._host.handed_to(move.persona) if is_running else ()
        for persona in (move.persona, *handed):
            self._host.changed(persona)

    def _note_progress(self) -> None:
        for persona in self._factory.note_progress():
            self._enqueue(persona)

    # --- squashing ------------------------------------------------------------------------------

    def _restart_if_useful(self, rehearsal: Rehearsal) -> bool:
        """Squash a rehearsal that is stuck, if a new one would find more calls."""
        stuck = (RehearsalState.EXHAUSTED, RehearsalState.AWAITS_ADMISSION)
        if rehearsal.state not in stuck or not self._calls.can_find_more(rehearsal):
            return False
        # Not rolled back: that costs less, but finds calls later (1 % of a morning).
        self._squash(rehearsal.persona)
        self._enqueue(rehearsal.persona)
        return True

    def _roll_back(self, rehearsal: Rehearsal, step: Step) -> None:
        """Rehearse the moves from ``step`` on again."""
        persona = rehearsal.persona
        self._squash(persona)
        again = self._factory.roll_back(rehearsal, step)
        if again is not None:
            self._rehearsals.put(again)
            self._host.changed(persona)
            for then, presence in again.share_confirmed():
                self._invalidate(presence, then)
        self._enqueue(persona)

    def _abandon(self, rehearsal: Rehearsal) -> None:
        """Squash a rehearsal that can reach nothing, and start no other one for now."""
        self._squash(rehearsal.persona)
        self._queued.discard(rehearsal.persona)
        self._factory.abandon(rehearsal.persona)

    def _invalidate(self, presence: Presence, step: Step) -> None:
        """Squash the rehearsals that assumed another presence of a persona in their sight."""
        for persona in self._rehearsals.contradicted(presence, step):
            rehearsal = self._rehearsals.get(persona)
            # Rolling back another one may have squashed this one.
            if rehearsal is not None and step in rehearsal.moves:
                self._roll_back(rehearsal, step)

    def _squash(self, persona: PersonaIndex) -> None:
        rehearsal = self._rehearsals.take(persona)
        if rehearsal is not None:
            self._host.changed(persona)
            self._moves.unwind(rehearsal)

    def _enqueue(self, persona: PersonaIndex) -> None:
        if persona in self._queued or not self.rehearses(persona):
            return
        rehearsal = self._rehearsals.get(persona)
        step = rehearsal.step if rehearsal is not None else self._progress.commit_step(persona)
        self._queued.add(persona)
        heapq.heappush(self._queue, (step, persona))

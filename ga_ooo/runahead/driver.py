"""Runahead: while nothing real can go on, rehearse what comes next (DESIGN section 4).

Rehearsals run host code on copies in a predicted world, only to find out what will be asked, and
put that in flight. The real moves run later, in exact order, and find the answers in the memo.
A wrong prediction costs tokens, never correctness.

The smallest step is rehearsed first, so that everybody's prediction rests on everybody else's of
the step before. A chain is dropped, and begun again from the real persona, as soon as somebody in
sight turns out (or is newly predicted) to be elsewhere or to do something else than it assumed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import Fiber, Move
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.runahead.calls import AwaitEarly, Prefetching, RehearsedCalls, Stall
from ga_ooo.runahead.forwarding import Beginnings, Forwarding
from ga_ooo.runahead.rehearsal import (
    Rehearsal,
    RehearsalHost,
    RehearsalOverError,
    Rehearsed,
    Scene,
    State,
    same_answer,
    unwind,
)
from ga_ooo.town.tile_history import Presence

MOVES_PER_TURN: Final = 4
"""Rehearsed moves between two turns of the loop."""


class Runahead:
    """Keeps a chain of rehearsals for everybody who is held or waits for the model.

    Args:
        scheduler: of the run; only asked.
        stage: runs host code.
        calls: where rehearsed calls go.
        steps: most steps that anybody is rehearsed ahead of its commit step.
        first: nobody is rehearsed before this step.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        stage: RehearsalHost,
        calls: Prefetching,
        steps: int,
        first: Step = 0,
    ) -> None:
        self._scheduler = scheduler
        self._stage = stage
        self._memo = calls.cache
        self._memo.active = True
        self._calls = RehearsedCalls(calls, self._is_alive, self._ahead, self._note_guess)
        self._steps = steps
        self._chains: dict[PersonaIndex, Rehearsal] = {}
        self._forwarding = Forwarding(scheduler, stage, calls.forecasts)
        self._beginnings = Beginnings(scheduler, stage, self._forwarding, first)
        self._queue: list[tuple[Step, PersonaIndex]] = []
        self._queued: set[PersonaIndex] = set()
        self.wake: Callable[[], None] = lambda: None

    # --- what the engine tells -----------------------------------------------------------------

    def waits(self, move: Move) -> None:
        """A real move waits for the model or for somebody."""
        self._mark(move.persona)

    def completed(self, move: Move) -> None:
        """A real move is done."""
        self._news()
        self._forwarding.over(move.persona)
        for persona in list(self._stage.touched_by(move.persona)):
            if persona != move.persona:
                self._drop(persona)
        chain = self._chains.get(move.persona)
        if chain is not None:
            rehearsed = chain.done.get(move.step)
            if (
                rehearsed is None
                or chain.step == move.step
                or rehearsed.guessed_wrong
                or rehearsed.blind
                or rehearsed.asked != move.occurrences
            ):
                self._drop(move.persona)
            else:
                chain.forwarded = None
        self._mark(move.persona)

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """A persona has committed ``step``, and its presence at the next one is known."""
        self._news()
        self._memo.passed(self._scheduler.story.names[persona], step)
        presence = self._stage.known(persona, step + 1)
        self._forwarding.committed(presence, step + 1)
        chain = self._chains.get(persona)
        if chain is not None:
            predicted = chain.presences.get(step + 1)
            if predicted != presence:
                self._drop(persona)
            else:
                chain.forget_before(step + 1)
        self._refute(presence, step + 1)
        self._mark(persona)

    def restarted(self, persona: PersonaIndex) -> None:
        """A real move starts over."""
        self._forwarding.over(persona)
        self._drop(persona)

    # --- working -------------------------------------------------------------------------------

    def work(self) -> bool:
        """Rehearse some moves. Returns whether there is more to do right now."""
        for _ in range(MOVES_PER_TURN):
            if not self._queue:
                return False
            _, persona = heapq.heappop(self._queue)
            self._queued.discard(persona)
            self._go_on(persona)
        return bool(self._queue)

    def drop_all(self) -> None:
        """Everybody may have changed: forget all rehearsals."""
        for persona in list(self._chains):
            self._drop(persona)
        self._forwarding.clear()
        self._queue.clear()
        self._queued.clear()

    async def close(self) -> None:
        """The run ends: drop everything, and cancel the calls under way."""
        self.drop_all()
        await self._memo.drop_all()

    def _go_on(self, persona: PersonaIndex) -> None:
        chain = self._chains.get(persona)
        if chain is None:
            chain = self._beginnings.begin(persona)
            if chain is None:
                return
            self._chains[persona] = chain
        if chain.state is State.BETWEEN:
            if chain.step < self._limit(persona):
                self._start(chain)
        elif chain.state is State.WAITS:
            assert chain.waits_for is not None
            if chain.waits_for.answer is not None:
                self._switch(chain, chain.waits_for.answer)
            elif chain.waits_for.done.done():
                self._drop(persona)
        elif not self._restart_if_wiser(chain) and chain.state is State.STALLED:
            self._switch(chain, None)

    def _limit(self, persona: PersonaIndex) -> Step:
        scheduler = self._scheduler
        return min(scheduler.commit_step(persona) + self._steps, scheduler.until)

    def _start(self, chain: Rehearsal) -> None:
        cast = self._stage.cast(chain.step, self._chains)
        scene = Scene(chain.actor, chain.persona, chain.step, chain.tile, cast, chain.accesses)
        move = self._stage.move(chain.persona, chain.step)
        move.rehearsal = lambda call: self._calls.ask(chain, call)
        chain.done[chain.step] = Rehearsed(scene)
        chain.fiber = Fiber(lambda: self._body(scene, move), move)
        self._switch(chain)

    def _body(self, scene: Scene, move: Move) -> Presence | BaseException:
        try:
            return self._stage.play(scene, move)
        except (Exception, RehearsalOverError) as error:
            return error

    def _switch(self, chain: Rehearsal, *value: object) -> None:
        fiber, scene = chain.fiber, chain.current.scene
        assert fiber is not None
        self._stage.enter(scene, self._chains)
        try:
            outcome = fiber.switch(*value)
        finally:
            self._stage.leave(scene)
        if fiber.dead:
            chain.fiber = None
            self._finish(chain, outcome)
            return
        if isinstance(outcome, AwaitEarly):
            chain.state, chain.waits_for = State.WAITS, outcome.early
            outcome.early.on_done.append(lambda _: self._mark_and_wake(chain.persona))
        elif isinstance(outcome, Stall):
            chain.state = State.STALLED
        else:
            # The gateway gives a request up: nothing of a rehearsal is an error of the run.
            self._give_up(chain)

    def _finish(self, chain: Rehearsal, outcome: Presence | BaseException) -> None:
        if isinstance(outcome, BaseException):
            # A predicted world need not be one that the host can live in.
            guesses = chain.open_guesses()
            if not guesses:
                self._give_up(chain)
                return
            chain.blocked_by |= guesses
            chain.state = State.RESTS
            self._restart_if_wiser(chain)
            return
        if chain.current.blind:
            chain.state = State.RESTS
            self._restart_if_wiser(chain)
            return
        chain.state = State.BETWEEN
        chain.step += 1
        chain.tile = outcome.tile
        chain.presences[chain.step] = outcome
        self._forward(chain, outcome)
        if not chain.doubtful_guesses():
            chain.told[chain.step] = outcome
            self._refute(outcome, chain.step)
        self._mark(chain.persona)

    def _forward(self, chain: Rehearsal, outcome: Presence) -> None:
        """Let others go on from what a move under way will leave."""
        forwarded = self._forwarding.forward(chain, outcome)
        if forwarded is None:
            return
        chain.forwarded = forwarded
        for other in forwarded.left:
            if other != chain.persona:
                self._drop(other)
                self._mark(other)
        for other, presence in forwarded.presences.items():
            if other != chain.persona:
                self._refute(presence, chain.step)

    def _give_up(self, chain: Rehearsal) -> None:
        self._drop(chain.persona)
        self._queued.discard(chain.persona)
        self._beginnings.give_up(chain.persona)

    # --- what its calls ask --------------------------------------------------------------------

    def _is_alive(self, chain: Rehearsal) -> bool:
        return self._chains.get(chain.persona) is chain

    def _ahead(self, chain: Rehearsal) -> int:
        return chain.step - self._scheduler.commit_step(chain.persona)

    def _note_guess(self, chain: Rehearsal) -> None:
        """An answer that the chain has guessed is there."""
        self._news()
        if self._is_alive(chain) and self._restart_if_wiser(chain):
            self.wake()

    def _restart_if_wiser(self, chain: Rehearsal) -> bool:
        """Begin again if what kept calls from being asked is known by now."""
        if chain.state not in (State.RESTS, State.STALLED) or not self._is_wiser(chain):
            return False
        self._drop(chain.persona)
        self._mark(chain.persona)
        return True

    def _is_wiser(self, chain: Rehearsal) -> bool:
        """Whether the answer to a guess that stood in the way is there by now, or a call that was
        not asked is there or worth asking."""
        if not chain.blocked_by.isdisjoint(chain.settled):
            return True
        return any(
            early.call.site in chain.blocked_by
            and early.answer is not None
            # To go on again from what was relied on brings nothing new, unless that was wrong.
            and (move is not chain.relied or not same_answer(early.answer, guess))
            for move in chain.done.values()
            for early, guess in move.guessed
        ) or self._calls.would_ask(chain)

    # --- dropping --------------------------------------------------------------------------------

    def _refute(self, presence: Presence, step: Step) -> None:
        """Drop every chain that assumed another presence of somebody in its sight."""
        for chain in list(self._chains.values()):
            rehearsed = chain.done.get(step)
            if rehearsed is None or chain.persona == presence.persona:
                continue
            assumed = rehearsed.scene.cast[presence.persona]
            if assumed == presence:
                continue
            tile = rehearsed.scene.tile
            if self._stage.sees(tile, assumed.tile) or self._stage.sees(tile, presence.tile):
                self._drop(chain.persona)
                self._mark(chain.persona)

    def _drop(self, persona: PersonaIndex) -> None:
        chain = self._chains.pop(persona, None)
        if chain is None:
            return
        fiber = chain.fiber
        if fiber is None or fiber.dead:
            return
        scene = chain.current.scene
        self._stage.enter(scene, self._chains)
        try:
            unwind(fiber)
        finally:
            self._stage.leave(scene)

    def _news(self) -> None:
        for persona in self._beginnings.news():
            self._mark(persona)

    # --- the queue -------------------------------------------------------------------------------

    def _mark(self, persona: PersonaIndex) -> None:
        if persona in self._queued:
            return
        chain = self._chains.get(persona)
        step = chain.step if chain is not None else self._scheduler.commit_step(persona)
        self._queued.add(persona)
        heapq.heappush(self._queue, (step, persona))

    def _mark_and_wake(self, persona: PersonaIndex) -> None:
        self._news()
        self._mark(persona)
        self.wake()

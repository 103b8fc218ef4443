"""The town of a host as the engine runs it: real personas, which take real moves."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.engine.protocol import EarlierCompleted
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.host.durable.keeper import Checkpoints
from ga_ooo.host.isolation.commit_order import CommitOrder
from ga_ooo.host.run._town_reads import ActiveMove, CleanCopies, TownReads
from ga_ooo.host.run.town_history import TownHistory
from ga_ooo.host.world.checkpoint import Checkpoint, CheckpointCollector
from ga_ooo.host.world.hand_over import wait_until
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.news import Execution, IdleMoves, NewsTracker
from ga_ooo.host.world.snapshot import PersonaCopy, put_back, take_copy, with_accessed
from ga_ooo.host.world.views import PersonasView, Reader
from ga_ooo.options import RunOptions
from ga_ooo.runahead.progress import Progress
from ga_ooo.town.tile_versions import Events, Presence

Record = dict[str, Any]
"""One persona's part of a movement file: movement, pronunciatio, description, chat."""


class StepWork:
    """Work at the end of steps. By default there is none, as in a replay of steps that were
    written already."""

    def retired(self, step: Step, movements: dict[str, Any]) -> None:
        """All personas have committed a step.

        Args:
            movements: the content of its movement file.
        """

    def wants_barrier(self) -> bool:
        """Whether the loop of a fork has work that needs all personas at one step."""
        return False

    def at_barrier(self, town: TownHost, step: Step) -> None:
        """Do that work."""


class PastOfTown(Protocol):
    """What rehearsals ask about the past of a town; see
    :class:`~ga_ooo.host.run.town_history.TownHistory`."""

    def presence(self, persona: PersonaIndex, step: Step) -> Presence | None: ...

    def predicted_events(
        self, tile: TileIndex, step: Step, arrivals: Iterable[Presence]
    ) -> Events: ...


class RealTown(Protocol):
    """What rehearsals ask about the real town: a :class:`TownHost`, or
    its copy in another process."""

    @property
    def names(self) -> Sequence[str]: ...

    @property
    def personas(self) -> Sequence[Any]: ...

    @property
    def people(self) -> Mapping[str, Any]: ...

    @property
    def scheduler(self) -> Progress: ...

    @property
    def history(self) -> PastOfTown: ...

    @property
    def reads(self) -> Reader: ...

    @property
    def idle(self) -> IdleMoves | None: ...

    def time_at(self, step: Step) -> datetime.datetime: ...

    def handed_to(self, persona: PersonaIndex) -> Mapping[PersonaIndex, PersonaCopy]: ...


class TownHost:
    """Implements the engine's :class:`~ga_ooo.engine.loop.host.Host` on a host's server.

    Args:
        server: the host's ``ReverieServer``; its maze already carries ``views``.
        start: the state to start from.
        work: at the end of steps.
        checkpoints: keeps the checkpoints.
        idle: see the attribute.
        new_order: gives the order in which moves take effect, once it knows how a move waits.

    Attributes:
        names: of the personas, in their order.
        personas: the host's, in that order.
        people: the ``personas`` that host code is given in a move.
        scheduler: of these personas.
        history: the past of the town.
        reads: answers the reads of host code in a move.
        idle: takes moves in which nothing happens; None to leave them to the host.
        effects: what moves do besides what personas remember, such as files.
        checkpoint: the last one; no step before it is taken again.
        whispers: so many whispers are part of the present state.
    """

    def __init__(
        self,
        server: Any,
        views: MazeViews,
        rule: DependencyRule,
        options: RunOptions,
        start: Checkpoint,
        work: StepWork,
        checkpoints: Checkpoints,
        idle: IdleMoves | None = None,
        new_order: Callable[[Callable[[Move], None]], CommitOrder] = CommitOrder,
    ) -> None:
        self.names: list[str] = list(server.personas)
        self.personas: list[Any] = list(server.personas.values())
        self.people = PersonasView(views.slot, {name: i for i, name in enumerate(self.names)})
        self.scheduler = Scheduler(self.names, start.positions, start.step, rule, options.window)
        self.checkpoint = start
        self.whispers = start.whispers
        self.wants_barrier = work.wants_barrier
        self.idle = idle
        self._views = views
        self._seed = options.seed
        self._work = work
        self._checkpoints = checkpoints
        self._clock = (server.curr_time, server.step, server.sec_per_step)
        self._collector = CheckpointCollector(options.checkpoint_steps)
        self._copies = CleanCopies(self.personas)
        self._news = NewsTracker(views.town, len(self.names), idle)
        is_exact = rule.name == "reach"
        # Under a rule weaker than reach, a persona may still come to a tile in sight. Only reading
        # the tile waits for that, so every tile is marked as one that may have events.
        self.history = TownHistory(self.names, views, start, self._news, marks_all=not is_exact)
        self.reads = TownReads(
            self.personas, self.scheduler, views, self.history, self._copies, is_exact=is_exact
        )
        self._active = self.reads.active
        self.effects = new_order(self._wait_for_turn)
        for persona, copy in zip(self.personas, start.copies, strict=True):
            put_back(persona, copy)
        for i, tile in enumerate(start.positions):
            self.history.publish(i, start.step, tile, self.personas[i].scratch)

    def time_at(self, step: Step) -> datetime.datetime:
        """Game time of a step (host: ``curr_time`` grows by ``sec_per_step`` each step)."""
        time, at, seconds = self._clock
        moment: datetime.datetime = time + datetime.timedelta(seconds=seconds) * (step - at)
        return moment

    def handed_to(self, persona: PersonaIndex) -> Mapping[PersonaIndex, PersonaCopy]:
        """Clean copies of all personas that the persona's move under way may have changed."""
        return self._active[persona].copies

    def checkpoint_at(self, step: Step) -> Checkpoint:
        """The state right before ``step``, which all personas have reached and none has begun."""
        copies = [with_accessed(take_copy(p), p) for p in self.personas]
        return self._checkpoint(step, copies)

    def changed_events(self, step: Step) -> Iterator[str]:
        """Events that personas show no more, although they were published for ``step``."""
        for i, (name, persona) in enumerate(zip(self.names, self.personas, strict=True)):
            if not self.history.shows_still(i, step, persona.scratch):
                yield f"the event that {name} shows"

    # --- see engine.loop.host.Host ----------------------------------------------------------------

    def take_at_once(
        self, persona: PersonaIndex, step: Step
    ) -> tuple[Move, TileIndex, Record] | None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        host_persona, tile = self.personas[persona], self.scheduler.tile(persona)
        if not self.reads.is_clear_of_others(persona, tile, step):
            return None
        executed = self._news.take_move(persona, host_persona, step, tile, self.time_at(step))
        if executed is None:
            return None
        move = Move(self._seed, persona, self.names[persona], step)
        self._active[persona] = ActiveMove(move, tile, True, {})
        return move, *self._outcome(host_persona, executed)

    def begin(self, persona: PersonaIndex, step: Step, attempt: int) -> Move:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        move = Move(self._seed, persona, self.names[persona], step, attempt)
        copy = self._copies.take(persona)
        tile = self.scheduler.tile(persona)
        clear = self.reads.is_clear_of_others(persona, tile, step)
        self._active[persona] = ActiveMove(move, tile, clear, {persona: copy})
        move.on_first_access = lambda: self._before_first_access(persona)
        return move

    def enter(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self.reads.enter(move)

    def move(self, move: Move) -> tuple[TileIndex, Record]:
        """See :class:`~ga_ooo.engine.loop.host.Host`; the host's own ``Persona.move``."""
        persona, tile = self.personas[move.persona], self._active[move.persona].tile
        look = self._news.before_move(persona, move.step, tile)
        executed = persona.move(
            self._views.maze,
            self.people,
            self._views.town.position(tile),
            self.time_at(move.step),
        )
        self._news.after_move(move.persona, persona, look)
        self.effects.completed(move)
        return self._outcome(persona, executed)

    def undo(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self.effects.starts_over(move)
        for persona, copy in self._active.pop(move.persona).copies.items():
            put_back(self.personas[persona], copy)
            self._copies.forget(persona)
            self._news.forget(persona)

    def commit(self, persona: PersonaIndex, step: Step, result: Record) -> Record:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        del self._active[persona]
        host_persona, tile = self.personas[persona], self.scheduler.tile(persona)
        self.history.publish(persona, step + 1, tile, host_persona.scratch)
        self._collector.reaches(persona, step + 1, host_persona)
        return result

    def retire(self, step: Step, results: list[Record]) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        movements = {
            "persona": dict(zip(self.names, results, strict=True)),
            "meta": {"curr_time": self.time_at(step).strftime("%B %d, %Y, %H:%M:%S")},
        }
        self.effects.retire(step)
        self._work.retired(step, movements)
        if self._checkpoints.is_due():
            # At the next step that no persona has reached.
            self._collector.mark(max(self.scheduler.scoreboard.commit_step) + 1)
        copies = self._collector.take(step + 1)
        if copies is not None:
            self._reach(self._checkpoint(step + 1, copies), wait=False)

    def at_barrier(self, step: Step) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self._work.at_barrier(self, step)
        # The work may have changed people (an interview reads memories). It is not done again, so
        # its effects must be durable before the run continues.
        self._copies.forget_all()
        self._news.forget_all()
        self._reach(self.checkpoint_at(step), wait=True)

    # --- helpers ---------------------------------------------------------------------------------

    def _checkpoint(self, step: Step, copies: list[PersonaCopy]) -> Checkpoint:
        return replace(self.history.checkpoint(step, copies), whispers=self.whispers)

    def _outcome(self, persona: Any, executed: Execution) -> tuple[TileIndex, Record]:
        next_tile, pronunciatio, description = executed
        record = {
            "movement": next_tile,
            "pronunciatio": pronunciatio,
            "description": description,
            # Right after the persona's own move, as in the host: a change that a later persona
            # makes in this step shows one step later.
            "chat": persona.scratch.chat,
        }
        return self._views.index(next_tile), record

    def _before_first_access(self, persona: PersonaIndex) -> None:
        copies = self._active[persona].copies
        for other, copy in copies.items():
            copies[other] = with_accessed(copy, self.personas[other])

    def _wait_for_turn(self, move: Move) -> None:
        """Wait in a move until all moves before it, in the host's own order, have completed."""
        everywhere = np.zeros(self._views.town.size, dtype=np.uint16)
        before = EarlierCompleted(everywhere, move.step, before=move.persona)
        wait_until(self.scheduler, move.persona, before)

    def _reach(self, checkpoint: Checkpoint, *, wait: bool) -> None:
        self.checkpoint = checkpoint
        self.effects.checkpoint()
        self.history.forget_before(checkpoint.step)
        self._news.forget_before(checkpoint.step)
        self._checkpoints.reached(checkpoint, wait=wait)

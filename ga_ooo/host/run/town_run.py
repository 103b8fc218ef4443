"""One run of a host's town on the engine: the engine's view of the host's server and personas."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Move, current_move
from ga_ooo.engine.protocol import Clear
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.host.world.checkpoint import Checkpoint, CheckpointCollector
from ga_ooo.host.world.hand_over import HandOverGuard, wait_until
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.news import Execution, IdleMoves, NewsTracker
from ga_ooo.host.world.snapshot import PersonaCopy, put_back, take_copy, with_accessed
from ga_ooo.host.world.views import FarPersona, PersonasView
from ga_ooo.options import RunOptions
from ga_ooo.town.tile_history import Events, Presence, SharedKey, TileHistory

Record = dict[str, Any]
"""One persona's part of a movement file: movement, pronunciatio, description, chat."""


@dataclass(slots=True)
class _ActiveMove:
    """A move under way: its clean copies, and whether its sight is settled."""

    move: Move
    tile: TileIndex
    clear: bool
    copies: dict[PersonaIndex, PersonaCopy]


class StepWork:
    """What is to be done when steps end. Nothing by default, as on the way back to a step that
    was written already."""

    def retired(self, step: Step, movements: dict[str, Any]) -> bool:
        """Everybody has committed a step.

        Returns:
            whether a checkpoint is to be taken besides the regular ones.
        """
        return False

    def reached(self, checkpoint: Checkpoint) -> None:
        """Everybody has reached the step of a checkpoint."""

    def wants_barrier(self) -> bool:
        """Whether a fork's own loop has work for which everybody must be at one step."""
        return False

    def at_barrier(self, town: TownRun, step: Step) -> None:
        """Do that work."""


class TownRun:
    """Implements the engine's :class:`~ga_ooo.engine.loop.host.Host` on a host's server.

    Args:
        server: the host's ``ReverieServer``; its maze already carries ``views``.
        start: where to start.
        work: to be done when steps end.
        idle: takes moves in which nothing happens; None to leave them to the host.
    """

    def __init__(
        self,
        server: Any,
        views: MazeViews,
        rule: DependencyRule,
        options: RunOptions,
        start: Checkpoint,
        work: StepWork,
        idle: IdleMoves | None = None,
    ) -> None:
        self.names: list[str] = list(server.personas)
        self.personas: list[Any] = list(server.personas.values())
        self.scheduler = Scheduler(self.names, start.positions, start.step, rule, options.window)
        self.checkpoint = start
        self.in_sight = views.nothing_in_sight
        self._is_exact = rule.name == "reach"
        self._views = views
        self._options = options
        self._work = work
        self.wants_barrier = work.wants_barrier
        self._news = NewsTracker(views.town, len(self.names), idle)
        self._world = TileHistory(self.names, start.events, start.before, start.step)
        self.event_tiles = self._world.tiles
        # Under a rule that promises less than reach, somebody may still come to a tile in sight;
        # only reading waits for that.
        views.mark(self.event_tiles if self._is_exact else None)
        self._first = start.step
        self._first_curr_tiles = start.curr_tiles
        self._clock = (server.curr_time, server.step, server.sec_per_step)
        self._presences: list[dict[Step, Presence]] = [
            {start.step - 1: presence} for presence in start.before
        ]
        self._active: dict[PersonaIndex, _ActiveMove] = {}
        self._last_copies: list[PersonaCopy | None] = [None] * len(self.names)
        self._collector = CheckpointCollector(options.checkpoint_steps)
        self.people = PersonasView(views.slot, {name: i for i, name in enumerate(self.names)})
        self._far = [FarPersona(views.slot, i, name) for i, name in enumerate(self.names)]
        self._guard = HandOverGuard(self.scheduler, views.reach, self._tile_at)
        for persona, copy in zip(self.personas, start.copies, strict=True):
            put_back(persona, copy)
        for persona, tile in enumerate(start.positions):
            self._publish(start.step, persona, tile)

    def time_at(self, step: Step) -> datetime.datetime:
        """Game time of a step (host: ``curr_time`` grows by ``sec_per_step`` each step)."""
        time, at, seconds = self._clock
        moment: datetime.datetime = time + datetime.timedelta(seconds=seconds) * (step - at)
        return moment

    # --- the engine's host --------------------------------------------------------------------

    def take_at_once(
        self, persona: PersonaIndex, step: Step
    ) -> tuple[Move, TileIndex, Record] | None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        host_persona, tile = self.personas[persona], self.scheduler.tile(persona)
        if not self._is_clear_of_others(persona, tile, step):
            return None
        executed = self._news.take_move(persona, host_persona, step, tile, self.time_at(step))
        if executed is None:
            return None
        move = Move(self._options.seed, persona, self.names[persona], step)
        self._active[persona] = _ActiveMove(move, tile, True, {})
        return move, *self._outcome(host_persona, executed)

    def begin(self, persona: PersonaIndex, step: Step, attempt: int) -> Move:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        move = Move(self._options.seed, persona, self.names[persona], step, attempt)
        copy = take_copy(self.personas[persona], self._last_copies[persona])
        self._last_copies[persona] = copy
        tile = self.scheduler.tile(persona)
        clear = self._is_clear_of_others(persona, tile, step)
        self._active[persona] = _ActiveMove(move, tile, clear, {persona: copy})
        move.on_first_access = lambda: self._before_first_access(persona)
        return move

    def enter(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        active = self._active[move.persona]
        views = self._views
        self.in_sight = views.sight_mask(active.tile) if active.clear else views.nothing_in_sight

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
        return self._outcome(persona, executed)

    def undo(self, move: Move) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        for persona, copy in self._active.pop(move.persona).copies.items():
            put_back(self.personas[persona], copy)
            self._last_copies[persona] = None
            self._news.forget(persona)

    def commit(self, persona: PersonaIndex, step: Step, result: Record) -> Record:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        del self._active[persona]
        self._publish(step + 1, persona, self.scheduler.tile(persona))
        self._collector.reaches(persona, step + 1, self.personas[persona])
        return result

    def retire(self, step: Step, results: list[Record]) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        movements = {
            "persona": dict(zip(self.names, results, strict=True)),
            "meta": {"curr_time": self.time_at(step).strftime("%B %d, %Y, %H:%M:%S")},
        }
        if self._work.retired(step, movements):
            # At the next step that nobody has reached.
            self._collector.mark(max(self.scheduler.scoreboard.commit_step) + 1)
        copies = self._collector.take(step + 1)
        if copies is not None:
            self._reach(self._checkpoint(step + 1, copies))

    def at_barrier(self, step: Step) -> None:
        """See :class:`~ga_ooo.engine.loop.host.Host`."""
        self._work.at_barrier(self, step)
        # The work may have changed people (an interview reads memories), and is not done again.
        self._last_copies = [None] * len(self.names)
        self._news.forget_all()
        self._reach(self.checkpoint_at(step))

    # --- reads of host code (see views.Reader) ------------------------------------------------

    def read(self, tile: TileIndex) -> Events:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        if move is None:
            return self.events_at(tile, self.scheduler.horizon - 1)
        active = self._active[move.persona]
        if not active.clear:
            self._settle_sight(active)
        if not self.in_sight[tile]:
            wait_until(
                self.scheduler,
                move.persona,
                Clear(self._views.reach.to_tile(tile), move.step),
            )
        while True:
            events = self._world.events(tile, move.step, self._is_clear)
            if not isinstance(events, SharedKey):
                return events
            wait_until(self.scheduler, move.persona, self._condition(events))

    def hand_over(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        if move is None or other == move.persona:
            return self.personas[other]
        active = self._active[move.persona]
        if other in active.copies:
            return self.personas[other]
        if not self._guard.grant(move, other):
            return self._far[other]
        persona = self.personas[other]
        copy = self._last_copies[other] = take_copy(persona, self._last_copies[other])
        accesses = move.on_first_access is None
        active.copies[other] = with_accessed(copy, persona) if accesses else copy
        return persona

    def tile_of(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        assert move is not None
        step = self._guard.step_of_known_tile(move, other)
        if step < self._first:
            return self._first_curr_tiles[other]
        return self._views.town.position(self._tile_at(other, step))

    def refuse(self, other: PersonaIndex, attribute: str) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        move = current_move()
        assert move is not None
        self._guard.refuse(move, other, f"{attribute} of somebody out of sight")

    # --- checkpoints --------------------------------------------------------------------------

    def checkpoint_at(self, step: Step) -> Checkpoint:
        """Everybody at ``step``, which all of them have reached and nobody has begun."""
        return self._checkpoint(step, [with_accessed(take_copy(p), p) for p in self.personas])

    # --- for rehearsals (see reverie.rehearsal) -------------------------------------------------

    def handed_to(self, persona: PersonaIndex) -> Mapping[PersonaIndex, PersonaCopy]:
        """Everybody that the persona's move under way may have changed, as they were before."""
        return self._active[persona].copies

    def presence(self, persona: PersonaIndex, step: Step) -> Presence | None:
        """A persona's presence at a step, if it is known."""
        return self._presences[persona].get(step)

    def predicted_events(self, tile: TileIndex, step: Step, arrivals: Iterable[Presence]) -> Events:
        """See :meth:`~ga_ooo.town.tile_history.TileHistory.predicted`."""
        return self._world.predicted(tile, step, arrivals)

    # --- for the end of a run -----------------------------------------------------------------

    def events_at(self, tile: TileIndex, step: Step) -> Events:
        """Events of a tile at a step that everybody has reached."""
        events = self._world.events(tile, step, lambda _: True)
        assert not isinstance(events, SharedKey)
        return events

    def all_events(self, step: Step) -> dict[TileIndex, Events]:
        """Events of all tiles that ever had any, at a step that everybody has reached."""
        return {tile: self.events_at(tile, step) for tile in list(self.event_tiles)}

    def position_at(self, persona: PersonaIndex, step: Step) -> tuple[int, int]:
        """``(x, y)`` of a persona at a step between the checkpoint and its commit step."""
        return self._views.town.position(self._tile_at(persona, step))

    # --- helpers ------------------------------------------------------------------------------

    def _tile_at(self, persona: PersonaIndex, step: Step) -> TileIndex:
        return self._presences[persona][step].tile

    def _outcome(self, persona: Any, executed: Execution) -> tuple[TileIndex, Record]:
        next_tile, pronunciatio, description = executed
        record = {
            "movement": next_tile,
            "pronunciatio": pronunciatio,
            "description": description,
            # Right after the persona's own move, as in the host: what a later persona does to
            # it in this step shows one step later.
            "chat": persona.scratch.chat,
        }
        return self._views.index(next_tile), record

    def _publish(self, step: Step, persona: PersonaIndex, tile: TileIndex) -> None:
        scratch = self.personas[persona].scratch
        presence = Presence(
            persona,
            tile,
            scratch.get_curr_event_and_desc(),
            None if scratch.planned_path else scratch.get_curr_obj_event_and_desc(),
        )
        before = self._presences[persona].get(step - 1)
        if before == presence:
            # Most people stay as they are; one object makes the versions' comparisons cheap.
            presence = before
        else:
            self._news.note_change(step, before, presence)
        self._presences[persona][step] = presence
        if tile not in self.event_tiles:
            self._views.mark([tile])
        self._world.publish(step, presence)

    def _before_first_access(self, persona: PersonaIndex) -> None:
        copies = self._active[persona].copies
        for touched, copy in copies.items():
            copies[touched] = with_accessed(copy, self.personas[touched])

    def _is_clear_of_others(self, persona: PersonaIndex, tile: TileIndex, step: Step) -> bool:
        """Whether nobody can come into sight of the tile unknown."""
        if self._is_exact:
            return True
        sight = Clear(self._views.reach.to_sight(tile), step)
        return self.scheduler.scoreboard.wait_hold(persona, sight) is None

    def _settle_sight(self, active: _ActiveMove) -> None:
        """Under a rule that promises less than reach, wait until sight itself is settled."""
        sight = self._views.reach.to_sight(active.tile)
        wait_until(self.scheduler, active.move.persona, Clear(sight, active.move.step))
        active.clear = True
        self.in_sight = self._views.sight_mask(active.tile)

    def _condition(self, key: SharedKey) -> Clear:
        row = self._views.holder_row(key.object_event[0])
        return Clear(row, key.step, first=key.after + 1)

    def _is_clear(self, key: SharedKey) -> bool:
        if self.scheduler.horizon >= key.step:
            # Nobody is behind, wherever they could come: the row need not be known.
            return True
        move = current_move()
        assert move is not None
        return self.scheduler.scoreboard.wait_hold(move.persona, self._condition(key)) is None

    def _reach(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self._forget(checkpoint.step)
        self._work.reached(checkpoint)

    def _checkpoint(self, step: Step, copies: list[PersonaCopy]) -> Checkpoint:
        everybody = range(len(self.names))
        return Checkpoint(
            step=step,
            copies=copies,
            positions=[self._tile_at(persona, step) for persona in everybody],
            before=[self._presences[persona][step - 1] for persona in everybody],
            events=self.all_events(step - 1),
            curr_tiles=[self.position_at(persona, step - 1) for persona in everybody],
        )

    def _forget(self, horizon: Step) -> None:
        emptied = self._world.forget(horizon)
        if self._is_exact:
            # Under any other rule all tiles stay marked.
            self._views.unmark(emptied)
        self._news.forget_before(horizon)
        for presences in self._presences:
            for step in [u for u in presences if u < horizon - 1]:
                del presences[step]

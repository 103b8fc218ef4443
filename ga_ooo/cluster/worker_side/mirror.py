"""The real town in a worker, as far as the main process has described it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from ga_ooo.cluster.frames import Begin, PersonaProgress, Shown
from ga_ooo.cluster.states.outlines import Outline
from ga_ooo.cluster.worker_side.absent import AbsentPersona
from ga_ooo.cluster.worker_side.receivers import Replicas
from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.durable.values.tags import Modules
from ga_ooo.host.run.town_history import TownHistory
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.news import IdleMoves, NewsTracker
from ga_ooo.host.world.snapshot import PersonaCopy, take_copy
from ga_ooo.host.world.views import PersonasView
from ga_ooo.town.tile_versions import Events

_FORGET_EVERY = 64
"""Frames, and steps of the horizon, after which the past is dropped."""


class MirroredProgress:
    """Implements :class:`~ga_ooo.runahead.progress.Progress`.

    Args:
        count: of personas.

    Attributes:
        until: the step before which the run ends for now.
    """

    def __init__(self, count: int, step: Step) -> None:
        self.until = step
        self._personas = [PersonaProgress(i, step, Phase.HELD, 0, 0, []) for i in range(count)]

    def __getitem__(self, persona: PersonaIndex) -> PersonaProgress:
        return self._personas[persona]

    def update(self, progress: PersonaProgress) -> None:
        """A persona is elsewhere by now."""
        self._personas[progress.persona] = progress

    def commit_step(self, persona: PersonaIndex) -> Step:
        """See :class:`~ga_ooo.runahead.progress.Progress`."""
        return self._personas[persona].commit_step

    def phase(self, persona: PersonaIndex) -> Phase:
        """See :class:`~ga_ooo.runahead.progress.Progress`."""
        return Phase(self._personas[persona].phase)

    def is_running(self, persona: PersonaIndex, step: Step) -> bool:
        """See :class:`~ga_ooo.runahead.progress.Progress`."""
        found = self._personas[persona]
        return found.phase == Phase.RUNNING and found.commit_step == step

    def next_tile(self, persona: PersonaIndex) -> TileIndex:
        """See :class:`~ga_ooo.runahead.progress.Progress`."""
        return self._personas[persona].next_tile

    def next_move(self, persona: PersonaIndex) -> tuple[Step, TileIndex]:
        """See :class:`~ga_ooo.runahead.progress.Progress`."""
        found = self._personas[persona]
        if found.phase == Phase.COMPLETED:
            return found.commit_step + 1, found.next_tile
        return found.commit_step, found.tile


class _Handed(Mapping[PersonaIndex, PersonaCopy]):
    """Clean copies of the personas that a move under way may have changed. The main process sends
    only clean states, so each copy is made of the replica, and only when it is needed."""

    def __init__(self, personas: list[Any], handed: list[PersonaIndex]) -> None:
        self._personas = personas
        self._handed = handed

    def __getitem__(self, persona: PersonaIndex) -> PersonaCopy:
        if persona not in self._handed:
            raise KeyError(persona)
        return take_copy(self._personas[persona])

    def __iter__(self) -> Iterator[PersonaIndex]:
        return iter(self._handed)

    def __len__(self) -> int:
        return len(self._handed)


class _NoReads:
    """The reader while no rehearsal runs: no host code runs then."""

    def __init__(self, history: TownHistory) -> None:
        self.event_tiles = history.event_tiles
        self.in_sight: frozenset[TileIndex] = frozenset()

    def read(self, tile: TileIndex) -> Events:
        raise AssertionError("host code reads a tile outside of a rehearsal")

    def hand_over(self, other: PersonaIndex) -> Any:
        raise AssertionError("host code asks for a persona outside of a rehearsal")

    def tile_of(self, other: PersonaIndex) -> Any:
        raise AssertionError("host code asks for a tile outside of a rehearsal")

    def refuse(self, other: PersonaIndex, attribute: str) -> Any:
        raise AssertionError("host code reads a persona outside of a rehearsal")


class MirroredTown:
    """Implements :class:`~ga_ooo.host.run.rehearsal.RealTown`.

    Args:
        begin: the town when the worker joined.
        views: of its map.
        own: objects that the main process refers to by name.
        modules: of the host, by name.
        idle: takes moves in which nothing happens; None to leave them to the host.

    Attributes:
        replicas: of the personas.
    """

    def __init__(
        self,
        begin: Begin,
        views: MazeViews,
        own: Mapping[str, Any],
        modules: Modules,
        idle: IdleMoves | None,
    ) -> None:
        self.idle = idle
        self.names = begin.names
        self.replicas = Replicas(len(begin.names), own, modules, self._absent)
        self.personas = self.replicas.personas
        self._position = views.town.position
        self.people = PersonasView(views.slot, {name: i for i, name in enumerate(begin.names)})
        self.scheduler = MirroredProgress(len(begin.names), begin.step)
        start = Checkpoint(
            step=begin.step,
            copies=[],
            positions=[],
            before=begin.before,
            events={tile: frozenset(events) for tile, events in begin.events},
            curr_tiles=[],
        )
        news = NewsTracker(views.town, len(begin.names), None)
        self.history = TownHistory(begin.names, views, start, news, marks_all=False)
        self.reads = _NoReads(self.history)
        self._clock = begin.clock
        self._forgotten = begin.step
        self._frames = 0
        self._handed: dict[PersonaIndex, list[PersonaIndex]] = {}

    def time_at(self, step: Step) -> datetime.datetime:
        """See :class:`~ga_ooo.host.run.rehearsal.RealTown`."""
        time, at, seconds = self._clock
        return time + datetime.timedelta(seconds=seconds) * (step - at)

    def handed_to(self, persona: PersonaIndex) -> Mapping[PersonaIndex, PersonaCopy]:
        """See :class:`~ga_ooo.host.run.rehearsal.RealTown`."""
        handed = self._handed.get(persona) or self.scheduler[persona].handed
        return _Handed(self.personas, handed)

    def _absent(self, persona: PersonaIndex, outline: Outline) -> AbsentPersona:
        def next_step() -> Step:
            return self.scheduler.next_move(persona)[0]

        return AbsentPersona(outline, next_step, self._position)

    def show(self, shown: Shown) -> None:
        """A persona is present at some steps."""
        for step in range(shown.first, shown.last + 1):
            self.history.add(step, shown.presence)

    def completing(self, persona: PersonaIndex, handed: list[PersonaIndex]) -> None:
        """The event of a completed move is handled next: it may have changed these personas."""
        self._handed = {persona: handed}

    def handled(self) -> None:
        """The event is handled."""
        self._handed = {}

    def forget_past(self) -> None:
        """A frame is used: drop what is before all personas, from time to time.

        They are where the frames say. The main process may be further: what was before its own
        personas can still be the future of a replica.
        """
        self._frames += 1
        if self._frames % _FORGET_EVERY:
            return
        horizon = min(map(self.scheduler.commit_step, range(len(self.names))))
        if horizon >= self._forgotten + _FORGET_EVERY:
            self._forgotten = horizon
            self.history.forget_before(horizon)

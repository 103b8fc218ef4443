"""Runs rehearsed moves of host code: replicas of personas in assumed worlds.

Host code in an assumed world reads tile events without making them final, is handed replicas of
other personas, and writes to nothing real.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.host.run.rehearsal.assumptions import Assumptions, presence_of
from ga_ooo.host.run.town_host import RealTown
from ga_ooo.host.world.access_times import Accesses, AccessTimes
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.news import IdleMoves
from ga_ooo.host.world.snapshot import PersonaCopy, accessed_since, make_replica, take_copy
from ga_ooo.runahead.rehearsal import AssumedWorld, Rehearsal, RehearsalState
from ga_ooo.town.cells import Cells
from ga_ooo.town.tile_versions import Events, Presence


class _EventTiles(Collection[TileIndex]):
    """Tiles that may hold events: known ones, and those of assumed presences."""

    def __init__(self, known: Collection[TileIndex]) -> None:
        self._known = known
        self.assumed: Collection[TileIndex] = ()

    def __contains__(self, tile: object) -> bool:
        return tile in self._known or tile in self.assumed

    def __iter__(self) -> Iterator[TileIndex]:
        return iter({*self._known, *self.assumed})

    def __len__(self) -> int:
        return len({*self._known, *self.assumed})


class TownRehearsalHost:
    """Implements :class:`~ga_ooo.runahead.host.RehearsalHost` on a town run; while a world is
    entered, it is also the :class:`~ga_ooo.host.world.views.Reader` of host code.

    Args:
        run: the real personas, versions and presences of the run.
        views: of its map.
        access_times: of the host's memory nodes.
        seed: run seed.
    """

    def __init__(
        self, run: RealTown, views: MazeViews, access_times: AccessTimes, seed: int
    ) -> None:
        self.in_sight: frozenset[TileIndex] = frozenset()
        self.event_tiles = _EventTiles(run.reads.event_tiles)
        self._run = run
        self._views = views
        self._access_times = access_times
        self._seed = seed
        self._world: AssumedWorld | None = None
        self._rehearsals: Mapping[PersonaIndex, Rehearsal] = {}
        self._events: dict[TileIndex, Events] = {}
        self._assumptions = Assumptions(run, views)
        self._arena: list[int] = views.town.arena.ravel().tolist()
        self._last_copies: list[PersonaCopy | None] = [None] * len(run.names)

    # --- for the driver (see RehearsalHost) ------------------------------------------------------

    @property
    def cells(self) -> Cells:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        return self._views.cells

    def start_copy(self, persona: PersonaIndex, access_times: Accesses) -> PersonaCopy:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        if self._run.scheduler.phase(persona) is not Phase.RUNNING:
            return self._copy_of(persona)
        clean = self._run.handed_to(persona)[persona]
        access_times.update((id(node), (node, then)) for node, then in accessed_since(clean))
        return clean

    def changed(self, persona: PersonaIndex | None) -> None:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        self._assumptions.changed(persona)

    def presences(
        self, step: Step, tile: TileIndex, rehearsals: Mapping[PersonaIndex, Rehearsal]
    ) -> dict[PersonaIndex, Presence]:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        return self._assumptions.in_sight(step, tile, rehearsals)

    def known_presence(self, persona: PersonaIndex, step: Step) -> Presence:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        presence = self._run.history.presence(persona, step)
        assert presence is not None
        return presence

    def handed_to(self, persona: PersonaIndex) -> Iterable[PersonaIndex]:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        return self._run.handed_to(persona)

    def new_move(self, persona: PersonaIndex, step: Step) -> Move:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        return Move(self._seed, persona, self._run.names[persona], step)

    def take_at_once(self, world: AssumedWorld, before: AssumedWorld | None) -> Presence | None:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        idle = self._run.idle
        if idle is None or not self._finds_nothing(idle, world, before):
            return None
        position = self._views.town.position(world.tile)
        executed = idle.take(world.replica, position, self._run.time_at(world.step))
        if executed is None:
            return None
        return self.presence_of(world.persona, self._views.index(executed[0]), world.replica)

    def _finds_nothing(
        self, idle: IdleMoves, world: AssumedWorld, before: AssumedWorld | None
    ) -> bool:
        """Whether nothing in sight is new to the replica."""
        state = idle.perception_state(world.replica)
        if (
            before is None
            or before.found_nothing != state
            or not looks_same(before, world, self._arena)
        ):
            position = self._views.town.position(world.tile)
            self._show(world)
            try:
                if not idle.finds_nothing(world.replica, self._views.maze, position):
                    return False
            finally:
                self._hide()
        world.found_nothing = state
        return True

    def run_move(self, world: AssumedWorld, move: Move) -> Presence:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        views = self._views
        try:
            next_tile, _, _ = world.replica.move(
                views.maze,
                self._run.people,
                views.town.position(world.tile),
                self._run.time_at(move.step),
            )
        finally:
            if move.effects is not None:
                move.effects.pause()
        return self.presence_of(world.persona, views.index(next_tile), world.replica)

    def copy(self, replica: Any, last: PersonaCopy | None = None) -> PersonaCopy:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        return take_copy(replica, last)

    def make_replica(self, persona: PersonaIndex, copy: PersonaCopy) -> Any:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        return make_replica(self._run.personas[persona], copy)

    def presence_of(self, persona: PersonaIndex, tile: TileIndex, replica: Any) -> Presence:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        return presence_of(persona, tile, replica.scratch, arrived=not replica.scratch.planned_path)

    def enter(self, world: AssumedWorld, rehearsals: Mapping[PersonaIndex, Rehearsal]) -> None:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        self._rehearsals = rehearsals
        self._show(world)
        self._access_times.show(world.access_times)

    def leave(self) -> None:
        """See :class:`~ga_ooo.runahead.host.RehearsalHost`."""
        self._access_times.hide()
        self._hide()

    def _show(self, world: AssumedWorld) -> None:
        """Answer reads of the town as of this world."""
        self._world = world
        # Nothing real changes before the world is left, and the host reads its tiles twice.
        self._events = {}
        self._views.slot.reader = self
        self.in_sight = self._views.tiles_in_sight(world.tile)
        assumed = self._assumptions.by_tile(world)
        self.event_tiles.assumed = assumed
        self._views.mark(assumed)

    def _hide(self) -> None:
        self._world = None
        self._views.slot.reader = self._run.reads

    # --- reads of host code (see views.Reader) --------------------------------------------------

    def read(self, tile: TileIndex) -> Events:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        events = self._events.get(tile)
        if events is None:
            step = self._entered.step
            events = self._run.history.predicted_events(tile, step, self._arrivals(tile))
            self._events[tile] = events
        return events

    def hand_over(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        world = self._entered
        if other == world.persona:
            return world.replica
        if other not in world.handed:
            world.handed[other] = self._replica_to_hand_over(world, other)
        return world.handed[other]

    def tile_of(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        world = self._entered
        presence = world.presences.get(other)
        if presence is None:
            presence = self._assumptions.presence(other, world.step, self._rehearsals)
        return self._views.town.position(presence.tile)

    def refuse(self, other: PersonaIndex, attribute: str) -> Any:
        """Never called: in an assumed world no persona is far."""
        raise AssertionError(f"{attribute} of {self._run.names[other]} was refused in a rehearsal")

    def _arrivals(self, tile: TileIndex) -> Collection[Presence]:
        """The presences on a tile that are not known yet."""
        world = self._entered
        if tile in self.in_sight:
            return self._assumptions.by_tile(world).get(tile, ())
        return self._assumptions.arrivals(tile, world.step, self._rehearsals)

    # --- replicas --------------------------------------------------------------------------------

    def _replica_to_hand_over(self, world: AssumedWorld, other: PersonaIndex) -> Any:
        """A replica of another persona, as near to the rehearsed step as is known."""
        if self._run.scheduler.is_running(world.persona, world.step):
            clean = self._run.handed_to(world.persona).get(other)
            if clean is not None:
                # The real move of this step has it, and may have changed it.
                for node, then in accessed_since(clean):
                    node.last_accessed = then
                return self.make_replica(other, clean)
        rehearsal = self._rehearsals.get(other)
        if rehearsal is None:
            return self._replica_of(other)
        if rehearsal.step == world.step and rehearsal.state is RehearsalState.BETWEEN_MOVES:
            return make_replica(rehearsal.replica, take_copy(rehearsal.replica))
        if rehearsal.forwarded is not None:
            return self.make_replica(other, rehearsal.forwarded.copies[other])
        return self._replica_of(other)

    def _replica_of(self, persona: PersonaIndex) -> Any:
        """A replica of the real persona as it is now."""
        return self.make_replica(persona, self._copy_of(persona))

    def _copy_of(self, persona: PersonaIndex) -> PersonaCopy:
        """A copy of the real persona as it is now."""
        original = self._run.personas[persona]
        copy = self._last_copies[persona] = take_copy(original, self._last_copies[persona])
        return copy

    @property
    def _entered(self) -> AssumedWorld:
        assert self._world is not None
        return self._world


def looks_same(before: AssumedWorld, world: AssumedWorld, arena: Sequence[int]) -> bool:
    """Whether a persona that has stayed on its tile sees the same personas as one step before, and
    they do the same.

    Args:
        before: the world of the step before.
        world: the world of the step.
        arena: of each tile. Sight ends at the walls of an arena.
    """
    if before.tile != world.tile:
        return False
    if before.presences == world.presences:
        return True
    here = arena[world.tile]
    return [p for p in before.presences.values() if arena[p.tile] == here] == [
        p for p in world.presences.values() if arena[p.tile] == here
    ]

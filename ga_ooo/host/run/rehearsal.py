"""Rehearsals of the host's moves: copies of personas in a predicted world.

Implements :class:`~ga_ooo.runahead.rehearsal.RehearsalHost` on a town run. Host code in a scene
reads versions without making them final, is handed copies of others, and writes to nothing real.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.fibers import Move
from ga_ooo.host.run.town_run import TownRun
from ga_ooo.host.world.access_times import Accesses, AccessTimes
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.snapshot import PersonaCopy, accessed_since, make_replica, take_copy
from ga_ooo.runahead.rehearsal import Rehearsal, Scene, State
from ga_ooo.town.tile_history import Events, Presence


class _EventTiles(Collection[TileIndex]):
    """Tiles on which anything is known, or predicted, to lie."""

    def __init__(self, known: Collection[TileIndex]) -> None:
        self._known = known
        self.predicted: Collection[TileIndex] = ()

    def __contains__(self, tile: object) -> bool:
        return tile in self._known or tile in self.predicted

    def __iter__(self) -> Any:
        return iter({*self._known, *self.predicted})

    def __len__(self) -> int:
        return len({*self._known, *self.predicted})


class TownRehearsalHost:
    """Where rehearsals of one town run play.

    Args:
        run: the real run.
        views: of its map.
        access_times: of the host's memory nodes.
        seed: run seed.
    """

    sight_is_settled = True

    def __init__(
        self, run: TownRun, views: MazeViews, access_times: AccessTimes, seed: int
    ) -> None:
        self.in_sight = views.nothing_in_sight
        self.event_tiles = _EventTiles(run.event_tiles)
        self._run = run
        self._views = views
        self._access_times = access_times
        self._seed = seed
        self._scene: Scene | None = None
        self._read: dict[TileIndex, Events] = {}
        self._chains: dict[PersonaIndex, Rehearsal] = {}
        self._copies: list[PersonaCopy | None] = [None] * len(run.names)

    # --- for the driver -------------------------------------------------------------------------

    def actor(self, persona: PersonaIndex, accesses: Accesses) -> Any:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        if self._run.scheduler.phase(persona) is Phase.RUNNING:
            return self._as_before(persona, self._run.handed_to(persona)[persona], accesses)
        return self._copy(persona, self._run.personas[persona])

    def cast(self, step: Step, chains: dict[PersonaIndex, Rehearsal]) -> list[Presence]:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        return [
            self._run.presence(persona, step) or self._predict(persona, step, chains.get(persona))
            for persona in range(len(self._run.names))
        ]

    def known(self, persona: PersonaIndex, step: Step) -> Presence:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        presence = self._run.presence(persona, step)
        assert presence is not None
        return presence

    def touched_by(self, persona: PersonaIndex) -> Iterable[PersonaIndex]:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        return self._run.handed_to(persona)

    def sees(self, tile: TileIndex, other: TileIndex) -> bool:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        return bool(self._views.sight_mask(tile)[other])

    def move(self, persona: PersonaIndex, step: Step) -> Move:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        return Move(self._seed, persona, self._run.names[persona], step)

    def play(self, scene: Scene, move: Move) -> Presence:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        views = self._views
        next_tile, _, _ = scene.actor.move(
            views.maze,
            self._run.people,
            views.town.position(scene.tile),
            self._run.time_at(move.step),
        )
        return _presence(scene.persona, views.index(next_tile), scene.actor.scratch)

    def keep(self, actor: Any) -> PersonaCopy:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        return take_copy(actor)

    def revive(self, persona: PersonaIndex, kept: PersonaCopy) -> Any:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        return make_replica(self._run.personas[persona], kept)

    def shown(self, persona: PersonaIndex, tile: TileIndex, actor: Any) -> Presence:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        return _presence(persona, tile, actor.scratch)

    def enter(self, scene: Scene, chains: dict[PersonaIndex, Rehearsal]) -> None:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        self._scene, self._chains = scene, chains
        # Until it is left nothing real changes, and the host looks at its tiles twice.
        self._read = {}
        self._views.slot.reader = self
        self.in_sight = self._views.sight_mask(scene.tile)
        arrivals = self._predicted(scene)
        self.event_tiles.predicted = arrivals
        self._views.mark(arrivals)
        self._access_times.show(scene.accesses)

    def leave(self, scene: Scene) -> None:
        """See :class:`~ga_ooo.runahead.rehearsal.RehearsalHost`."""
        self._access_times.hide()
        self._scene = None
        self._views.slot.reader = self._run

    # --- reads of host code (see views.Reader) --------------------------------------------------

    def read(self, tile: TileIndex) -> Events:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        events = self._read.get(tile)
        if events is None:
            scene = self._the_scene
            arrivals = self._predicted(scene).get(tile, ())
            events = self._run.predicted_events(tile, scene.step, arrivals)
            self._read[tile] = events
        return events

    def hand_over(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        scene = self._the_scene
        if other == scene.persona:
            return scene.actor
        if other not in scene.guests:
            scene.guests[other] = self._guest(scene, other)
        return scene.guests[other]

    def _guest(self, scene: Scene, other: PersonaIndex) -> Any:
        chain = self._chains.get(other)
        if self._run.scheduler.is_running(scene.persona, scene.step):
            clean = self._run.handed_to(scene.persona).get(other)
            if clean is not None:
                return self._as_before(other, clean, scene.accesses)
        if chain is not None and chain.step == scene.step and chain.state is State.BETWEEN:
            return make_replica(chain.actor, take_copy(chain.actor))
        if chain is not None and chain.forwarded is not None:
            return self.revive(other, chain.forwarded.left[other])
        return self._copy(other, self._run.personas[other])

    def tile_of(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        return self._views.town.position(self._the_scene.cast[other].tile)

    def refuse(self, other: PersonaIndex, attribute: str) -> Any:
        """Never asked: nobody is far in a scene."""
        raise AssertionError(f"{attribute} of {self._run.names[other]} was refused in a scene")

    # --- predicting -----------------------------------------------------------------------------

    @property
    def _the_scene(self) -> Scene:
        assert self._scene is not None
        return self._scene

    def _predicted(self, scene: Scene) -> dict[TileIndex, list[Presence]]:
        """Everybody whose presence is not known yet, by tile."""
        if scene.arrivals is None:
            scene.arrivals = {}
            for presence in scene.cast:
                if self._run.presence(presence.persona, scene.step) is None:
                    scene.arrivals.setdefault(presence.tile, []).append(presence)
        return scene.arrivals

    def _predict(self, persona: PersonaIndex, step: Step, chain: Rehearsal | None) -> Presence:
        if chain is not None:
            rehearsed = chain.told.get(step)
            if rehearsed is not None:
                return rehearsed
            if chain.step in chain.told and chain.state is State.BETWEEN and chain.step <= step:
                return self._walk_on(persona, chain.actor, chain.tile, step - chain.step)
        since, tile = self._run.scheduler.next_move(persona)
        return self._walk_on(persona, self._run.personas[persona], tile, step - since)

    def _walk_on(
        self, persona: PersonaIndex, host_persona: Any, tile: TileIndex, steps: int
    ) -> Presence:
        """Along the planned path, doing what it does."""
        scratch = host_persona.scratch
        path = scratch.planned_path
        if path and steps:
            tile = self._views.index(path[min(steps, len(path)) - 1])
        return _presence(persona, tile, scratch, arrived=len(path) <= steps)

    def _as_before(self, persona: PersonaIndex, clean: PersonaCopy, accesses: Accesses) -> Any:
        """A copy of somebody whom a real move is changing, from before that move."""
        for node, then in accessed_since(clean):
            if self._scene is not None:
                node.last_accessed = then
            else:
                accesses[id(node)] = (node, then)
        return make_replica(self._run.personas[persona], clean)

    def _copy(self, persona: PersonaIndex, original: Any) -> Any:
        copy = self._copies[persona] = take_copy(original, self._copies[persona])
        return make_replica(original, copy)


def _presence(
    persona: PersonaIndex, tile: TileIndex, scratch: Any, *, arrived: bool | None = None
) -> Presence:
    if arrived is None:
        arrived = not scratch.planned_path
    return Presence(
        persona,
        tile,
        scratch.get_curr_event_and_desc(),
        scratch.get_curr_obj_event_and_desc() if arrived else None,
    )

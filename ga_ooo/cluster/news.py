"""What has changed in the real town since the workers last heard of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from ga_ooo.cluster.frames import Begin, Event, EventKind, PersonaProgress, Shown
from ga_ooo.cluster.states.outlines import Outline, outline_of
from ga_ooo.cluster.states.senders import StateChange, StateSender
from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.host.run.town_host import TownHost
from ga_ooo.host.world.access_times import AccessTimes
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.snapshot import PersonaCopy, make_part, take_copy
from ga_ooo.runahead.predictor import HitRates
from ga_ooo.town.tile_versions import Presence

_MOST_EVENTS: Final = 4096
"""So many events are kept until the engine is idle."""


class TownNews:
    """Gathers changes of the town; nothing is computed before it is to be sent.

    Args:
        server: the host's.
        town: its personas.
        views: of the map.
        access_times: of the host's memory nodes.
        sender: of the states of the personas.
    """

    def __init__(
        self,
        server: Any,
        town: TownHost,
        views: MazeViews,
        access_times: AccessTimes,
        sender: StateSender,
    ) -> None:
        self._server = server
        self._town = town
        self._views = views
        self._sender = sender
        self._access_times = access_times
        self._changed: set[PersonaIndex] = set()
        self._moved: set[PersonaIndex] = set()
        self._outlines: dict[PersonaIndex, Outline] = {}
        self._runs: dict[PersonaIndex, tuple[Step, Step, Presence]] = {}
        self._shown: list[Shown] = []
        self._accessed: dict[int, Any] = {}
        # Sent together with the states and presences that they are about.
        self._events: list[Event] = []
        self._changed_at: float | None = None

    def close(self) -> None:
        """Notice nothing until the town is described again."""
        self._events.clear()
        self._access_times.on_write = None

    def restart(self) -> None:
        """No worker knows the town: gather from now on what changes after this moment."""
        self._access_times.on_write = self._note_access
        for persona in range(len(self._town.names)):
            self._sender.forget(persona)
        self._changed, self._moved = set(), set()
        self._accessed.clear()
        self._outlines.clear()
        self._runs.clear()
        self._shown = []
        self._events.clear()

    def begin(self, ahead: int, first: Step, rates: HitRates) -> Begin:
        """The town at the commit horizon."""
        town, server = self._town, self._server
        people, step = range(len(town.names)), town.scheduler.horizon
        return Begin(
            town.names,
            str(server.maze.maze_name),
            self._views.reach.radius,
            (town.time_at(step), step, server.sec_per_step),
            step,
            [self._presence(persona, step - 1) for persona in people],
            [(tile, list(events)) for tile, events in town.history.all_events(step - 1).items()],
            ahead,
            first,
            [(*count,) for count in rates.counts()],
        )

    def whole(self) -> tuple[list[Shown], list[PersonaProgress], list[bytes]]:
        """What a worker needs besides :meth:`begin`: the presences since the commit horizon, and
        the progress and outlines of all personas."""
        scheduler, people = self._town.scheduler, range(len(self._town.names))
        shown = [
            Shown(step, step, self._presence(persona, step))
            for persona in people
            for step in range(scheduler.horizon, scheduler.commit_step(persona) + 1)
        ]
        under_way = self._handed_over()
        outlines = [self._encoded(p, self._outline(p, under_way.get(p))) for p in people]
        return shown, [self._progress(persona) for persona in people], outlines

    def happened(self, event: Event) -> None:
        """Note an event of the engine."""
        if len(self._events) == _MOST_EVENTS:
            # The engine has not been idle for long: what was rehearsed before is of no use.
            self._events = [Event(EventKind.DROP_ALL)]
        self._events.append(event)
        if self._changed_at is None:
            self._changed_at = time.monotonic()

    def moved(self, persona: PersonaIndex) -> None:
        """The phase of a persona has changed."""
        self._moved.add(persona)

    def changed(self, personas: Iterable[PersonaIndex]) -> None:
        """The states of personas have changed."""
        self._changed.update(personas)

    def committed(self, persona: PersonaIndex, step: Step) -> None:
        """The presence of a persona after ``step`` is known."""
        presence = self._presence(persona, step + 1)
        run = self._runs.get(persona)
        if run is not None and run[1] == step and run[2] is presence:
            self._runs[persona] = (run[0], step + 1, presence)
            return
        if run is not None:
            self._shown.append(Shown(*run))
        self._runs[persona] = (step + 1, step + 1, presence)

    def take_events(self) -> tuple[list[Event], float | None]:
        """The events since the last time, and the monotonic time of the first one."""
        events, self._events = self._events, []
        changed_at, self._changed_at = self._changed_at, None
        return events, changed_at

    def take_shown(self) -> list[Shown]:
        """The presences since the last time."""
        shown = [*self._shown, *(Shown(*run) for run in self._runs.values())]
        self._shown, self._runs = [], {}
        return shown

    def take_progress(self) -> list[PersonaProgress]:
        """The progress of the personas that have moved."""
        moved, self._moved = self._moved, set()
        return [self._progress(persona) for persona in sorted(moved)]

    def take_changes(
        self,
        is_held: Callable[[PersonaIndex], bool],
        is_outlined: Callable[[PersonaIndex], bool],
    ) -> tuple[dict[PersonaIndex, bytes], dict[PersonaIndex, bytes]]:
        """The changes of states, and outlines that say something new, by persona.

        Args:
            is_held: whether a worker has the state of a persona.
            is_outlined: whether a worker has the outline of a persona.

        Raises:
            UnknownStateError: a persona holds something that no worker can be sent.
        """
        if not self._changed and not self._accessed:
            # So it is mostly; looking at everybody takes long in a large town.
            return {}, {}
        under_way = self._handed_over()
        accessed: defaultdict[PersonaIndex, list[Any]] = defaultdict(list)
        kept: dict[int, Any] = {}
        for key, node in self._accessed.items():
            owner = self._sender.owner(node)
            if owner is not None and owner in under_way:
                # The clean copy has the access time before.
                kept[key] = node
            elif owner is not None:
                accessed[owner].append(node)
        changed, self._changed, self._accessed = self._changed, set(), kept
        states = {
            persona: self._sender.change(
                persona, self._copy(persona, under_way.get(persona)), accessed[persona]
            )
            for persona in sorted(changed | accessed.keys())
            if is_held(persona)
        }
        outlines = {
            persona: found
            for persona in sorted(changed)
            if is_outlined(persona)
            and (found := self._new_outline(persona, under_way.get(persona))) is not None
        }
        return states, outlines

    def state(self, persona: PersonaIndex) -> bytes:
        """The whole state of a persona, as :meth:`take_changes` will change it.

        Raises:
            UnknownStateError: the persona holds something that no worker can be sent.
        """
        if self._sender.last(persona) is not None:
            return self._sender.whole(persona)
        copy = self._copy(persona, self._handed_over().get(persona))
        return self._sender.change(persona, copy, [])

    def outline(self, persona: PersonaIndex) -> bytes:
        """The outline of a persona."""
        return self._encoded(persona, self._outline(persona, self._handed_over().get(persona)))

    def forget(self, persona: PersonaIndex) -> None:
        """No worker has the state of the persona any more."""
        self._sender.forget(persona)

    def _copy(self, persona: PersonaIndex, clean: PersonaCopy | None) -> PersonaCopy:
        if clean is not None:
            return clean
        return take_copy(self._town.personas[persona], self._sender.last(persona))

    def _new_outline(self, persona: PersonaIndex, clean: PersonaCopy | None) -> bytes | None:
        """The outline of a persona; None if it says nothing new."""
        before = self._outlines.get(persona)
        outline = self._outline(persona, clean)
        return (
            None if before is not None and before.says(outline) else self._encoded(persona, outline)
        )

    def _outline(self, persona: PersonaIndex, clean: PersonaCopy | None) -> Outline:
        original = self._town.personas[persona]
        scratch = original.scratch if clean is None else make_part(original, clean, "scratch")
        since, _ = self._town.scheduler.next_move(persona)
        outline = self._outlines[persona] = outline_of(scratch, since, self._views.index)
        return outline

    def _encoded(self, persona: PersonaIndex, outline: Outline) -> bytes:
        return msgspec.msgpack.encode(StateChange(persona, False, [], None, outline))

    def _handed_over(self) -> dict[PersonaIndex, PersonaCopy]:
        """Clean copies of all personas that moves under way may have changed."""
        scheduler = self._town.scheduler
        copies: dict[PersonaIndex, PersonaCopy] = {}
        for persona in range(len(self._town.names)):
            if scheduler.phase(persona) is Phase.RUNNING:
                for other, copy in self._town.handed_to(persona).items():
                    copies.setdefault(other, copy)
        return copies

    def _progress(self, persona: PersonaIndex) -> PersonaProgress:
        scheduler = self._town.scheduler
        phase = scheduler.phase(persona)
        tile = scheduler.tile(persona)
        next_tile = scheduler.next_tile(persona) if phase is Phase.COMPLETED else tile
        handed = [] if phase is Phase.HELD else list(self._town.handed_to(persona))
        commit = scheduler.commit_step(persona)
        return PersonaProgress(persona, commit, phase, tile, next_tile, handed)

    def _presence(self, persona: PersonaIndex, step: Step) -> Presence:
        presence = self._town.history.presence(persona, step)
        assert presence is not None, "committed, so it is known"
        return presence

    def _note_access(self, node: Any) -> None:
        self._accessed[id(node)] = node

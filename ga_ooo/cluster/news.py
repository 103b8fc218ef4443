"""What has changed in the real town since the workers last heard of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from ga_ooo.cluster.frames import Begin, PersonaProgress, Shown
from ga_ooo.cluster.senders import StateSender
from ga_ooo.engine.hazards import Phase
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.host.run.town_host import TownHost
from ga_ooo.host.world.access_times import AccessTimes
from ga_ooo.host.world.snapshot import PersonaCopy, take_copy
from ga_ooo.runahead.predictor import HitRates
from ga_ooo.town.tile_versions import Presence


class TownNews:
    """Gathers changes of the town; nothing is computed before it is to be sent.

    Args:
        server: the host's.
        town: its personas.
        access_times: of the host's memory nodes.
        sender: of the states of the personas.
    """

    def __init__(
        self, server: Any, town: TownHost, access_times: AccessTimes, sender: StateSender
    ) -> None:
        self._server = server
        self._town = town
        self._sender = sender
        self._access_times = access_times
        self._changed: set[PersonaIndex] = set(range(len(town.names)))
        self._moved: set[PersonaIndex] = set(self._changed)
        self._runs: dict[PersonaIndex, tuple[Step, Step, Presence]] = {}
        self._shown: list[Shown] = []
        self._accessed: dict[int, Any] = {}

    def close(self) -> None:
        """Notice no access times until the town is described again."""
        self._access_times.on_write = None

    def restart(self) -> None:
        """No worker knows the town: gather from now on what changes after this moment."""
        self._access_times.on_write = self._note_access
        self._sender.forget_all()
        self._changed, self._moved = set(), set()
        self._accessed.clear()
        self._runs.clear()
        self._shown = []
        # The states are those of this moment; :meth:`whole` describes them.
        under_way = self._handed_over()
        for persona, original in enumerate(self._town.personas):
            self._sender.keep(persona, under_way.get(persona) or take_copy(original))

    def begin(self, radius: int, ahead: int, first: Step, rates: HitRates) -> Begin:
        """The town at the commit horizon."""
        town, server = self._town, self._server
        people, step = range(len(town.names)), town.scheduler.horizon
        return Begin(
            town.names,
            str(server.maze.maze_name),
            radius,
            (town.time_at(step), step, server.sec_per_step),
            step,
            [self._presence(persona, step - 1) for persona in people],
            [(tile, list(events)) for tile, events in town.history.all_events(step - 1).items()],
            ahead,
            first,
            [(*count,) for count in rates.counts()],
        )

    def whole(self) -> tuple[list[Shown], list[PersonaProgress], list[bytes]]:
        """What a worker needs besides :meth:`begin`: the presences since the commit horizon, the
        progress of all personas, and their states as they were sent to the other workers."""
        scheduler, people = self._town.scheduler, range(len(self._town.names))
        shown = [
            Shown(step, step, self._presence(persona, step))
            for persona in people
            for step in range(scheduler.horizon, scheduler.commit_step(persona) + 1)
        ]
        states = [self._sender.whole(persona) for persona in people]
        return shown, [self._progress(persona) for persona in people], states

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

    def take_shown(self) -> list[Shown]:
        """The presences since the last time."""
        shown = [*self._shown, *(Shown(*run) for run in self._runs.values())]
        self._shown, self._runs = [], {}
        return shown

    def take_progress(self) -> list[PersonaProgress]:
        """The progress of the personas that have moved."""
        moved, self._moved = self._moved, set()
        return [self._progress(persona) for persona in sorted(moved)]

    def take_states(self) -> Iterator[bytes]:
        """The changes of states.

        Raises:
            UnknownStateError: a persona holds something that no worker can be sent.
        """
        if not self._changed and not self._accessed:
            # So it is mostly; looking at everybody takes long in a large town.
            return
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
        for persona in sorted(changed | accessed.keys()):
            copy = under_way.get(persona)
            if copy is None:
                original = self._town.personas[persona]
                copy = take_copy(original, self._sender.last(persona))
            yield self._sender.change(persona, copy, accessed[persona])

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

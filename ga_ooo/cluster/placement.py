"""Placement: which worker rehearses whom.

The rehearsals of one worker see each other's results, but not those of other workers. So personas
who see each other, or live together, should share a worker, while all workers get about as many
personas.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from typing import Any, Final

from ga_ooo.cluster.channel import Channel
from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.host.run.town_host import TownHost

_HOME: Final = 0.5
"""Weight of a common home; having been in sight at one look counts 1."""

_DECAY: Final = 0.8
"""What is left of a weight at the next look."""

_STAY: Final = 1.0
"""Weight of staying: a move to another worker ends a rehearsal."""

_AGAIN: Final = 30
"""Steps of the commit horizon after which personas are placed again."""

_SPARE: Final = 1.2
"""A worker may get so many times its equal share, so that groups stay together."""


class Placement:
    """Who sees whom, and who is where.

    Args:
        homes: of the personas, in their order; those with equal homes live together.
    """

    def __init__(self, homes: Sequence[Hashable]) -> None:
        self._homes = homes
        self._seen: defaultdict[tuple[PersonaIndex, PersonaIndex], float] = defaultdict(float)
        self._at: dict[PersonaIndex, int] = {}

    def look(self, in_sight: Iterable[tuple[PersonaIndex, PersonaIndex]]) -> None:
        """Note who sees whom now.

        Args:
            in_sight: pairs of personas, the smaller index first.
        """
        for pair, weight in list(self._seen.items()):
            self._seen[pair] = weight * _DECAY
            if weight < _DECAY**10:
                del self._seen[pair]
        for pair in in_sight:
            self._seen[pair] += 1.0

    def assign(self, workers: Sequence[int]) -> dict[int, list[PersonaIndex]]:
        """The personas of each worker, the most connected ones placed first.

        Args:
            workers: that work now.
        """
        count = len(self._homes)
        assigned: dict[int, list[PersonaIndex]] = {worker: [] for worker in workers}
        if not workers:
            return assigned
        near = self.near()
        room = math.ceil(count / len(workers) * _SPARE) if len(workers) > 1 else count
        at: dict[PersonaIndex, int] = {}
        order = sorted(range(count), key=lambda p: (-sum(near[p].values()), p))
        for persona in order:
            pull = dict.fromkeys(workers, 0.0)
            for other, weight in near[persona].items():
                if other in at:
                    pull[at[other]] += weight
            before = self._at.get(persona)
            if before in pull:
                pull[before] += _STAY
            free = [worker for worker in workers if len(assigned[worker]) < room]
            best = max(free, key=lambda w: (pull[w], -len(assigned[w]), -w))
            assigned[best].append(persona)
            at[persona] = best
        self._at = at
        return {worker: sorted(personas) for worker, personas in assigned.items()}

    def near(self) -> list[dict[PersonaIndex, float]]:
        """For each persona: whom it should share a worker with, and how much."""
        near: list[dict[PersonaIndex, float]] = [{} for _ in self._homes]
        at_home: defaultdict[Hashable, list[PersonaIndex]] = defaultdict(list)
        for persona, home in enumerate(self._homes):
            if home is not None:
                at_home[home].append(persona)
        for together in at_home.values():
            for persona in together:
                near[persona].update({other: _HOME for other in together if other != persona})
        for (one, other), weight in self._seen.items():
            near[one][other] = near[one].get(other, 0.0) + weight
            near[other][one] = near[other].get(one, 0.0) + weight
        return near


class Assignment:
    """Says from time to time which worker should rehearse whom.

    Args:
        town: the real personas.
        tiles_in_sight: of a tile.
    """

    def __init__(
        self, town: TownHost, tiles_in_sight: Callable[[TileIndex], Container[TileIndex]]
    ) -> None:
        self._town = town
        self._tiles_in_sight = tiles_in_sight
        self._placement = Placement([home_of(persona) for persona in town.personas])
        self._assigned_at: Step | None = None

    def assign_again(self) -> None:
        """There are other workers than before: assign all personas at the next chance."""
        self._assigned_at = None

    def assign(self, channels: Sequence[Channel]) -> dict[Channel, list[PersonaIndex]] | None:
        """The personas of each worker that has the town; None if it is not yet time.

        Args:
            channels: of all workers.
        """
        horizon = self._town.scheduler.horizon
        if self._assigned_at is not None and horizon < self._assigned_at + _AGAIN:
            return None
        self._assigned_at = horizon
        tiles = [self._town.scheduler.tile(persona) for persona in range(len(self._town.names))]
        self._placement.look(pairs_in_sight(tiles, self._tiles_in_sight))
        workers = [index for index, channel in enumerate(channels) if channel.has_town]
        chosen = self._placement.assign(workers)
        return {channels[index]: personas for index, personas in chosen.items()}

    def near(self) -> list[set[PersonaIndex]]:
        """For each persona: who lives with it, or has been in its sight lately."""
        return [set(others) for others in self._placement.near()]


def pairs_in_sight(
    tiles: Sequence[TileIndex], tiles_in_sight: Callable[[TileIndex], Container[TileIndex]]
) -> list[tuple[PersonaIndex, PersonaIndex]]:
    """The pairs of personas who see each other, the smaller index first.

    Args:
        tiles: of the personas, in their order.
        tiles_in_sight: of a tile.
    """
    pairs: list[tuple[PersonaIndex, PersonaIndex]] = []
    for persona, tile in enumerate(tiles):
        seen = tiles_in_sight(tile)
        pairs += [(other, persona) for other in range(persona) if tiles[other] in seen]
    return pairs


def home_of(persona: Any) -> str | None:
    """Where a persona of the host lives, down to the sector; None if it has no such place."""
    area = getattr(persona.scratch, "living_area", None)
    return ":".join(area.split(":")[:2]) if isinstance(area, str) and area else None

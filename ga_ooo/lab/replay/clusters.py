"""The paper's rule as the paper runs it: in clusters (AI Metropolis, section 3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.lab.replay.feeders import Scheduled, Turn, Unordered
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.town.rules import EuclideanRule


class Clusters:
    """Who is coupled moves together, as one unit.

    Personas at one step that are within the radius and one step of each other, or linked by
    others that are, form a cluster. It starts when nobody behind blocks any of them, and all of
    them go on when the last has finished.

    Args:
        radius: perception radius in tiles.
    """

    def __init__(self, towns: Towns, radius: float) -> None:
        self._scheduled = Scheduled(
            towns, lambda reach: Unordered(EuclideanRule(reach.town, radius))
        )
        self._ready: set[Turn] = set()
        self._cluster_of: dict[Turn, list[Turn]] = {}
        self._running: dict[Turn, int] = {}

    def start(self) -> Iterable[Turn]:
        """See :class:`~ga_ooo.lab.replay.feeders.Feeder`."""
        return self._formed(self._scheduled.start())

    def completed(self, turn: Turn) -> Iterable[Turn]:
        """See :class:`~ga_ooo.lab.replay.feeders.Feeder`."""
        cluster = self._cluster_of.pop(turn)
        first = cluster[0]
        self._running[first] -= 1
        if self._running[first]:
            return []
        del self._running[first]
        issued: list[Turn] = []
        for member in cluster:
            issued += self._scheduled.completed(member)
        return self._formed(issued)

    def _formed(self, unblocked: Iterable[Turn]) -> list[Turn]:
        """The members of all clusters that are whole now."""
        newly = list(unblocked)
        self._ready.update(newly)
        started: list[Turn] = []
        for turn in newly:
            if turn not in self._ready:
                continue
            cluster = self._cluster(turn)
            if self._ready.issuperset(cluster):
                self._ready.difference_update(cluster)
                self._running[cluster[0]] = len(cluster)
                self._cluster_of.update(dict.fromkeys(cluster, cluster))
                started += cluster
        return started

    def _cluster(self, turn: Turn) -> list[Turn]:
        """Everybody at the step of ``turn`` that is linked to it."""
        step = turn[1]
        found: dict[PersonaIndex, None] = {turn[0]: None}
        queue = deque(found)
        while queue:
            for other in self._scheduled.coupled(queue.popleft()):
                if other not in found:
                    found[other] = None
                    queue.append(other)
        return [(persona, step) for persona in found]

"""The dependency rule of AI Metropolis as its authors run it: in clusters (section 3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.lab.replay.schedules import EngineSchedule, PersonaStep, UnorderedRule
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.town.rules import EuclideanRule


class ClusterSchedule:
    """Coupled personas take a step together.

    Personas at the same step form a cluster if they are within the radius plus one step of each
    other, or linked by others that are. A cluster starts when no persona behind it blocks a
    member; its members continue when the last of them has completed.

    Args:
        radius: perception radius in tiles.
    """

    def __init__(self, towns: Towns, radius: float) -> None:
        self._scheduled = EngineSchedule(
            towns, lambda reach: UnorderedRule(EuclideanRule(reach.town, radius))
        )
        self._ready: set[PersonaStep] = set()
        self._cluster_of: dict[PersonaStep, list[PersonaStep]] = {}
        self._running: dict[PersonaStep, int] = {}

    def start(self) -> Iterable[PersonaStep]:
        """See :class:`~ga_ooo.lab.replay.schedules.Schedule`."""
        return self._formed(self._scheduled.start())

    def completed(self, persona_step: PersonaStep) -> Iterable[PersonaStep]:
        """See :class:`~ga_ooo.lab.replay.schedules.Schedule`."""
        cluster = self._cluster_of.pop(persona_step)
        first = cluster[0]
        self._running[first] -= 1
        if self._running[first]:
            return []
        del self._running[first]
        issued: list[PersonaStep] = []
        for member in cluster:
            issued += self._scheduled.completed(member)
        return self._formed(issued)

    def _formed(self, unblocked: Iterable[PersonaStep]) -> list[PersonaStep]:
        """The members of all clusters whose members are all unblocked now."""
        newly = list(unblocked)
        self._ready.update(newly)
        started: list[PersonaStep] = []
        for persona_step in newly:
            if persona_step not in self._ready:
                continue
            cluster = self._cluster(persona_step)
            if self._ready.issuperset(cluster):
                self._ready.difference_update(cluster)
                self._running[cluster[0]] = len(cluster)
                self._cluster_of.update(dict.fromkeys(cluster, cluster))
                started += cluster
        return started

    def _cluster(self, persona_step: PersonaStep) -> list[PersonaStep]:
        """All persona steps that are linked to ``persona_step``."""
        step = persona_step[1]
        found: dict[PersonaIndex, None] = {persona_step[0]: None}
        queue = deque(found)
        while queue:
            for other in self._scheduled.coupled(queue.popleft()):
                if other not in found:
                    found[other] = None
                    queue.append(other)
        return [(persona, step) for persona in found]

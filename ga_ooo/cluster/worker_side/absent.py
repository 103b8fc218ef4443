"""Personas of which a worker has an outline and no state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ga_ooo.cluster.states.outlines import Outline
from ga_ooo.cluster.worker_side.receivers import Replicas
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.engine.loop.fibers import suspend
from ga_ooo.host.run.rehearsal import TownRehearsalHost
from ga_ooo.runahead.calls import AwaitAdmission


class AbsentPersona:
    """Has what rehearsals ask of a persona that they see from afar.

    Args:
        outline: of the persona.
        next_step: the first step that it has not completed.
        position: ``(x, y)`` of a tile.
    """

    def __init__(
        self, outline: Outline, next_step: Callable[[], Step], position: Callable[[int], Any]
    ) -> None:
        self.scratch = self
        self._outline = outline
        self._next_step = next_step
        self._position = position

    @property
    def planned_path(self) -> list[Any]:
        """See the host's ``Scratch``; likewise the methods."""
        return [self._position(tile) for tile in self._outline.path_at(self._next_step())]

    def get_curr_event_and_desc(self) -> Any:
        return self._outline.event

    def get_curr_obj_event_and_desc(self) -> Any:
        return self._outline.object_event


class Needs:
    """The personas whose states rehearsals wait for."""

    def __init__(self) -> None:
        self._asked: list[PersonaIndex] = []
        self._waiting: defaultdict[PersonaIndex, set[PersonaIndex]] = defaultdict(set)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to ask for."""
        return not self._asked

    def wait(self, waiting: PersonaIndex, other: PersonaIndex) -> None:
        """The rehearsal of a persona needs the state of another one."""
        if other not in self._waiting:
            self._asked.append(other)
        self._waiting[other].add(waiting)

    def take(self) -> list[PersonaIndex]:
        """Those that are to be asked for."""
        asked, self._asked = self._asked, []
        return asked

    def arrived(self, other: PersonaIndex) -> set[PersonaIndex]:
        """The state of a persona is here. Returns the personas whose rehearsals have waited."""
        return self._waiting.pop(other, set())


class WorkerRehearsalHost(TownRehearsalHost):
    """A rehearsal that meets a persona without a replica waits until the state is here.

    Args:
        replicas: of the personas.
        needs: see :class:`Needs`.
    """

    def __init__(self, *args: Any, replicas: Replicas, needs: Needs) -> None:
        super().__init__(*args)
        self._replicas = replicas
        self._needs = needs

    def hand_over(self, other: PersonaIndex) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        world = self._entered
        while other not in world.handed and not self._replicas.has(other):
            self._needs.wait(world.persona, other)
            suspend(AwaitAdmission())  # type: ignore[arg-type] # the driver reads it
        return super().hand_over(other)

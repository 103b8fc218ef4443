"""Observers of a run: one object, whose methods are called as the run proceeds.

Derive a class from :class:`Observer` and define the methods of interest. The others do nothing,
and cost nothing: :class:`Observers` calls only methods that a class defines itself.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ga_ooo.engine.ids import Step
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.model.requests import CallReport, ModelAnswer, ModelCall
from ga_ooo.town.map import TownMap


@dataclass(frozen=True)
class StretchStart:
    """A stretch of a run that begins: one call of the host's ``start_server``.

    Attributes:
        scheduler: all personas are at the first step. While the stretch runs, the scheduler knows
            who is held by whom (:func:`ga_ooo.engine.graph.dependency_graph`).
        town: the map.
        radius: the largest sight radius of all personas, in tiles.
        map_name: as the host names the map.
        time: game time of the first step.
        step_length: game time that one step takes.
        clock: seconds of the run's loop, wall clock or virtual.
    """

    scheduler: Scheduler
    town: TownMap
    radius: int
    map_name: str
    time: datetime.datetime
    step_length: datetime.timedelta
    clock: Callable[[], float]


class Observer:
    """Is notified of a run. All methods do nothing; a subclass overrides some of them.

    Personas are named as the host names them. Step numbers are the host's.
    """

    def working_on(self, work: str) -> None:
        """The run does work that may take seconds and is no step, such as importing the host.

        Args:
            work: in words that follow "the run is", such as ``importing the host``.
        """

    def forking(self, scenario: str) -> None:
        """The host is about to fork a scenario. An error ends that, and leaves nothing behind."""

    def forked(self, simulation: Path) -> None:
        """The host has forked a scenario into this folder. An error ends the run."""

    def begun(self, start: StretchStart) -> None:
        """A stretch of steps is about to run out of order. An error ends the run."""

    def issued(self, persona: str, step: Step) -> None:
        """A persona's move is about to start."""

    def completed(self, persona: str, step: Step) -> None:
        """A persona's move has returned."""

    def failed(self, persona: str, step: Step, error: str) -> None:
        """An attempt at a move has failed with an error of this type, and another one starts."""

    def committed(self, persona: str, step: Step) -> None:
        """All effects of a persona at a step are final, and about to be published."""

    def retired(self, step: Step, movements: dict[str, Any]) -> None:
        """All personas have committed a step, and the step's files are written.

        Args:
            movements: the content of the movement file; not to be changed.
        """

    def checkpoint_due(self, step: Step) -> None:
        """The checkpoint of a step that all personas have reached is about to be written.

        A run that is killed later resumes from this step, and takes no earlier step again. So notes
        about earlier steps must be on disk when this returns.
        """

    def call_asked(self, call: ModelCall) -> None:
        """A move asks the model. Called on the stack of the host code that asks."""

    def call_started(self, call: ModelCall) -> None:
        """A model call of a move is about to go out."""

    def call_finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """A model call of a move was answered."""

    def call_served(self, call: ModelCall, answer: ModelAnswer, report: CallReport) -> None:
        """The model has answered a call of a move or of a rehearsal.

        Not called where an answer comes from the journal, or from an earlier call.

        Args:
            answer: as the model gave it.
            report: the server, and the number of attempts.
        """

    def prefetch_started(self, call: ModelCall) -> None:
        """A rehearsal puts a call in flight before a move needs the answer."""

    def prefetch_finished(self, call: ModelCall, answer: ModelAnswer) -> None:
        """A call that a rehearsal put in flight was answered."""

    def prefetch_used(self, asked: ModelCall, call: ModelCall) -> None:
        """A move takes an answer that it did not ask for itself.

        Args:
            asked: the call that was put in flight, by a rehearsal or by another move.
            call: the call of the move that takes the answer.
        """


_EVENTS: Final = tuple(name for name in vars(Observer) if not name.startswith("_"))

_RAISED_AT_ONCE: Final = ("forking", "forked", "begun")
"""Events at which no move is under way."""


class Observers(Observer):
    """Several observers as one. Each event goes to all of them, in the order of the list."""

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        self._methods: dict[str, list[Callable[..., None]]] = {event: [] for event in _EVENTS}
        for observer in observers:
            self.add(observer)

    def add(self, observer: Observer) -> None:
        """Notify another observer from now on, after those that are there already."""
        for event in _EVENTS:
            if _defines(observer, event):
                self._methods[event].append(getattr(observer, event))
                setattr(self, event, _all_of(self._methods[event]))


class Guarded(Observer):
    """An observer whose errors stop the run in order.

    If an observer raised in the middle of a move, the bare ``except`` clauses of host code would
    catch the error, or the engine would take it for a failure of the move.

    Args:
        observer: the observer to be guarded.
        stop: ends the run with an error, at a consistent step.
    """

    def __init__(self, observer: Observer, stop: Callable[[Exception], None]) -> None:
        for event in _EVENTS:
            if _defines(observer, event):
                method = getattr(observer, event)
                guarded = method if event in _RAISED_AT_ONCE else _guarded(method, stop)
                setattr(self, event, guarded)


def _defines(observer: Observer, event: str) -> bool:
    method = getattr(observer, event)
    return getattr(method, "__func__", method) is not getattr(Observer, event)


def _all_of(methods: list[Callable[..., None]]) -> Callable[..., None]:
    if len(methods) == 1:
        return methods[0]
    fixed = tuple(methods)

    def notify(*values: Any) -> None:
        for method in fixed:
            method(*values)

    return notify


def _guarded(method: Callable[..., None], stop: Callable[[Exception], None]) -> Callable[..., None]:
    def notify(*values: Any) -> None:
        try:
            method(*values)
        except Exception as error:
            stop(error)

    return notify

"""What the main process has to say to one worker, and what it has heard of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ga_ooo.cluster.frames import (
    Answered,
    Begin,
    Event,
    EventKind,
    PersonaProgress,
    Replied,
    Shown,
    ToWorker,
)
from ga_ooo.cluster.pool import Worker
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.model.requests import ModelCall, ModelRequest
from ga_ooo.runahead.predictor import CallContext

_MOST_RESTARTS: Final = 20
"""A worker that fails more often is left alone for the rest of the stretch."""


@dataclass(eq=False)
class Channel:
    """One worker, as the main process sees it.

    Attributes:
        worker: the worker.
        is_up: whether it works.
        begin: the town, if it has not been described to the worker yet.
        outstanding: frames that it has not replied to.
        sent: number of frames sent.
        received: number of frames received.
        requests: those that it has sent, by fingerprint.
        not_sent: questions whose calls were not sent, with call and context.
        restarts: how often it has failed.
    """

    worker: Worker
    is_up: bool = True
    begin: Begin | None = None
    mine: list[PersonaIndex] | None = None
    assigned: frozenset[PersonaIndex] = frozenset()
    shown: list[Shown] = field(default_factory=list)
    progress: dict[PersonaIndex, PersonaProgress] = field(default_factory=dict)
    states: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    replies: list[Replied] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    findable: list[tuple[int, PersonaIndex]] = field(default_factory=list)
    outstanding: int = 0
    sent: int = 0
    received: int = 0
    requests: dict[str, ModelRequest] = field(default_factory=dict)
    not_sent: dict[int, tuple[ModelCall, PersonaIndex, CallContext]] = field(default_factory=dict)
    restarts: int = 0

    @property
    def may_restart(self) -> bool:
        """Whether it has not failed too often."""
        return self.restarts <= _MOST_RESTARTS

    @property
    def has_content(self) -> bool:
        """Whether there is something to say."""
        return bool(
            self.begin is not None
            or self.mine is not None
            or self.shown
            or self.progress
            or self.states
            or self.events
            or self.replies
            or self.answers
            or self.findable
        )

    def concerns(self, event: Event) -> bool:
        """Whether the worker must hear of an event: that a persona waits concerns the worker that
        rehearses it; all else changes what others assume."""
        return event.kind is not EventKind.WAITS or event.persona in self.assigned

    def forget(self) -> None:
        """The worker begins again: forget all that was said, and all that was to be said."""
        self.begin, self.mine, self.assigned = None, None, frozenset()
        self.outstanding = 0
        for waiting in (self.shown, self.states, self.events, self.replies, self.answers):
            waiting.clear()
        self.findable.clear()
        self.progress.clear()
        self.requests.clear()
        self.not_sent.clear()

    def forget_town(self, begin: Begin) -> None:
        """The worker gets the whole town, and needs nothing of what was to be said before."""
        self.shown, self.states, self.events = [], [], []
        self.progress.clear()
        self.begin, self.assigned = begin, frozenset()

    def take(self, until: Step, horizon: Step, *, waits: bool) -> ToWorker:
        """The next frame, with all that is to be said."""
        self.sent += 1
        frame = ToWorker(
            self.sent,
            until,
            horizon,
            waits,
            self.begin,
            self.mine,
            self.shown,
            list(self.progress.values()),
            self.states,
            self.events,
            self.replies,
            self.answers,
            self.findable,
        )
        self.begin = self.mine = None
        self.shown, self.states, self.events = [], [], []
        self.replies, self.answers, self.findable = [], [], []
        self.progress.clear()
        return frame

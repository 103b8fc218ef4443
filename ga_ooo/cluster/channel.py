"""What the main process has to say to one worker, and what it has heard of it."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from ga_ooo.cluster.frames import (
    Answered,
    Begin,
    Event,
    EventKind,
    FromWorker,
    PersonaProgress,
    Replied,
    Shown,
    ToWorker,
)
from ga_ooo.cluster.pool import Worker
from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.model.requests import ModelCall, ModelRequest
from ga_ooo.runahead.predictor import CallContext
from ga_ooo.runahead.prefetch import Prefetch

_MOST_FAILURES: Final = 20
_FAILURE_SECONDS: Final = 300.0
"""A worker that fails so often in so many seconds is left alone for the rest of the stretch."""

_MOST_OUTSTANDING: Final = 2
"""Frames that a worker may have in hand. It holds back its reply to one until there is news."""

_OUTCOMES: Final = 8
"""So many calls are looked at, with each frame, whether their outcome is known."""


@dataclass(eq=False)
class Channel:
    """One worker, as the main process sees it.

    Attributes:
        worker: the worker.
        is_up: whether it works.
        is_wanted: whether it works, or is to work as soon as it can.
        is_given_up: whether it has failed too often.
        needs_begin: whether the town must be described to the worker.
        has_town: whether it has used the description of the town.
        begin: the town, if it is to be described with the next frame.
        mine: the personas that it rehearses, if it is to be told.
        assigned: the personas that it rehearses.
        replicas: the personas whose states it has; those that it rehearses among them. Of all
            others it has outlines.
        needs: the personas whose states it has asked for, and that it does not have yet.
        states: changes of states and outlines that are to be sent.
        awaited: its replies to frames, in the order of the frames, that were not heard.
        sent: number of the last frame that was sent to it.
        received: number of frames received.
        requests: those that it has sent, by fingerprint.
        asked: calls of its questions that were sent to the model, while their outcome is not known.
        changed_at: monotonic time of the earliest change that is to be said.
        not_sent: questions whose calls were not sent, by persona, with call and context.
        restarts: how often it has failed or was ended.
        failed_at: when it failed, until it rehearses again.
    """

    worker: Worker
    is_up: bool = False
    is_wanted: bool = False
    is_given_up: bool = False
    needs_begin: bool = True
    has_town: bool = False
    begin: Begin | None = None
    mine: list[PersonaIndex] | None = None
    assigned: set[PersonaIndex] = field(default_factory=set)
    replicas: set[PersonaIndex] = field(default_factory=set)
    needs: set[PersonaIndex] = field(default_factory=set)
    shown: list[Shown] = field(default_factory=list)
    progress: dict[PersonaIndex, PersonaProgress] = field(default_factory=dict)
    states: list[bytes] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    replies: list[Replied] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    findable: list[tuple[int, PersonaIndex]] = field(default_factory=list)
    awaited: deque[Future[bytes]] = field(default_factory=deque)
    sent: int = 0
    received: int = 0
    requests: dict[str, ModelRequest] = field(default_factory=dict)
    not_sent: defaultdict[PersonaIndex, dict[int, tuple[ModelCall, CallContext]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    restarts: int = 0
    failed_at: float | None = None
    asked: deque[Prefetch] = field(default_factory=deque)
    changed_at: float | None = None
    _sent_at: deque[tuple[int, float]] = field(default_factory=deque)
    _failures: deque[float] = field(default_factory=lambda: deque(maxlen=_MOST_FAILURES))
    _first: int = 0
    _process: int = 0
    _moves: int = 0
    _cpu: float = 0.0

    def fail(self) -> bool:
        """The worker has failed. Returns whether it may start again: it has not failed too
        often."""
        self.failed_at = time.monotonic()
        self._failures.append(self.failed_at)
        first = self._failures[0]
        return len(self._failures) < _MOST_FAILURES or self.failed_at - first > _FAILURE_SECONDS

    @property
    def outstanding(self) -> int:
        """Number of frames that it has not replied to."""
        return len(self.awaited)

    @property
    def is_free(self) -> bool:
        """Whether it may get a frame."""
        return self.is_up and self.outstanding < _MOST_OUTSTANDING

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

    def assign(self, personas: Iterable[PersonaIndex]) -> None:
        """From the next frame on, the worker rehearses these personas."""
        self.assigned = set(personas)
        self.mine = sorted(self.assigned)

    def add_changes(
        self, states: Mapping[PersonaIndex, bytes], outlines: Mapping[PersonaIndex, bytes]
    ) -> None:
        """Say what has changed of the personas whose states, or outlines, the worker has."""
        self.states += [state for persona, state in states.items() if persona in self.replicas]
        self.states += [said for persona, said in outlines.items() if persona not in self.replicas]

    def add_events(self, events: Iterable[Event], changed_at: float | None) -> None:
        """Say what has happened since a monotonic time. That a persona waits concerns the worker
        that rehearses it; all else changes what others assume."""
        is_said = self.assigned.__contains__
        self.events += [e for e in events if e.kind is not EventKind.WAITS or is_said(e.persona)]
        if self.changed_at is None:
            self.changed_at = changed_at

    def forget(self) -> None:
        """The worker begins again: forget all that was said, and all that was to be said."""
        self.begin, self.mine = None, None
        self.assigned.clear()
        self.replicas.clear()
        self.needs.clear()
        self.needs_begin, self.has_town = True, False
        self.awaited.clear()
        for waiting in (self.shown, self.states, self.events, self.replies, self.answers):
            waiting.clear()
        self.findable.clear()
        self.progress.clear()
        self.requests.clear()
        self._sent_at.clear()
        self.changed_at = None
        self.not_sent.clear()

    def forget_calls(self, persona: PersonaIndex, step: Step) -> None:
        """The persona has committed a step: calls up to this step need not be sent."""
        calls = self.not_sent[persona]
        for number, (call, _) in list(calls.items()):
            assert call.key is not None
            if call.key.step <= step:
                del calls[number]

    def begin_with(
        self,
        begin: Begin,
        shown: list[Shown],
        progress: list[PersonaProgress],
        outlines: list[bytes],
    ) -> None:
        """The worker gets the town with its next frame, and rehearses nobody yet."""
        self.needs_begin, self.begin, self._first = False, begin, self.sent + 1
        self.shown, self.states, self.events = [*shown], [*outlines], []
        self.progress = {each.persona: each for each in progress}

    def count(self, frame: FromWorker, size: int, now: float) -> None:
        """Count a frame of the worker."""
        counts = self.worker.counts
        self.received += 1
        self.has_town = self.has_town or bool(self._first and frame.seen >= self._first)
        counts.bytes_from += size
        if counts.process != self._process:
            self._process, self._moves, self._cpu = counts.process, 0, 0.0
        counts.moves += frame.moves - self._moves
        counts.cpu_seconds += frame.cpu - self._cpu
        self._moves, self._cpu = frame.moves, frame.cpu
        while self._sent_at and self._sent_at[0][0] <= frame.seen:
            number, changed_at = self._sent_at.popleft()
            if number == frame.seen:
                counts.measured(max(0.0, now - changed_at - frame.kept))
        self._count_outcomes()

    def _count_outcomes(self) -> None:
        counts = self.worker.counts
        for _ in range(min(_OUTCOMES, len(self.asked))):
            prefetch = self.asked.popleft()
            if prefetch.used_at is not None:
                counts.used += 1
            elif prefetch.missed:
                counts.wasted += 1
            elif prefetch.answer is not None or not prefetch.done.done():
                self.asked.append(prefetch)

    def take(self, until: Step, *, waits: bool) -> ToWorker:
        """The next frame, with all that is to be said."""
        self.sent += 1
        if self.changed_at is not None:
            self._sent_at.append((self.sent, self.changed_at))
            self.changed_at = None
        frame = ToWorker(
            self.sent,
            until,
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

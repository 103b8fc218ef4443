"""Messages between the main process and a rehearsal worker.

All that is to be said at one time is one *frame*: msgpack, read by schema. Frames of each direction
are numbered, and are used in this order.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any

import msgspec

from ga_ooo.model.requests import ModelAnswer, ModelRequest
from ga_ooo.town.tile_versions import Presence


class Setup(msgspec.Struct, frozen=True):
    """What a worker needs once: which host it imports, and how.

    Attributes:
        checkout: top folder of the host on the machine of the worker.
        prompts: see :class:`~ga_ooo.host.durable.model_identity.Shaping`; likewise ``structured``.
    """

    checkout: str
    seed: int
    accelerate: str
    plugins: tuple[str, ...]
    prompts: dict[str, str]
    structured: bool


class Facts(msgspec.Struct, frozen=True):
    """What must be the same in the main process and in all workers.

    Attributes:
        package: version of this package.
        python: version of Python, such as ``3.12``.
        host: hash of the fingerprints of the host's files.
        hashes: the hash of a text, which depends on ``PYTHONHASHSEED``.
    """

    package: str
    python: str
    host: str
    hashes: int


class WorkerStart(msgspec.Struct, frozen=True):
    """The reply of a worker that has imported the host.

    Attributes:
        node: name of its machine.
        problem: why it can rehearse nothing; None if it can.
    """

    facts: Facts
    node: str
    pid: int
    problem: str | None = None


class EventKind(IntEnum):
    """Events of the engine; see :class:`~ga_ooo.engine.loop.idle.IdleWork`."""

    WAITS = 0
    COMPLETED = 1
    COMMITTED = 2
    RESTARTED = 3
    DROP_ALL = 4


class Event(msgspec.Struct, array_like=True, frozen=True):
    """One event of the engine.

    Attributes:
        handed: of a completed move: the personas that it may have changed.
        calls: of a completed move: how often it made each call, by fingerprint.
    """

    kind: EventKind
    persona: int = 0
    step: int = 0
    handed: list[int] = []
    calls: dict[str, int] = {}


class PersonaProgress(msgspec.Struct, array_like=True, frozen=True):
    """How far one persona is; see :class:`~ga_ooo.runahead.progress.Progress`.

    Attributes:
        phase: by number, in the order of :class:`~ga_ooo.engine.hazards.Phase`.
        next_tile: of a completed move; else the tile of the persona.
        handed: the personas that its move under way may have changed.
    """

    persona: int
    commit_step: int
    phase: int
    tile: int
    next_tile: int
    handed: list[int]


class Shown(msgspec.Struct, array_like=True, frozen=True):
    """A persona was present in the same way at all steps from ``first`` to ``last``."""

    first: int
    last: int
    presence: Presence


class Begin(msgspec.Struct, array_like=True, frozen=True):
    """The town as it is when a worker joins. All personas have reached ``step``.

    Attributes:
        names: of the personas, in their order.
        maze_name: of the map, as the host names it.
        radius: how far personas see, in tiles.
        clock: game time at a step, that step, and seconds per step.
        before: presences at the step before.
        events: of the tiles after the step before.
        ahead: so many steps are rehearsed beyond the commit step.
        first: no earlier step is rehearsed.
        rates: what was learned about forecasts; see :class:`~ga_ooo.runahead.predictor.HitCount`.
    """

    names: list[str]
    maze_name: str
    radius: int
    clock: tuple[datetime, int, int]
    step: int
    before: list[Presence]
    events: list[tuple[int, list[tuple[str | None, str | None, str | None, str | None]]]]
    ahead: int
    first: int
    rates: list[tuple[str, int | None, list[str] | None, float, float]]


class Known(IntEnum):
    """What the main process knows about a rehearsed call."""

    NOT_SENT = 0
    IN_FLIGHT = 1
    ANSWERED = 2


class Replied(msgspec.Struct, array_like=True, frozen=True):
    """The reply to a question; see :class:`~ga_ooo.runahead.questions.Reply`.

    Attributes:
        answer: the answer itself if it is known, else its prediction, if there is one.
    """

    question: int
    known: Known
    answer: ModelAnswer | None = None
    blocking: str | None = None


class Answered(msgspec.Struct, array_like=True, frozen=True):
    """The answer to a call that was in flight; None if the call has failed."""

    question: int
    answer: ModelAnswer | None = None


class ToWorker(msgspec.Struct, array_like=True):
    """A frame from the main process.

    Attributes:
        number: of the frame.
        until: the step before which the run ends for now.
        waits: reply when there is nothing more to rehearse; else as soon as there is something.
        begin: the worker forgets everything, and begins with this.
        mine: the personas that are rehearsed there; None: as before.
        states: changes of the states of personas, and outlines, in the order in which they apply
            (:mod:`ga_ooo.cluster.states.senders`).
        findable: questions that were not sent, and now would find an answer or be admitted, with
            their personas.
    """

    number: int
    until: int
    waits: bool = False
    begin: Begin | None = None
    mine: list[int] | None = None
    shown: list[Shown] = []
    progress: list[PersonaProgress] = []
    states: list[bytes] = []
    events: list[Event] = []
    replies: list[Replied] = []
    answers: list[Answered] = []
    findable: list[tuple[int, int]] = []


class Question(msgspec.Struct, array_like=True, frozen=True):
    """A rehearsed call.

    Attributes:
        number: identifies it; never used again.
        persona: index in persona order.
        request: None if the worker has sent the request of this fingerprint before.
        distance: see :class:`~ga_ooo.runahead.predictor.CallContext`; likewise ``unconfirmed``.
    """

    number: int
    persona: int
    step: int
    ordinal: int
    occurrence: int
    fingerprint: str
    request: ModelRequest | None
    site: str
    distance: int
    unconfirmed: list[str]


class Check(msgspec.Struct, array_like=True, frozen=True):
    """Whether a call that was not sent would find an answer or be admitted by now."""

    question: int
    persona: int
    distance: int


class FromWorker(msgspec.Struct, array_like=True):
    """A frame from a worker.

    Attributes:
        number: of the frame.
        seen: number of the last frame that it has used.
        forgets: requests that it has sent before are not referred to any more.
        needs: personas of which it has no replica, and whom its rehearsals meet.
        forecasts: outcomes of forecasts: sites of unconfirmed predictions, and whether the forecast
            was right.
        error: a traceback; the worker can do nothing more.
        moves: number of moves that its process has rehearsed.
        cpu: seconds of CPU time of its process.
        kept: seconds for which it has kept the last frame that it has used.
    """

    number: int
    seen: int
    forgets: bool = False
    questions: list[Question] = []
    checks: list[Check] = []
    needs: list[int] = []
    forecasts: list[tuple[list[str], bool]] = []
    error: str | None = None
    moves: int = 0
    cpu: float = 0.0
    kept: float = 0.0


def encode(message: Any) -> bytes:
    """A message as bytes."""
    return msgspec.msgpack.encode(message)


def read_for_worker(frame: bytes) -> ToWorker:
    """Read a frame from the main process.

    Raises:
        msgspec.DecodeError: it is no such frame.
    """
    return _to_worker.decode(frame)


def read_from_worker(frame: bytes) -> FromWorker:
    """Read a frame from a worker.

    Raises:
        msgspec.DecodeError: it is no such frame.
    """
    return _from_worker.decode(frame)


_to_worker = msgspec.msgpack.Decoder(ToWorker)
_from_worker = msgspec.msgpack.Decoder(FromWorker)

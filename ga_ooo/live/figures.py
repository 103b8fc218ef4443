"""Everything that a live view shows of a run at one moment, as plain numbers and words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Server:
    """One model server.

    Attributes:
        url: its base URL.
        in_flight: calls that were sent to it and have not ended.
        state: ``in service``, ``out of service``, ``draining`` or ``cooling down``.
        reason: why it is out of service; empty otherwise.
        answers: answers that it has given.
        failures: attempts that failed.
    """

    url: str
    in_flight: int = 0
    state: str = "in service"
    reason: str = ""
    answers: int = 0
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class Prefetches:
    """Calls that rehearsals have asked before a move needed them.

    Attributes:
        asked: all of them.
        used: those whose answer a move has used.
        wasted: those whose step has passed without a use.
        in_flight: those that are not answered.
        extra_tokens: tokens of answers that no move has used, as a share of the tokens that moves
            needed.
    """

    asked: int = 0
    used: int = 0
    wasted: int = 0
    in_flight: int = 0
    extra_tokens: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Worker:
    """One rehearsal worker.

    Attributes:
        name: such as ``rehearsal worker 1``.
        node: its machine; empty before its first start.
        process: number of its process.
        state: ``starting``, ``rehearsing``, ``stopped`` or ``off``.
        restarts: how often it was started again.
        moves: moves that it has rehearsed.
        asked: calls of its rehearsals that were sent to the model.
        used: those of them whose answer a move has used.
        hit_rate: share of the calls with a known outcome that a move has used; None if there are
            none.
        cpu_seconds: CPU time of its processes.
        lag: how old its replicas of the personas are, in seconds.
    """

    name: str
    node: str = ""
    process: int = 0
    state: str = "starting"
    restarts: int = 0
    moves: int = 0
    asked: int = 0
    used: int = 0
    hit_rate: float | None = None
    cpu_seconds: float = 0.0
    lag: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the model has cost.

    Attributes:
        amount: over the whole run, the processes before this one included.
        currency: of the amounts.
        budget: the most that the run may cost; None for no limit.
        cached: tokens of prompts that servers have found in their caches.
    """

    amount: float
    currency: str
    budget: float | None = None
    cached: int = 0


@dataclass(frozen=True, kw_only=True)
class Straggler:
    """The persona that is furthest behind.

    Attributes:
        persona: its name.
        doing: in words that follow the name, such as ``asks the model (daily plan)``.
        seconds: how long it has been waiting for the model, in seconds of the run's clock; 0 if it
            does not.
    """

    persona: str
    doing: str
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Held:
    """Personas that cannot start their next step for one reason.

    Attributes:
        by: the persona that all of them wait for in the end; empty for those that lead the commit
            horizon by the whole window.
        count: the number of personas.
    """

    by: str
    count: int


@dataclass(frozen=True)
class TimeLeft:
    """Seconds until the end of a run, as an estimate.

    Attributes:
        low, middle, high: in eight of ten runs the time is between ``low`` and ``high``.
    """

    low: float
    middle: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One moment of a run.

    Attributes:
        simulation: its name.
        work: what the run is doing besides steps, such as ``importing the host``; empty while it
            takes steps.
        work_seconds: how long it has been doing that, in wall time.
        personas: their number; 0 before it is known.
        done: steps that all personas have committed.
        total: steps of the whole run.
        step: the host's number of the commit horizon; None before the first step.
        began: game time at which the run began; None before the first step.
        time: game time of the commit horizon.
        leader: game time of the persona that is furthest ahead.
        seconds: wall time since the first step.
        steps_per_second: of the last half minute.
        left: None if it cannot be estimated yet.
        calls: model calls of moves that were answered.
        in_flight: model calls of moves and rehearsals that are not answered.
        mean_in_flight: time of all model calls one after another over the time since the first
            step, by the clock of the run. A call that was asked early counts with its whole time.
        tokens_in, tokens_out: of all answers that the model has given, to moves and rehearsals.
        cost: None where answers have no price.
        conversations: number of conversations in the committed steps.
        heard: the first line of the latest conversation, with its speaker.
        prefetches: None without rehearsals.
        servers: none for a model that is no server.
        workers: none where the process of the run rehearses.
        straggler: None where nobody is behind, or it is not known.
        held: personas that are held, the largest group first.
        ended: the run has ended.
    """

    simulation: str = ""
    work: str = ""
    work_seconds: float = 0.0
    personas: int = 0
    done: int = 0
    total: int = 0
    step: int | None = None
    began: datetime.datetime | None = None
    time: datetime.datetime | None = None
    leader: datetime.datetime | None = None
    seconds: float = 0.0
    steps_per_second: float = 0.0
    left: TimeLeft | None = None
    calls: int = 0
    in_flight: int = 0
    mean_in_flight: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Cost | None = None
    conversations: int = 0
    heard: str = ""
    prefetches: Prefetches | None = None
    servers: tuple[Server, ...] = ()
    workers: tuple[Worker, ...] = ()
    straggler: Straggler | None = None
    held: tuple[Held, ...] = field(default=())
    ended: bool = False

    @property
    def speedup(self) -> float | None:
        """Speed over the host's loop, which makes one call after another; None where the model
        takes so little time that its calls say nothing of that loop."""
        return self.mean_in_flight if self.mean_in_flight > 1 else None

    @property
    def share(self) -> float:
        """Share of the steps that are done, from 0 to 1."""
        return self.done / self.total if self.total else 0.0

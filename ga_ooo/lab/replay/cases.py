"""A case of a replay: towns, a part of their day and servers; and its results by policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.policies import find_policy, find_serving, replay
from ga_ooo.lab.replay.prefetches import has_prefetches
from ga_ooo.lab.replay.running import Outcome
from ga_ooo.lab.replay.towns import side_by_side
from ga_ooo.trace.format import Trace

HOURS: Final = {"day": (0, 24), "busy": (12, 13), "quiet": (6, 7)}
"""First and last hour of parts of the day; ``busy`` and ``quiet`` are those of the paper."""

_BASELINES: Final = ("single-thread", "parallel-sync", "oracle", "no-dependency")
"""Policies that are always replayed: the columns of the table are ratios to them."""


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        hours: a name of :data:`HOURS`, hours such as ``9-17``, or ``all`` for the whole traces.
        agents: number of personas; None: as recorded.
        serving: name of the serving model.
        gpus: number of servers with one GPU each.
        stagger: see :func:`~ga_ooo.lab.replay.towns.side_by_side`.
        cpu: the code of the personas takes time.
    """

    hours: str = "all"
    agents: int | None = None
    serving: str = "l4"
    gpus: int = 8
    stagger: int = 0
    cpu: bool = True


@dataclass(frozen=True)
class CaseResult:
    """Results of one case.

    Attributes:
        agents: number of personas.
        steps: number of steps of each persona.
        outcomes: by name of the policy; the baselines are always among them.
        recorded_prefetches: the policy ``runahead`` had the prefetches of a recorded run.
    """

    case: Case
    agents: int
    steps: int
    outcomes: dict[str, Outcome]
    recorded_prefetches: bool

    def speed(self, name: str, over: str) -> float:
        """Speed of a policy as a multiple of the speed of another one."""
        mine, other = self.outcomes[name].makespan, self.outcomes[over].makespan
        return other / mine if mine else 1.0


def run_case(
    case: Case,
    traces: Sequence[Trace],
    policies: Sequence[str],
    report: Callable[[str], None] = lambda policy: None,
) -> CaseResult:
    """Replay a case under some policies and the baselines.

    Args:
        report: called with the name of each policy before its replay.

    Raises:
        UsageError: an unknown name, or traces that do not cover the case.
    """
    model = find_serving(case.serving)
    first, until = span(traces, case.hours)
    towns = side_by_side(traces, first, until, case.agents, case.stagger)
    outcomes: dict[str, Outcome] = {}
    for name in dict.fromkeys((*_BASELINES, *policies)):
        policy = find_policy(name)
        report(name)
        outcomes[name] = replay(towns, policy, model, case.gpus, cpu=case.cpu)
    return CaseResult(case, towns.count, towns.steps, outcomes, has_prefetches(towns))


def span(traces: Sequence[Trace], hours: str) -> tuple[int, int]:
    """The first step of a part of the day, and the step before which it ends.

    Raises:
        UsageError: the day has no such part.
    """
    facts = traces[0].facts
    if hours == "all":
        first = max(trace.facts.first_step for trace in traces)
        until = min(trace.facts.first_step + trace.steps for trace in traces)
        return first, until
    try:
        begin, end = HOURS.get(hours) or map(int, hours.split("-"))
    except ValueError:
        begin, end = 0, 0
    if not 0 <= begin < end <= 24:
        raise UsageError(
            f"'{hours}' is no part of a day",
            f"give {', '.join(HOURS)}, all, or hours such as 12-13",
        )
    start = traces[0].time_at(facts.first_step)
    midnight = start.replace(hour=0, minute=0, second=0)
    to_midnight = int((start - midnight).total_seconds()) // facts.sec_per_step
    an_hour = 3600 // facts.sec_per_step
    base = facts.first_step - to_midnight
    return base + begin * an_hour, base + end * an_hour

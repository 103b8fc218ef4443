"""The scheduling policies that a replay compares, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.clusters import ClusterSchedule
from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.gpu import make_fleet
from ga_ooo.lab.replay.load import LoadMeter
from ga_ooo.lab.replay.prefetches import (
    Answers,
    PrefetchedCall,
    all_prefetches,
    foreseen,
    hits,
)
from ga_ooo.lab.replay.running import Outcome, Replay
from ga_ooo.lab.replay.schedules import (
    BarrierSchedule,
    EngineSchedule,
    FreeSchedule,
    OracleSchedule,
    Schedule,
    SerialSchedule,
    UnorderedRule,
)
from ga_ooo.lab.replay.serving import PRESETS, ServingModel
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import ReachRule

_LOOP_CPU_S: Final = 0.0031
_ENGINE_CPU_S: Final = 0.0017
_RUNAHEAD_CPU_S: Final = 0.008
"""CPU of a day of 25 people, divided by its calls; with runahead, by its calls and prefetches."""


@dataclass(frozen=True)
class Policy:
    """One way to schedule persona steps and calls.

    Attributes:
        about: one line for the help of the command.
        schedule: which persona step may start when.
        exact: its results are those of the host's own loop.
        in_order_of_step: servers serve the call of the earliest step first.
        prefetched: which calls are asked before their persona step makes them; None: none.
        alone: each call takes the time that it takes alone.
        cpu_s: seconds of CPU that a call takes, as measured (docs/measurements.md); 0 for policies
            that are limits, and no programs.
    """

    about: str
    schedule: Callable[[Towns], Schedule]
    exact: bool = False
    in_order_of_step: bool = True
    prefetched: Callable[[Towns], Iterable[PrefetchedCall]] | None = None
    alone: bool = False
    cpu_s: float = _ENGINE_CPU_S


def _scheduled(make_rule: Callable[[Reach], DependencyRule]) -> Callable[[Towns], Schedule]:
    return lambda towns: EngineSchedule(towns, make_rule)


def _paper(radius: float) -> Callable[[Towns], Schedule]:
    return lambda towns: ClusterSchedule(towns, radius)


def _oracle(*, ordered: bool) -> Callable[[Towns], Schedule]:
    return lambda towns: OracleSchedule(towns, ordered=ordered)


POLICIES: Final[Mapping[str, Policy]] = {
    "single-thread": Policy(
        "the host's loop, one call after another", SerialSchedule, exact=True, cpu_s=_LOOP_CPU_S
    ),
    "parallel-sync": Policy(
        "all personas of a step at once, a barrier after each step",
        BarrierSchedule,
        cpu_s=_LOOP_CPU_S,
    ),
    "paper:4": Policy("the paper's rule, radius 4", _paper(4)),
    "paper:4:fifo": Policy("the same, first come first served", _paper(4), in_order_of_step=False),
    "paper:8": Policy("the paper's rule, radius 8", _paper(8)),
    "paper:12": Policy(
        "the paper's rule, radius 12: sound where personas see a square of radius 8", _paper(12)
    ),
    "paper:12:fifo": Policy(
        "the same, first come first served", _paper(12), in_order_of_step=False
    ),
    "reach": Policy("the engine without runahead", _scheduled(ReachRule), exact=True),
    "reach:fifo": Policy(
        "the same, first come first served",
        _scheduled(ReachRule),
        exact=True,
        in_order_of_step=False,
    ),
    "reach:unordered": Policy(
        "reach without the order inside a step",
        _scheduled(lambda reach: UnorderedRule(ReachRule(reach))),
    ),
    "runahead": Policy(
        "the engine",
        _scheduled(ReachRule),
        exact=True,
        prefetched=all_prefetches,
        cpu_s=_RUNAHEAD_CPU_S,
    ),
    "runahead:hits": Policy(
        "runahead without wasted calls",
        _scheduled(ReachRule),
        exact=True,
        prefetched=hits,
        cpu_s=_RUNAHEAD_CPU_S,
    ),
    "foresight": Policy(
        "reach, with all calls of the next 64 steps known, but not their answers",
        _scheduled(ReachRule),
        exact=True,
        prefetched=foreseen,
        cpu_s=0.0,
    ),
    "oracle": Policy("only dependencies that the trace shows", _oracle(ordered=False), cpu_s=0.0),
    "oracle:ordered": Policy(
        "the oracle with the order that exactness needs",
        _oracle(ordered=True),
        exact=True,
        cpu_s=0.0,
    ),
    "critical": Policy(
        "the longest chain of calls under the oracle, on servers without limit",
        _oracle(ordered=False),
        alone=True,
        cpu_s=0.0,
    ),
    "no-dependency": Policy(
        "all calls at the same time: the limit of the servers", FreeSchedule, cpu_s=0.0
    ),
}


def find_policy(name: str) -> Policy:
    """The policy of this name.

    Raises:
        UsageError: no policy has this name.
    """
    policy = POLICIES.get(name)
    if policy is None:
        raise UsageError(f"no policy is called '{name}'", f"choose from {', '.join(POLICIES)}")
    return policy


def find_serving(name: str) -> ServingModel:
    """The serving model of this name.

    Raises:
        UsageError: no serving model has this name.
    """
    model = PRESETS.get(name)
    if model is None:
        raise UsageError(
            f"no serving model is called '{name}'", f"choose from {', '.join(PRESETS)}"
        )
    return model


def replay(
    towns: Towns, policy: Policy, model: ServingModel, gpus: int = 1, *, cpu: bool = True
) -> Outcome:
    """Simulate the recorded persona steps under a policy.

    Args:
        towns: the recorded towns.
        policy: the policy.
        model: one model server with one GPU.
        gpus: number of servers.
        cpu: the code of the personas takes time.
    """
    if policy.alone:
        model = replace(model, slots=None)
    events = EventQueue()
    meter = LoadMeter(events, make_fleet(model, events, gpus), policy.cpu_s if cpu else 0.0)
    schedule = policy.schedule(towns)
    prefetched: Iterable[PrefetchedCall] = ()
    if policy.prefetched and isinstance(schedule, EngineSchedule):
        prefetched = policy.prefetched(towns)
    answers = Answers(prefetched, towns.answer_of, events, meter)
    if isinstance(schedule, EngineSchedule):
        schedule.arrived = answers.arrived
    run = Replay(towns, schedule, events, meter, answers, in_order_of_step=policy.in_order_of_step)
    return run.run()

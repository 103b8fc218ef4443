"""The scheduling policies that a replay compares, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.clusters import ClusterSchedule
from ga_ooo.lab.replay.event_queue import EventQueue
from ga_ooo.lab.replay.prefetches import (
    PrefetchedCall,
    TracedPrefetches,
    all_prefetches,
    foreseen,
    hits,
)
from ga_ooo.lab.replay.running import LoadMeter, NoPrefetches, Outcome, Replay
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
    """

    about: str
    schedule: Callable[[Towns], Schedule]
    exact: bool = False
    in_order_of_step: bool = True
    prefetched: Callable[[Towns], Iterable[PrefetchedCall]] | None = None
    alone: bool = False


def _scheduled(make_rule: Callable[[Reach], DependencyRule]) -> Callable[[Towns], Schedule]:
    return lambda towns: EngineSchedule(towns, make_rule)


def _paper(radius: float) -> Callable[[Towns], Schedule]:
    return lambda towns: ClusterSchedule(towns, radius)


def _oracle(*, ordered: bool) -> Callable[[Towns], Schedule]:
    return lambda towns: OracleSchedule(towns, ordered=ordered)


POLICIES: Final[Mapping[str, Policy]] = {
    "single-thread": Policy("the host's loop, one call after another", SerialSchedule, exact=True),
    "parallel-sync": Policy(
        "all personas of a step at once, a barrier after each step", BarrierSchedule
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
    "runahead": Policy("the engine", _scheduled(ReachRule), exact=True, prefetched=all_prefetches),
    "runahead:hits": Policy(
        "runahead without wasted calls", _scheduled(ReachRule), exact=True, prefetched=hits
    ),
    "foresight": Policy(
        "reach, with all calls of the next 64 steps known, but not their answers",
        _scheduled(ReachRule),
        exact=True,
        prefetched=foreseen,
    ),
    "oracle": Policy("only dependencies that the trace shows", _oracle(ordered=False)),
    "oracle:ordered": Policy(
        "the oracle with the order that exactness needs", _oracle(ordered=True), exact=True
    ),
    "critical": Policy(
        "the longest chain of calls under the oracle, on servers without limit",
        _oracle(ordered=False),
        alone=True,
    ),
    "no-dependency": Policy("all calls at the same time: the limit of the servers", FreeSchedule),
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


def replay(towns: Towns, policy: Policy, model: ServingModel, gpus: int = 1) -> Outcome:
    """Simulate the recorded persona steps under a policy.

    Args:
        towns: the recorded towns.
        policy: the policy.
        model: one model server with one GPU.
        gpus: number of servers.
    """
    if policy.alone:
        model = ServingModel(
            None,
            model.call_s,
            model.prefill_s,
            model.iteration_s + model.sequence_s,
            0.0,
        )
    events = EventQueue()
    meter = LoadMeter(events, model.fleet(events, gpus))
    schedule = policy.schedule(towns)
    prefetches = NoPrefetches()
    if policy.prefetched and isinstance(schedule, EngineSchedule):
        prefetches = rehearsing = TracedPrefetches(
            policy.prefetched(towns), towns.answer_of, events, meter
        )
        schedule.arrived = rehearsing.arrived
    run = Replay(
        towns, schedule, events, meter, prefetches, in_order_of_step=policy.in_order_of_step
    )
    return run.run()

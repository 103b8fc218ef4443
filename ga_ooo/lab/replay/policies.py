"""The policies that a replay compares, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.clusters import Clusters
from ga_ooo.lab.replay.events import Events
from ga_ooo.lab.replay.feeders import Barrier, Feeder, Free, Oracle, Scheduled, Serial, Unordered
from ga_ooo.lab.replay.prefetches import Rehearsed, Rehearsing, asked_ahead, foreseen, hits
from ga_ooo.lab.replay.running import Meter, Outcome, Prefetches, Replay
from ga_ooo.lab.replay.serving import PRESETS, ServingModel
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import ReachRule


@dataclass(frozen=True)
class Policy:
    """How a replay chooses what to do next.

    Attributes:
        about: in a few words.
        feeder: who may move when.
        exact: the results are those of the host's loop.
        in_order_of_step: servers answer who is furthest behind first.
        ahead: which calls are asked ahead of their move; None: none.
        alone: servers answer every call as if it were the only one.
    """

    about: str
    feeder: Callable[[Towns], Feeder]
    exact: bool = False
    in_order_of_step: bool = True
    ahead: Callable[[Towns], Iterable[Rehearsed]] | None = None
    alone: bool = False


def _scheduled(make_rule: Callable[[Reach], DependencyRule]) -> Callable[[Towns], Feeder]:
    return lambda towns: Scheduled(towns, make_rule)


def _paper(radius: float) -> Callable[[Towns], Feeder]:
    return lambda towns: Clusters(towns, radius)


def _oracle(*, ordered: bool) -> Callable[[Towns], Feeder]:
    return lambda towns: Oracle(towns, ordered=ordered)


POLICIES: Final[Mapping[str, Policy]] = {
    "single-thread": Policy("the host's loop, one call after another", Serial, exact=True),
    "parallel-sync": Policy("all of a step at once, a barrier each step", Barrier),
    "paper:4": Policy("the paper's rule, radius 4", _paper(4)),
    "paper:4:fifo": Policy("the same, first come first served", _paper(4), in_order_of_step=False),
    "paper:8": Policy("the paper's rule, radius 8", _paper(8)),
    "paper:12": Policy("the paper's rule, radius 12: sound for a square sight of 8", _paper(12)),
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
        _scheduled(lambda reach: Unordered(ReachRule(reach))),
    ),
    "runahead": Policy("the engine", _scheduled(ReachRule), exact=True, ahead=asked_ahead),
    "runahead:hits": Policy(
        "the same, nothing asked in vain", _scheduled(ReachRule), exact=True, ahead=hits
    ),
    "foresight": Policy(
        "reach, all calls of the next 64 steps known, one after the other in each move",
        _scheduled(ReachRule),
        exact=True,
        ahead=foreseen,
    ),
    "oracle": Policy("only dependencies that the trace shows", _oracle(ordered=False)),
    "oracle:ordered": Policy(
        "the same and the order that exactness needs", _oracle(ordered=True), exact=True
    ),
    "critical": Policy(
        "the longest chain under the oracle, servers without limit",
        _oracle(ordered=False),
        alone=True,
    ),
    "no-dependency": Policy("all calls at once: the limit of the servers", Free),
}


def find_policy(name: str) -> Policy:
    """The policy of this name.

    Raises:
        UsageError: there is none.
    """
    policy = POLICIES.get(name)
    if policy is None:
        raise UsageError(f"no policy is called '{name}'", f"choose from {', '.join(POLICIES)}")
    return policy


def find_serving(name: str) -> ServingModel:
    """The serving model of this name.

    Raises:
        UsageError: there is none.
    """
    model = PRESETS.get(name)
    if model is None:
        raise UsageError(
            f"no serving model is called '{name}'", f"choose from {', '.join(PRESETS)}"
        )
    return model


def replay(towns: Towns, policy: Policy, model: ServingModel, gpus: int = 1) -> Outcome:
    """What the recorded moves take under a policy, on servers with one GPU each."""
    if policy.alone:
        model = ServingModel(
            None,
            model.call_s,
            model.prefill_s,
            model.iteration_s + model.sequence_s,
            0.0,
        )
    events = Events()
    meter = Meter(events, model.fleet(events, gpus))
    feeder = policy.feeder(towns)
    prefetches = Prefetches()
    if policy.ahead and isinstance(feeder, Scheduled):
        prefetches = rehearsing = Rehearsing(policy.ahead(towns), towns.answer_of, events, meter)
        feeder.arrived = rehearsing.arrived
    run = Replay(towns, feeder, events, meter, prefetches, in_order_of_step=policy.in_order_of_step)
    return run.run()

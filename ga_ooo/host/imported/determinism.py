"""The only changes of semantics, made alike in the engine and in the lockstep reference.

The results of the host depend on the order of execution and on the hash seed in three ways. Each
is fixed here, once, for both sides; docs/exactness.md gives the reasons.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.host.imported.modules import HostModules, replace_everywhere
from ga_ooo.town.events import Event, event_order


@dataclass(frozen=True)
class DeterminismFix:
    """One documented change of the host's semantics."""

    name: str
    reason: str


DETERMINISM_FIXES: Final = (
    DeterminismFix(
        "random streams",
        "the host draws from one global stream, so every draw depends on the order of all moves "
        "before; each (run seed, persona, step) gets a stream of its own",
    ),
    DeterminismFix(
        "order of event sets",
        "a tile's events are a set, iterated in an order that depends on its history and on the "
        "hash seed; they are iterated in the order of their contents",
    ),
    DeterminismFix(
        "hash of ConceptNode",
        "sets of memory nodes are iterated into prompts in the order of their addresses in "
        "memory; nodes hash by their number instead",
    ),
)


class RandomStreams(ModuleType):
    """Stands in for the ``random`` module in host code: draws from the current move's stream.

    Args:
        run_seed: seeds the stream for draws outside of any move.

    Attributes:
        outside: that stream.
    """

    def __init__(self, run_seed: int) -> None:
        super().__init__("random", random.__doc__)
        self.outside = random.Random(run_seed)

    def __getattr__(self, name: str) -> Any:
        move = current_move()
        stream = move.stream if move is not None else self.outside
        if hasattr(stream, name):
            return getattr(stream, name)
        return getattr(random, name)


class OrderedEvents(set[Event]):
    """A tile's set of events, iterated in the order of its contents."""

    def __iter__(self) -> Iterator[Event]:
        return iter(sorted(super().__iter__(), key=event_order))

    def copy(self) -> OrderedEvents:
        """A copy that iterates in the same order."""
        return OrderedEvents(super().__iter__())


def _node_hash(node: Any) -> int:
    # A whole number already; this is asked of each memory in each set of them.
    count: int = node.node_count
    return count


def make_deterministic(modules: HostModules, run_seed: int) -> RandomStreams:
    """Fix the modules of the host in memory. The tiles of a server: :func:`order_events`.

    Returns:
        what stands in for the module ``random``.
    """
    streams = RandomStreams(run_seed)
    replace_everywhere(modules, random, streams)
    for name in ("choice", "choices", "sample", "shuffle", "randint", "random", "uniform"):
        # Forks may have imported the functions themselves.
        drawn = getattr(random, name)
        replace_everywhere(modules, drawn, _Drawn(streams, name))
    modules.associative_memory.ConceptNode.__hash__ = _node_hash
    return streams


class _Drawn:
    """One function of :class:`RandomStreams`, bound late."""

    def __init__(self, streams: RandomStreams, name: str) -> None:
        self._streams = streams
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._streams, self._name)(*args, **kwargs)


def order_events(maze: Any) -> None:
    """Give every tile of a host's maze an ordered set of events."""
    for row in maze.tiles:
        for tile in row:
            tile["events"] = OrderedEvents(tile["events"])

"""The only changes of the host's semantics: they make its results deterministic.

The results of the host depend on the order of execution and on the hash seed in three ways. Each is
fixed here, in the same way for the engine and for the lockstep reference (docs/exactness.md).
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
    """One documented change of the host's semantics.

    Attributes:
        name: the name for users.
        reason: on what the results of the host depend, and how that is fixed.
    """

    name: str
    reason: str


DETERMINISM_FIXES: Final = (
    DeterminismFix(
        "random streams",
        "the host draws from one global stream, so every draw depends on the order of all earlier "
        "moves; each (run seed, persona, step) gets its own stream",
    ),
    DeterminismFix(
        "order of event sets",
        "the events of a tile are a set, and the order of its iteration depends on its history and "
        "on the hash seed; they are iterated in the order of their contents",
    ),
    DeterminismFix(
        "hash of ConceptNode",
        "sets of memory nodes are iterated into prompts in the order of their memory addresses; "
        "nodes hash by their number instead",
    ),
)


class RandomStreams(ModuleType):
    """Replaces the module ``random`` in host code: draws from the stream of the current move.

    Args:
        run_seed: seed of the stream for draws outside of any move.

    Attributes:
        outside: the stream for draws outside of any move.
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
    # An integer already. This function runs for each memory in each set of memories.
    count: int = node.node_count
    return count


def make_deterministic(modules: HostModules, run_seed: int) -> RandomStreams:
    """Apply the fixes to the modules of the host, in memory. Tiles: see :func:`order_events`.

    Args:
        modules: the host, imported.
        run_seed: seed of the run.

    Returns:
        the replacement of the module ``random``.
    """
    streams = RandomStreams(run_seed)
    replace_everywhere(modules, random, streams)
    for name in ("choice", "choices", "sample", "shuffle", "randint", "random", "uniform"):
        # A fork may have imported the function itself.
        replace_everywhere(modules, getattr(random, name), _StreamFunction(streams, name))
    modules.associative_memory.ConceptNode.__hash__ = _node_hash
    return streams


class _StreamFunction:
    """One function of :class:`RandomStreams`, looked up in the current stream at each call."""

    def __init__(self, streams: RandomStreams, name: str) -> None:
        self._streams = streams
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self._streams, self._name)(*args, **kwargs)


def order_events(maze: Any) -> None:
    """Give each tile of the host's maze an ordered set of events."""
    for row in maze.tiles:
        for tile in row:
            tile["events"] = OrderedEvents(tile["events"])

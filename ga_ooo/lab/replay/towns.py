"""Towns of many agents: recorded towns side by side, as in AI Metropolis (section 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, starmap

from ga_ooo.engine.ids import PersonaIndex, Step
from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.serving import Tokens
from ga_ooo.trace.format import NO_INDEX, Calls, Rehearsals, Trace


@dataclass(frozen=True)
class Towns:
    """Recorded towns side by side: no persona walks or looks from one town into another.

    Personas are numbered town after town; so are calls.

    Attributes:
        traces: one for each town; several towns may share one trace.
    """

    traces: tuple[Trace, ...]

    def __post_init__(self) -> None:
        spans = {(trace.facts.first_step, trace.steps) for trace in self.traces}
        if len(spans) != 1:
            raise UsageError(
                "the traces differ in their steps", "choose hours that all traces cover, by --hours"
            )

    @property
    def count(self) -> int:
        """Number of personas."""
        return self.first_persona[-1]

    @property
    def first_step(self) -> Step:
        """The first step of all towns."""
        return self.traces[0].facts.first_step

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.traces[0].steps

    @cached_property
    def first_persona(self) -> tuple[PersonaIndex, ...]:
        """The number of the first persona of each town, and the number of all personas."""
        return tuple(accumulate((trace.count for trace in self.traces), initial=0))

    @cached_property
    def first_call(self) -> tuple[int, ...]:
        """The number of the first call of each town, and the number of all calls."""
        return tuple(accumulate((len(trace.calls) for trace in self.traces), initial=0))

    @cached_property
    def calls_of(self) -> dict[tuple[PersonaIndex, Step], range]:
        """For each (persona, step) with calls, the numbers of its calls."""
        found = {}
        for trace, persona, call in zip(
            self.traces, self.first_persona[:-1], self.first_call[:-1], strict=True
        ):
            for (local, step), calls in trace.calls_of.items():
                found[persona + local, step] = range(calls.start + call, calls.stop + call)
        return found

    @cached_property
    def tokens(self) -> list[Tokens]:
        """Tokens of every call."""
        return [tokens for trace in self.traces for tokens in tokens_of(trace.calls)]

    @cached_property
    def answer_of(self) -> list[int]:
        """For every call, the number of the first call that uses the same answer."""
        found: list[int] = []
        for trace, first in zip(self.traces, self.first_call[:-1], strict=True):
            for call, same_as in enumerate(trace.calls.same_as.tolist(), first):
                found.append(call if same_as == NO_INDEX else same_as + first)
        return found


def tokens_of(calls: Calls | Rehearsals) -> list[Tokens]:
    """Tokens of every call of a trace, made by a move or prefetched."""
    columns = (calls.tokens_in, calls.tokens_out, calls.tokens_cached)
    return list(starmap(Tokens, zip(*(column.tolist() for column in columns), strict=True)))


def side_by_side(
    traces: Sequence[Trace],
    first: Step,
    until: Step,
    agents: int | None = None,
    stagger: int = 0,
) -> Towns:
    """As many towns as a number of agents needs; the traces are used one after another.

    Args:
        traces: recorded towns.
        first: the first step of each.
        until: the step before which each ends.
        agents: number of personas; None: each trace once.
        stagger: each further copy of a trace starts so many steps later in its day, so that the
            copies are not busy at the same time.

    Raises:
        UsageError: no number of whole towns has this number of agents, or a trace is too short.
    """
    wanted = sum(trace.count for trace in traces) if agents is None else agents
    towns: list[Trace] = []
    count = 0
    while count < wanted:
        copy, which = divmod(len(towns), len(traces))
        towns.append(_part(traces[which], first, until, copy * stagger))
        count += towns[-1].count
    if count != wanted or not towns:
        sizes = ", ".join(str(trace.count) for trace in traces)
        raise UsageError(
            f"{agents} agents cannot be made of whole towns of {sizes}",
            "give --agents a multiple of the agents that were recorded",
        )
    return Towns(tuple(towns))


@lru_cache(maxsize=64)
def _part(trace: Trace, first: Step, until: Step, later: int) -> Trace:
    """The same object for equal parts, because results that it computes are kept with it."""
    return trace.between(first + later, until + later).numbered_from(first)

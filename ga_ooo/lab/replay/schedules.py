"""Schedules: which persona step may start when, under the policies that a replay compares.

:class:`EngineSchedule` is the engine's own state machine (:mod:`ga_ooo.engine.scheduler`). The
other schedules are no dependency rules: they use the finished trace, or no positions at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from ga_ooo.engine.ids import CompactRow, PersonaIndex, Row, Step, TileIndex
from ga_ooo.engine.protocol import Commit, Completed, Hazard, Instruction, Issue, RunUntil
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.lab.replay.dependencies import peers_in_sight
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.town.reach import Reach

PersonaStep: TypeAlias = tuple[PersonaIndex, Step]
"""One step of one persona."""


class Schedule(Protocol):
    """Decides which persona steps may start."""

    def start(self) -> Iterable[PersonaStep]:
        """The persona steps that may start at once."""
        ...

    def completed(self, persona_step: PersonaStep) -> Iterable[PersonaStep]:
        """A persona step has completed; returns those that may start now."""
        ...


class UnorderedRule:
    """A dependency rule without the order inside a step: personas in sight of each other take the
    same step at the same time.

    AI Metropolis enforces this rule. It does not give the results of the host's own loop.

    Args:
        rule: the rule whose order is dropped.
    """

    def __init__(self, rule: DependencyRule) -> None:
        self.name = f"{rule.name}, unordered"
        self._rule = rule
        self._rows: dict[TileIndex, Row] = {}

    def steps_to_matter(self, tile: TileIndex) -> Row:
        """See :class:`~ga_ooo.town.rules.DependencyRule`."""
        row = self._rows.get(tile)
        if row is None:
            row = self._rows[tile] = _AtLeastOne(self.ordered(tile))
        return row

    def ordered(self, tile: TileIndex) -> Row:
        """The row of the rule with its order; 0 where the order would matter."""
        return self._rule.steps_to_matter(tile)


class _AtLeastOne(CompactRow):
    """Another row, with 1 in place of 0."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getitem__(self, tiles: Any) -> Any:
        return np.maximum(self._row[tiles], 1)


class EngineSchedule:
    """The engine's scheduler, one for each town, on recorded positions.

    Args:
        make_rule: makes the dependency rule of a map.

    Attributes:
        arrived: called with (persona, step, hazard) when a persona has reached a step. The hazard
            is the one that holds it there; None if nothing holds it.
    """

    def __init__(self, towns: Towns, make_rule: Callable[[Reach], DependencyRule]) -> None:
        self.arrived: Callable[[PersonaIndex, Step, Hazard | None], None] = lambda *_: None
        self._towns = towns
        self._walks = [trace.tiles.tolist() for trace in towns.traces]
        self._first = towns.first_step
        self._town_of = [
            town for town, trace in enumerate(towns.traces) for _ in range(trace.count)
        ]
        rules: dict[tuple[str, int], DependencyRule] = {}
        self._schedulers: list[Scheduler] = []
        for trace in towns.traces:
            where = (trace.facts.map_digest, trace.facts.radius)
            rule = rules.get(where)
            if rule is None:
                rule = rules[where] = make_rule(Reach(trace.town, trace.facts.radius))
            tiles = trace.tiles[0].tolist()
            self._schedulers.append(Scheduler(trace.facts.names, tiles, self._first, rule))

    def start(self) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        until = RunUntil(self._first + self._towns.steps)
        for town, scheduler in enumerate(self._schedulers):
            issued = self._issued(town, scheduler.handle(until))
            for persona in range(self._towns.traces[town].count):
                self._arrived(town, persona, self._first)
            yield from issued

    def completed(self, persona_step: PersonaStep) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        persona, step = persona_step
        town = self._town_of[persona]
        local = persona - self._towns.first_persona[town]
        next_tile = self._walks[town][step + 1 - self._first][local]
        return self._issued(town, self._schedulers[town].handle(Completed(local, next_tile)))

    def coupled(self, persona: PersonaIndex) -> list[PersonaIndex]:
        """The personas at the same step that are coupled with ``persona``, under an unordered
        rule."""
        town = self._town_of[persona]
        base, scheduler = self._towns.first_persona[town], self._schedulers[town]
        rule = scheduler.rule
        assert isinstance(rule, UnorderedRule)
        local = persona - base
        board = scheduler.scoreboard
        step, row = board.commit_step[local], rule.ordered(board.tile[local])
        return [
            base + other
            for other, (at, tile) in enumerate(zip(board.commit_step, board.tile, strict=True))
            if at == step and other != local and row[tile] == 0
        ]

    def _issued(self, town: int, instructions: Sequence[Instruction]) -> list[PersonaStep]:
        base = self._towns.first_persona[town]
        issued = []
        for instruction in instructions:
            if isinstance(instruction, Issue):
                issued.append((base + instruction.persona, instruction.step))
            elif isinstance(instruction, Commit):
                self._arrived(town, instruction.persona, instruction.step + 1)
        return issued

    def _arrived(self, town: int, persona: PersonaIndex, step: Step) -> None:
        hold = self._schedulers[town].holds.get(persona)
        hazard = hold.hazard if hold is not None else None
        self.arrived(self._towns.first_persona[town] + persona, step, hazard)


class SerialSchedule:
    """The host's own loop: one persona step after another."""

    def __init__(self, towns: Towns) -> None:
        self._count = towns.count
        self._first = towns.first_step
        self._until = towns.first_step + towns.steps

    def start(self) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        return [(0, self._first)]

    def completed(self, persona_step: PersonaStep) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        persona, step = persona_step
        if persona + 1 < self._count:
            return [(persona + 1, step)]
        return [(0, step + 1)] if step + 1 < self._until else []


class BarrierSchedule:
    """Parallel-sync: all personas take a step at once, with a barrier after each step."""

    def __init__(self, towns: Towns) -> None:
        self._count = towns.count
        self._step = towns.first_step
        self._until = towns.first_step + towns.steps
        self._left = 0

    def start(self) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        self._left = self._count
        return [(persona, self._step) for persona in range(self._count)]

    def completed(self, persona_step: PersonaStep) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        self._left -= 1
        if self._left:
            return []
        self._step += 1
        return self.start() if self._step < self._until else []


class FreeSchedule:
    """No dependency at all, not even of a persona on itself."""

    def __init__(self, towns: Towns) -> None:
        self._persona_steps = list(towns.calls_of)

    def start(self) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        return self._persona_steps

    def completed(self, persona_step: PersonaStep) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        return []


class OracleSchedule:
    """Only the dependencies that the finished trace shows: at each step a persona waits until all
    personas in its sight have taken the step before.

    Args:
        ordered: keep the host's order among personas that see each other, as exactness needs.
            A persona then also waits for this step of those that come earlier in the order,
            and for the step before of those that were in sight at the step before.
    """

    def __init__(self, towns: Towns, *, ordered: bool = False) -> None:
        self._towns = towns
        self._ordered = ordered
        self._first = towns.first_step
        self._town_of = [
            town for town, trace in enumerate(towns.traces) for _ in range(trace.count)
        ]
        self._peers = [peers_in_sight(trace) for trace in towns.traces]
        self._missing = [self._all_missing(town) for town in range(len(towns.traces))]

    def start(self) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        for town, base in enumerate(self._towns.first_persona[:-1]):
            for persona, missing in enumerate(self._missing[town][0]):
                if missing == 0:
                    yield base + persona, self._first

    def completed(self, persona_step: PersonaStep) -> Iterable[PersonaStep]:
        """See :class:`Schedule`."""
        persona, step = persona_step
        town = self._town_of[persona]
        base = self._towns.first_persona[town]
        local, row = persona - base, step - self._first
        freed = []
        for other, at in self._dependants(town, local, row):
            missing = self._missing[town][at]
            missing[other] -= 1
            if missing[other] == 0:
                freed.append((base + other, at + self._first))
        return freed

    def _all_missing(self, town: int) -> list[list[int]]:
        """The number of persona steps that each persona step waits for."""
        missing = [[0] * self._towns.traces[town].count for _ in range(self._towns.steps)]
        for row in range(self._towns.steps):
            for local in range(len(missing[row])):
                for other, at in self._dependants(town, local, row):
                    missing[at][other] += 1
        return missing

    def _dependants(self, town: int, local: int, row: int) -> Iterable[tuple[int, int]]:
        """The persona steps that wait for a persona step."""
        peers = self._peers[town]
        if self._ordered:
            for other in peers[row][local]:
                if other > local:
                    yield other, row
        if row + 1 < self._towns.steps:
            yield local, row + 1
            seen = peers[row + 1][local]
            if self._ordered:
                seen = tuple({*seen, *peers[row][local]})
            for other in seen:
                yield other, row + 1

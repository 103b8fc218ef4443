"""Who may take its next step when: the dependency rules that a replay compares.

:class:`Scheduled` is the engine's own state machine (:mod:`ga_ooo.engine.scheduler`). The
others are no rules, since they know the finished trace or nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

import numpy as np

from ga_ooo.engine.ids import PersonaIndex, Row, Step, TileIndex
from ga_ooo.engine.protocol import Commit, Completed, Hazard, Instruction, Issue, RunUntil
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.lab.replay.dependencies import peers_in_sight
from ga_ooo.lab.replay.towns import Towns
from ga_ooo.town.reach import Reach

Turn: TypeAlias = tuple[PersonaIndex, Step]
"""One move of one persona."""


class Feeder(Protocol):
    """Says which moves may start."""

    def start(self) -> Iterable[Turn]:
        """Those that may start at once."""
        ...

    def completed(self, turn: Turn) -> Iterable[Turn]:
        """A move is over; those that may start now."""
        ...


class Unordered:
    """Another rule without the order inside a step: who is in sight moves at the same time.

    It is what the paper enforces. It does not give the results of the host's loop.
    """

    def __init__(self, rule: DependencyRule) -> None:
        self.name = f"{rule.name}, unordered"
        self._rule = rule
        self._rows: dict[TileIndex, Row] = {}

    def steps_to_matter(self, tile: TileIndex) -> Row:
        """See :class:`~ga_ooo.town.rules.DependencyRule`."""
        row = self._rows.get(tile)
        if row is None:
            row = self._rows[tile] = np.maximum(self.ordered(tile), 1)
        return row

    def ordered(self, tile: TileIndex) -> Row:
        """The row of the other rule; 0 where the order would matter."""
        return self._rule.steps_to_matter(tile)


class Scheduled:
    """The engine's scheduler, one for each town, on recorded walks.

    Args:
        make_rule: gives the dependency rule of a map.

    Attributes:
        arrived: called with (persona, step, hazard) when a persona has arrived at a step; hazard is
            what holds it there, or None.
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

    def start(self) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        until = RunUntil(self._first + self._towns.steps)
        for town, scheduler in enumerate(self._schedulers):
            issued = self._issued(town, scheduler.handle(until))
            for persona in range(self._towns.traces[town].count):
                self._arrived(town, persona, self._first)
            yield from issued

    def completed(self, turn: Turn) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        persona, step = turn
        town = self._town_of[persona]
        local = persona - self._towns.first_persona[town]
        next_tile = self._walks[town][step + 1 - self._first][local]
        return self._issued(town, self._schedulers[town].handle(Completed(local, next_tile)))

    def coupled(self, persona: PersonaIndex) -> list[PersonaIndex]:
        """Those at the step of ``persona`` that matter to it there, under an unordered rule."""
        town = self._town_of[persona]
        base, scheduler = self._towns.first_persona[town], self._schedulers[town]
        rule = scheduler.rule
        assert isinstance(rule, Unordered)
        local = persona - base
        board = scheduler.scoreboard
        step, row = board.commit_step[local], rule.ordered(board.tile[local])
        return [
            base + other
            for other, (at, tile) in enumerate(zip(board.commit_step, board.tile, strict=True))
            if at == step and other != local and row[tile] == 0
        ]

    def _issued(self, town: int, instructions: Sequence[Instruction]) -> list[Turn]:
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


class Serial:
    """The host's loop: one move after another."""

    def __init__(self, towns: Towns) -> None:
        self._count = towns.count
        self._first = towns.first_step
        self._until = towns.first_step + towns.steps

    def start(self) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        return [(0, self._first)]

    def completed(self, turn: Turn) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        persona, step = turn
        if persona + 1 < self._count:
            return [(persona + 1, step)]
        return [(0, step + 1)] if step + 1 < self._until else []


class Barrier:
    """Parallel-sync: all moves of a step at once, and a barrier after each step."""

    def __init__(self, towns: Towns) -> None:
        self._count = towns.count
        self._step = towns.first_step
        self._until = towns.first_step + towns.steps
        self._left = 0

    def start(self) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        self._left = self._count
        return [(persona, self._step) for persona in range(self._count)]

    def completed(self, turn: Turn) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        self._left -= 1
        if self._left:
            return []
        self._step += 1
        return self.start() if self._step < self._until else []


class Free:
    """No dependency at all, not even of a persona on itself."""

    def __init__(self, towns: Towns) -> None:
        self._turns = list(towns.calls_of)

    def start(self) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        return self._turns

    def completed(self, turn: Turn) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        return []


class Oracle:
    """Only what the finished trace shows to have mattered: a persona waits, at each step, for those
    whom it sees at that step to have taken the step before.

    Args:
        ordered: keep the host's order among those who see each other, as exactness needs:
            wait for those earlier in order to take this step, and for everybody who was in
            sight at the step before to take that.
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

    def start(self) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        for town, base in enumerate(self._towns.first_persona[:-1]):
            for persona, missing in enumerate(self._missing[town][0]):
                if missing == 0:
                    yield base + persona, self._first

    def completed(self, turn: Turn) -> Iterable[Turn]:
        """See :class:`Feeder`."""
        persona, step = turn
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
        """How many moves each move waits for."""
        missing = [[0] * self._towns.traces[town].count for _ in range(self._towns.steps)]
        for row in range(self._towns.steps):
            for local in range(len(missing[row])):
                for other, at in self._dependants(town, local, row):
                    missing[at][other] += 1
        return missing

    def _dependants(self, town: int, local: int, row: int) -> Iterable[tuple[int, int]]:
        """The moves that wait for a move."""
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

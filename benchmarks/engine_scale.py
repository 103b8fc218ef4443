"""CPU per persona step and memory per persona of the engine itself, as towns grow.

``python -m benchmarks.engine_scale TRACE [--agents N ...] [--steps N] [--repeats R] [--one]``

Recorded positions (docs/traces.md) pass through the pure core: the scheduler with the rule
``reach``, and the tile history. As in the host, each persona publishes its presence, and reads all
tiles in sight that ever had an event. There is no host code, no model and no event loop. A move
that asked the model in the recorded run completes later, in proportion to its tokens, so that
personas lead each other as in a run.

Towns are side by side, with one scheduler each, as in ``ga-ooo replay``. With ``--one`` all people
are in the recorded town, under one scheduler. Times are CPU times of the process, the minimum of
the repeats. Memory is the growth of the process at the end of the first repeat.
"""

from __future__ import annotations

import argparse
import heapq
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np

from ga_ooo.engine.ids import PersonaIndex, Step, TileIndex
from ga_ooo.engine.loop.collector import collecting_rarely
from ga_ooo.engine.protocol import Commit, Completed, Instruction, Issue, Retire, RunUntil
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.lab.replay.towns import Towns, side_by_side
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import ReachRule
from ga_ooo.town.tile_history import TileHistory
from ga_ooo.town.tile_versions import Presence
from ga_ooo.trace.files import read_trace
from ga_ooo.trace.format import Trace

FORGET_EVERY: Final = 360
"""Steps between two checkpoints, as in a run: old versions are dropped then."""

TOKENS_A_MOVE: Final = 0.5
"""Moves of other personas in the time of one token of an answer."""


@dataclass(frozen=True)
class Walks:
    """The people of one scheduler.

    Attributes:
        tiles: tile by step and persona.
        shown: number of the shown activity by step and persona.
        tokens: tokens of the answers of each move with calls.
    """

    tiles: list[list[TileIndex]]
    shown: list[list[int]]
    tokens: dict[tuple[PersonaIndex, Step], int]


class Town:
    """One scheduler and its tile history."""

    def __init__(self, walks: Walks, reach: Reach) -> None:
        names = [f"p{index}" for index in range(len(walks.tiles[0]))]
        self.walks = walks
        self._reach = reach
        self._names = names
        self._masks: dict[TileIndex, list[TileIndex]] = {}
        self._last: list[Presence] = [
            Presence(index, tile, (name, None, None, None), None)
            for index, (name, tile) in enumerate(zip(names, walks.tiles[0], strict=True))
        ]
        self._world = TileHistory(names, {}, self._last, 0)
        self._touched = np.zeros(reach.town.size, dtype=np.bool_)
        self.scheduler = Scheduler(names, walks.tiles[0], 0, ReachRule(reach))
        for persona, tile in enumerate(walks.tiles[0]):
            self._publish(0, persona, tile)

    def carry_out(self, instructions: Iterable[Instruction]) -> list[Issue]:
        """Publish the committed presences; returns the moves to start."""
        issued = []
        for instruction in instructions:
            match instruction:
                case Issue():
                    issued.append(instruction)
                case Commit(persona, step):
                    self._publish(step + 1, persona, self.scheduler.tile(persona))
                case Retire(step) if (step + 1) % FORGET_EVERY == 0:
                    self._world.forget(step + 1)
        return issued

    def perceive(self, persona: PersonaIndex, step: Step) -> int:
        """Read all tiles in sight that have a history; returns the number of their events."""
        tile = self.scheduler.tile(persona)
        seen = self._masks.get(tile)
        if seen is None:
            sight = np.array(sorted(self._reach.tiles_in_sight(tile)))
            seen = self._masks[tile] = sight.tolist()
        touched, events = self._world.tiles, self._world.events
        return sum(len(events(at, step, _clear)) for at in touched & seen)  # type: ignore[arg-type]  # only its tiles are read

    def _publish(self, step: Step, persona: PersonaIndex, tile: TileIndex) -> None:
        row = min(step, len(self.walks.shown) - 1)
        text = str(self.walks.shown[row][persona])
        event = (self._names[persona], "is", text, text)
        before = self._last[persona]
        presence = Presence(persona, tile, event, (f"object {text}", "is", text, text))
        self._last[persona] = before if before == presence else presence
        self._world.publish(step, self._last[persona])


def _clear(_: object) -> bool:
    return True


def run(towns: list[Town], steps: int) -> None:
    """Run all personas through all steps."""
    waiting: list[tuple[float, int, int, Issue]] = []
    ready: list[tuple[Step, int, PersonaIndex, Issue]] = []
    moves = 0
    for number, town in enumerate(towns):
        for issue in town.carry_out(town.scheduler.handle(RunUntil(steps))):
            heapq.heappush(ready, (issue.step, number, issue.persona, issue))
    while ready or waiting:
        if waiting and (not ready or waiting[0][0] <= moves):
            _, _, number, issue = heapq.heappop(waiting)
        else:
            _, number, _, issue = heapq.heappop(ready)
            town = towns[number]
            town.perceive(issue.persona, issue.step)
            tokens = town.walks.tokens.get((issue.persona, issue.step))
            if tokens is not None:
                due = moves + tokens * TOKENS_A_MOVE * len(towns)
                heapq.heappush(waiting, (due, moves, number, issue))
                moves += 1
                continue
        moves += 1
        town = towns[number]
        next_tile = town.walks.tiles[issue.step + 1][issue.persona]
        done = town.scheduler.handle(Completed(issue.persona, next_tile))
        for started in town.carry_out(done):
            heapq.heappush(ready, (started.step, number, started.persona, started))


def walks_of(traces: Iterable[Trace]) -> Walks:
    """The people of several traces in one town."""
    parts = list(traces)
    tokens: dict[tuple[PersonaIndex, Step], int] = {}
    base = 0
    for trace in parts:
        calls = trace.calls
        for persona, step, out in zip(
            calls.persona.tolist(), calls.step.tolist(), calls.tokens_out.tolist(), strict=True
        ):
            move = (base + persona, step)
            tokens[move] = tokens.get(move, 0) + out
        base += trace.count
    tiles = np.concatenate([trace.tiles for trace in parts], axis=1)
    shown = np.concatenate([trace.shown for trace in parts], axis=1)
    return Walks(tiles.tolist(), shown.tolist(), tokens)


def measure(towns: Towns, reach: Reach, *, one: bool) -> tuple[float, float]:
    """Seconds of CPU per persona step, and bytes per persona."""
    groups = [towns.traces] if one else [(trace,) for trace in towns.traces]
    made: dict[int, Walks] = {}
    walks = [made.setdefault(id(group[0]), walks_of(group)) for group in groups]
    before = _resident()
    schedulers = [Town(walk, reach) for walk in walks]
    started = time.process_time()
    run(schedulers, towns.steps)
    spent = time.process_time() - started
    assert all(town.scheduler.finished for town in schedulers)
    return spent / (towns.count * towns.steps), (_resident() - before) / towns.count


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trace", type=Path)
    parser.add_argument("--agents", type=int, nargs="+", default=[25, 100, 1_000, 10_000])
    parser.add_argument("--first", type=int, default=4_320, help="first step (default: noon)")
    parser.add_argument("--steps", type=int, default=360)
    parser.add_argument("--stagger", type=int, default=9)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", action="store_true", help="all people in one town")
    options = parser.parse_args()
    trace = read_trace(options.trace)
    reach = Reach(trace.town, trace.facts.radius)
    for tile in np.unique(trace.tiles).tolist():
        reach.to_sight(tile)
    sizes = {agents: _towns(trace, options, agents) for agents in options.agents}
    found: dict[int, list[tuple[float, float]]] = {agents: [] for agents in sizes}
    with collecting_rarely():
        # Alternating, so that other work of the machine affects all sizes.
        for _ in range(options.repeats):
            for agents, towns in sizes.items():
                found[agents].append(measure(towns, reach, one=options.one))
    print(f"{'agents':>8}  {'µs/persona step':>18}  {'ratio':>6}  {'KB/persona':>13}")
    costs = {agents: min(cost for cost, _ in runs) for agents, runs in found.items()}
    for agents, cost in costs.items():
        ratio, memory = cost / costs[options.agents[0]], found[agents][0][1] / 1000
        print(f"{agents:8,}  {cost * 1e6:18.1f}  {ratio:6.2f}  {memory:13.1f}")


def _towns(trace: Trace, options: argparse.Namespace, agents: int) -> Towns:
    """Copies of a town, each later in its day than the one before as far as the trace reaches."""
    end = trace.facts.first_step + trace.steps
    room = (end - options.first - options.steps) // max(options.stagger, 1)
    staggered = side_by_side(
        [trace],
        options.first,
        options.first + options.steps,
        min(agents, room * trace.count),
        options.stagger,
    )
    parts = [part.numbered_from(0) for part in staggered.traces]
    return Towns(tuple(islice(cycle(parts), agents // trace.count)))


if __name__ == "__main__":
    main()

"""Random traces: people who walk on a map with rooms and make calls."""

from __future__ import annotations

from random import Random

import numpy as np

from ga_ooo.town.map import TownMap
from ga_ooo.trace.format import NO_INDEX, Trace
from ga_ooo.trace.recording import CallRow, RehearsalRow, TraceBuilder


def make_town(width: int = 40, height: int = 16) -> TownMap:
    """Two rooms with one door each, and the outdoors."""
    walkable = np.ones((height, width), dtype=np.bool_)
    arena = np.zeros((height, width), dtype=np.int32)
    for number, left in enumerate((2, width - 12), 1):
        walkable[2:9, left : left + 10] = False
        walkable[3:8, left + 1 : left + 9] = True
        walkable[8, left + 4] = True
        arena[2:9, left : left + 10] = number
    return TownMap(walkable, arena)


def make_trace(
    seed: int = 0, people: int = 6, steps: int = 60, first: int = 0, asking: float = 0.1
) -> Trace:
    """A day of random walks.

    Args:
        first: number of the first step.
        asking: share of the moves that ask something.
    """
    rng, town = Random(seed), make_town()
    free = np.flatnonzero(town.walkable).tolist()
    tiles = [rng.choice(free) for _ in range(people)]
    builder = TraceBuilder([f"p{i}" for i in range(people)], tiles, first)
    for step in range(first, first + steps):
        for persona in range(people):
            if rng.random() < asking:
                _ask(builder, rng, people, persona, step)
        tiles = [_walk(rng, town, tile) for tile in tiles]
        builder.retired(tiles, [rng.choice(("reads", "eats")) for _ in tiles])
    return finished(builder, town, seed)


def finished(builder: TraceBuilder, town: TownMap, seed: int = 0) -> Trace:
    """The trace of all rows so far, with made-up facts."""
    return builder.trace(
        town,
        start_time="2023-02-13T00:00:00",
        sec_per_step=10,
        radius=4,
        map_name="drawn",
        clock="virtual",
        seed=seed,
        rule="reach",
    )


def _ask(builder: TraceBuilder, rng: Random, people: int, persona: int, step: int) -> None:
    partner = rng.choice((NO_INDEX, NO_INDEX, rng.randrange(people)))
    for ordinal in range(rng.randint(1, 4)):
        row = CallRow(
            rng.choice(("plan", "talk")),
            "plan",
            NO_INDEX if partner == persona else partner,
            float(step),
            rng.randint(0, 900),
            rng.randint(0, 60),
            step + 0.5,
            cached=rng.random(),
        )
        builder.asked(persona, step, ordinal, row)
        if rng.random() < 0.3:
            used = (persona, step, ordinal) if rng.random() < 0.7 else None
            tokens = (row.tokens_in, row.tokens_out) if used else (500, 30)
            builder.rehearsals.append(
                RehearsalRow(persona, step, step, None, row.kind, float(step), *tokens, used)
            )


def _walk(rng: Random, town: TownMap, tile: int) -> int:
    x, y = town.position(tile)
    dx, dy = rng.choice(((0, 0), (0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)))
    height, width = town.walkable.shape
    if 0 <= x + dx < width and 0 <= y + dy < height and town.walkable[y + dy, x + dx]:
        return town.index(x + dx, y + dy)
    return tile

"""Which personas saw each other in a finished trace, and so could depend on each other."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.trace.format import Trace

Peers = list[list[tuple[PersonaIndex, ...]]]
"""For each step of a trace and each persona, the others in sight, in persona order."""


@lru_cache(maxsize=8)
def peers_in_sight(trace: Trace) -> Peers:
    """The personas in sight of each other at each step: those in the square of the sight radius and
    in the same arena (host: ``perceive``)."""
    height, width = trace.town.walkable.shape
    assert height
    arena = trace.town.arena.ravel()
    none: tuple[PersonaIndex, ...] = ()
    found: Peers = []
    for tiles in trace.tiles[:-1]:
        x, y, arena_of = tiles % width, tiles // width, arena[tiles]
        near = (
            (np.abs(x[:, None] - x) <= trace.facts.radius)
            & (np.abs(y[:, None] - y) <= trace.facts.radius)
            & (arena_of[:, None] == arena_of)
        )
        np.fill_diagonal(near, False)
        here = [none] * len(tiles)
        gathered: dict[int, list[int]] = {}
        for one, other in zip(*(index.tolist() for index in np.nonzero(near)), strict=True):
            gathered.setdefault(one, []).append(other)
        for one, others in gathered.items():
            here[one] = tuple(others)
        found.append(here)
    return found

"""What a finished trace shows: who saw whom, and so who could have mattered to whom."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.trace.format import Trace

Peers = list[list[tuple[PersonaIndex, ...]]]
"""For each step of a trace and each persona, the others in sight, in persona order."""


@lru_cache(maxsize=8)
def peers_in_sight(trace: Trace) -> Peers:
    """Who saw whom: the square of the sight radius, within one arena (host: ``perceive``)."""
    height, width = trace.town.walkable.shape
    assert height
    arena = trace.town.arena.ravel()
    nobody: tuple[PersonaIndex, ...] = ()
    found: Peers = []
    for tiles in trace.tiles[:-1]:
        x, y, arena_of = tiles % width, tiles // width, arena[tiles]
        near = (
            (np.abs(x[:, None] - x) <= trace.facts.radius)
            & (np.abs(y[:, None] - y) <= trace.facts.radius)
            & (arena_of[:, None] == arena_of)
        )
        np.fill_diagonal(near, False)
        here = [nobody] * len(tiles)
        gathered: dict[int, list[int]] = {}
        for one, other in zip(*(index.tolist() for index in np.nonzero(near)), strict=True):
            gathered.setdefault(one, []).append(other)
        for one, others in gathered.items():
            here[one] = tuple(others)
        found.append(here)
    return found

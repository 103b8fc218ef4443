"""Dependency rules: how soon one persona could matter to another.

A rule is one function: from a tile, the *row* of the fewest steps in which a persona on any
other tile could come to matter to one standing here (0: they matter to each other right now).
The scheduler asks nothing else, so a rule of a third party is a class with one method.

Soundness rests on the rule only for speed: reads of the versioned world and of other people
are checked against the true reach again, so an unsound rule ends in a
:class:`~ga_ooo.errors.CausalityError`, never in another result.
"""

from __future__ import annotations

from math import inf
from typing import Final

import numpy as np

from ga_ooo.engine.ids import NEVER, Row, TileIndex
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach

_SOUND_RADIUS: Final = 12.0
"""Of the original: it sees a square of 8 tiles to each side, whose corners are 11.3 tiles away."""


class ReachRule:
    """Geodesic distance into sight (DESIGN section 3). Sound and the tightest of the three."""

    name = "reach"

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def steps_to_matter(self, tile: TileIndex) -> Row:
        return self._reach.to_sight(tile)


class EuclideanRule:
    """The paper's rule (AI Metropolis, section 3.2), a baseline.

    Two personas at the same step are coupled within ``radius + speed`` tiles of each other; one
    that is ``lag`` steps behind blocks within ``radius + (lag + 1) * speed``.

    Args:
        radius: perception radius in tiles.
        speed: tiles a persona may cover in one step.
    """

    def __init__(self, town: TownMap, radius: float, speed: float = 1.0) -> None:
        if not (0 <= radius < inf and 0 < speed < inf):
            raise UsageError(
                f"rule euclidean:{radius:g}:{speed:g} makes no sense",
                "give a radius of 0 or more tiles and a speed above 0, such as euclidean:12",
            )
        self.name = f"euclidean:{radius:g}" + ("" if speed == 1 else f":{speed:g}")
        self._town = town
        self._radius = radius
        self._speed = speed
        self._rows: dict[TileIndex, Row] = {}
        height, width = town.walkable.shape
        self._columns, self._lines = np.meshgrid(np.arange(width), np.arange(height))

    def steps_to_matter(self, tile: TileIndex) -> Row:
        row = self._rows.get(tile)
        if row is None:
            x, y = self._town.position(tile)
            distance = np.hypot(self._columns - x, self._lines - y)
            steps = np.ceil((distance - self._radius) / self._speed) - 1
            row = self._rows[tile] = np.clip(steps, 0, NEVER - 1).astype(np.uint16).ravel()
        return row


class LockstepRule:
    """Everybody always matters to everybody: the host's own order, one move at a time."""

    name = "lockstep"

    def __init__(self, town: TownMap) -> None:
        self._row = np.zeros(town.size, dtype=np.uint16)

    def steps_to_matter(self, tile: TileIndex) -> Row:
        return self._row


def make_rule(spelling: str, reach: Reach) -> DependencyRule | None:
    """The built-in rule of this spelling (``reach``, ``euclidean:R[:SPEED]``, ``lockstep``).

    Returns:
        None if the name is not one of ours (a plugin may know it).

    Raises:
        UsageError: the name is known but its options are not numbers.
    """
    name, *options = spelling.split(":")
    if name == "reach" and not options:
        return ReachRule(reach)
    if name == "lockstep" and not options:
        return LockstepRule(reach.town)
    if name == "euclidean":
        try:
            radius, speed = (*map(float, options), *(_SOUND_RADIUS, 1.0)[len(options) :])
        except ValueError:
            raise UsageError(
                f"rule '{spelling}' has options that are not one or two numbers",
                "spell it euclidean:RADIUS or euclidean:RADIUS:SPEED, such as euclidean:12",
            ) from None
        return EuclideanRule(reach.town, radius, speed)
    return None

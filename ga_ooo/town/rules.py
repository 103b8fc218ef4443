"""The built-in dependency rules: how soon one persona could matter to another.

:mod:`ga_ooo.engine.rules` says what a rule must provide, and what happens under an unsound one.
"""

from __future__ import annotations

from math import inf
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import NEVER, CompactRow, Row, TileIndex
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.errors import UsageError
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import MOST_TILES, Reach

_SOUND_RADIUS: Final = 12.0
"""In tiles, for the original host: its personas see a square of 8 tiles to each side, whose corners
are 11.3 tiles away."""


class ReachRule:
    """Fewest moves over the map into sight. Sound, and the tightest of the three."""

    name = "reach"

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def steps_to_matter(self, tile: TileIndex) -> Row:
        return self._reach.to_sight(tile)


class EuclideanRule:
    """The rule of the paper (AI Metropolis, section 3.2), as a baseline.

    Two personas at the same step are coupled if they are within ``radius + speed`` tiles of each
    other. A persona that is ``lag`` steps behind holds those within
    ``radius + (lag + 1) * speed`` tiles. Distances are Euclidean.

    Args:
        radius: perception radius in tiles.
        speed: most tiles that a persona moves in one step.

    Raises:
        UsageError: the radius is negative, or the speed is not positive.
    """

    def __init__(self, town: TownMap, radius: float, speed: float = 1.0) -> None:
        if not (0 <= radius < inf and 0 < speed < inf):
            raise UsageError(
                f"rule euclidean:{radius:g}:{speed:g} makes no sense",
                "give a radius of 0 or more tiles and a speed above 0, such as euclidean:12",
            )
        self.name = f"euclidean:{radius:g}" + ("" if speed == 1 else f":{speed:g}")
        self._town = town
        self._rows: dict[TileIndex, Row] = {}
        height, width = town.walkable.shape
        distance = np.hypot(np.arange(width), np.arange(height)[:, None])
        steps = np.ceil((distance - radius) / speed) - 1
        self._steps = np.clip(steps, 0, NEVER - 1).astype(np.uint16)

    def steps_to_matter(self, tile: TileIndex) -> Row:
        row = self._rows.get(tile)
        if row is None:
            row = self._rows[tile] = self._make_row(tile)
        return row

    def _make_row(self, tile: TileIndex) -> Row:
        row = _OffsetRow(self._steps, self._town.position(tile))
        # An array is looked up faster. On a large map it would take a megabyte for each tile.
        return row[np.arange(self._town.size)] if self._town.size <= MOST_TILES else row


class _OffsetRow(CompactRow):
    """A row that depends on how far away a tile is, in columns and in rows.

    Args:
        values: by distance in rows and in columns; shape (height, width) of the map.
        position: (x, y) of the tile that the row is about.
    """

    __slots__ = ("_values", "_x", "_y")

    def __init__(self, values: npt.NDArray[np.uint16], position: tuple[int, int]) -> None:
        self._values = values
        self._x, self._y = position

    def __getitem__(self, tiles: Any) -> Any:
        y, x = np.divmod(tiles, self._values.shape[1])
        return self._values[abs(y - self._y), abs(x - self._x)]


class LockstepRule:
    """Everybody always matters to everybody: one move at a time, in the host's own order."""

    name = "lockstep"

    def __init__(self, town: TownMap) -> None:
        self._row = np.zeros(town.size, dtype=np.uint16)

    def steps_to_matter(self, tile: TileIndex) -> Row:
        return self._row


def make_rule(spelling: str, reach: Reach) -> DependencyRule | None:
    """The built-in rule of this spelling (``reach``, ``euclidean:R[:SPEED]``, ``lockstep``).

    Returns:
        None if the name is not built in (a plugin may know it).

    Raises:
        UsageError: the rule is built in, and its options make no sense.
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

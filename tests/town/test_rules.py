"""Dependency rules: the paper's formula, lockstep, and how they are spelled."""

from __future__ import annotations

from math import hypot

import numpy as np
import pytest

from ga_ooo.engine.ids import CompactRow
from ga_ooo.errors import UsageError
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import EuclideanRule, LockstepRule, ReachRule, make_rule
from tests.engine.drawing import draw, values

FIELD = draw("\n".join(["." * 30] * 20))
REACH = Reach(FIELD, 4)


@pytest.mark.parametrize(("radius", "speed"), [(4.0, 1.0), (8.0, 1.0), (0.0, 2.5), (3.5, 0.5)])
def test_euclidean_is_the_formula_of_the_paper(radius: float, speed: float) -> None:
    """AI Metropolis, section 3.2: two personas at the same step are coupled within radius + speed;
    one that is ``lag`` steps behind blocks within radius + (lag + 1) * speed."""
    row = EuclideanRule(FIELD, radius, speed).steps_to_matter(FIELD.index(7, 9))
    for tile in range(FIELD.size):
        x, y = FIELD.position(tile)
        distance = hypot(x - 7, y - 9)
        for lag in range(40):
            assert (row[tile] <= lag) == (distance <= radius + (lag + 1) * speed)


def test_euclidean_rows_of_a_large_map_are_not_kept() -> None:
    """Such a row is computed for the tiles that are looked up, with the values of an array."""
    large = draw("\n".join(["." * 300] * 200))
    row = EuclideanRule(large, 4.0).steps_to_matter(large.index(70, 90))
    small = EuclideanRule(FIELD, 4.0).steps_to_matter(FIELD.index(7, 9))
    assert isinstance(row, CompactRow)
    assert not isinstance(small, CompactRow)
    tiles = np.array([large.index(70 + x - 7, 90 + y - 9) for y in range(20) for x in range(30)])
    assert (row[tiles] == small).all()
    assert row[int(tiles[17])] == small[17]


def test_lockstep_is_everybody_always() -> None:
    """Nobody ever leads, and moves run one at a time."""
    assert not values(LockstepRule(FIELD).steps_to_matter(3), FIELD).any()


def test_reach_is_geodesic() -> None:
    """The rule uses the rows of :class:`Reach` themselves."""
    assert ReachRule(REACH).steps_to_matter(5) is REACH.to_sight(5)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("reach", "reach"),
        ("lockstep", "lockstep"),
        ("euclidean", "euclidean:12"),
        ("euclidean:4", "euclidean:4"),
        ("euclidean:4.5:2", "euclidean:4.5:2"),
        ("euclidean:4:1", "euclidean:4"),
    ],
)
def test_spellings(spelling: str, name: str) -> None:
    """The name of a rule is its spelling."""
    rule = make_rule(spelling, REACH)
    assert rule is not None
    assert rule.name == name


@pytest.mark.parametrize("spelling", ["somebody-elses", "reach:8", "lockstep:1", ""])
def test_names_that_are_not_built_in(spelling: str) -> None:
    """A plugin may know them."""
    assert make_rule(spelling, REACH) is None


@pytest.mark.parametrize(
    "spelling",
    [
        "euclidean:",
        "euclidean:near",
        "euclidean:1:2:3",
        "euclidean:-1",
        "euclidean:8:0",
        "euclidean:8:-1",
        "euclidean:nan",
        "euclidean:8:nan",
        "euclidean:inf",
        "euclidean:8:inf",
    ],
)
def test_options_that_make_no_sense(spelling: str) -> None:
    """The message says how to spell the rule."""
    with pytest.raises(UsageError, match="such as euclidean:12"):
        make_rule(spelling, REACH)

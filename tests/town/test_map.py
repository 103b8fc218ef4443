"""The map of the core: tile numbers, arenas, and the digest that names its cache file."""

from __future__ import annotations

from ga_ooo.engine.ids import NEVER
from ga_ooo.town.reach import Reach
from tests.engine.drawing import draw, values


def test_numbers_and_positions() -> None:
    """Tiles are numbered row by row."""
    town = draw("...\n...")
    assert (town.width, town.size) == (3, 6)
    assert [town.position(town.index(x, 1)) for x in range(3)] == [(0, 1), (1, 1), (2, 1)]


def test_digest_names_the_content() -> None:
    """The digest depends on walls, arenas and shape, and not on the names of arenas."""
    assert draw("aab").digest() == draw("ccd").digest()
    others = ["aa#", "abb", "aa\nab", "aaba"]
    assert len({draw(other).digest() for other in ("aab", *others)}) == 5


def test_a_persona_may_start_in_a_wall() -> None:
    """It can walk out of the wall, but nobody can walk through it."""
    town = draw(".#.")
    row = Reach(town, 0).to_tile(0)
    assert values(row, town).tolist() == [0, 1, NEVER]

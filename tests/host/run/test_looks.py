"""A persona looks around again only if those whom it can see have changed."""

from __future__ import annotations

import pytest

from ga_ooo.host.run.rehearsal.town import looks_same
from ga_ooo.runahead.rehearsal import AssumedWorld
from ga_ooo.town.tile_versions import Presence

ARENA = [1, 1, 2, 2]
"""Of four tiles: the persona stands on the first, and a wall is behind the second."""


def world(*others: tuple[int, str], tile: int = 0) -> AssumedWorld:
    """A world with personas near by, each on a tile with an action."""
    presences = {
        persona: Presence(persona, where, ("", does, "", ""), None)
        for persona, (where, does) in enumerate(others, start=1)
    }
    return AssumedWorld(None, 0, 5, tile, presences, {})


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (world((1, "reads"), (2, "cooks")), True),
        (world((1, "reads"), (2, "sleeps")), True),
        (world((1, "reads"), (3, "cooks")), True),
        (world((1, "reads")), True),
        (world((1, "sleeps"), (2, "cooks")), False),
        (world((0, "reads"), (2, "cooks")), False),
        (world((2, "reads"), (2, "cooks")), False),
        (world((1, "reads"), (1, "cooks")), False),
        (world((1, "reads"), (2, "cooks"), tile=1), False),
    ],
)
def test_only_those_in_the_same_arena_count(now: AssumedWorld, same: bool) -> None:
    assert looks_same(world((1, "reads"), (2, "cooks")), now, ARENA) is same

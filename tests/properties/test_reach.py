"""Reach: rows equal a naive search, and no walk is in sight sooner than its row says."""

from __future__ import annotations

from collections import deque
from random import Random
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.engine.ids import NEVER
from ga_ooo.town import reach as reach_module
from ga_ooo.town.cells import Cells
from ga_ooo.town.distances import moves_into
from ga_ooo.town.reach import Reach
from ga_ooo.town.regions import Box, find_regions, map_of
from tests.engine.drawing import draw
from tests.properties.maps import Layout, Tile, layouts

seeds = st.integers(0, 2**32)


def moves_by_search(layout: Layout, start: Tile, targets: set[Tile]) -> int:
    """Fewest moves of a persona on ``start`` into ``targets``, by a search for this one."""
    moves = {start: 0}
    queue = deque([start])
    while queue:
        tile = queue.popleft()
        if tile in targets:
            return moves[tile]
        for near in layout.neighbours(tile):
            if near not in moves and layout.free(near):
                moves[near] = moves[tile] + 1
                queue.append(near)
    return NEVER


def seen_from(layout: Layout, tile: Tile, radius: int) -> set[Tile]:
    """The tiles of the host's perception: those of the square that are in the own arena."""
    return {
        (x, y)
        for x, y in layout.tiles()
        if abs(x - tile[0]) <= radius
        and abs(y - tile[1]) <= radius
        and layout.arenas[y][x] == layout.arenas[tile[1]][tile[0]]
    }


@given(layouts(most=10), st.lists(st.integers(0, 200), min_size=1, max_size=5))
def test_moves_into_any_set(layout: Layout, chosen: list[int]) -> None:
    """A persona may start on a blocked tile of the set, and never enters one."""
    town, tiles = layout.town(), layout.tiles()
    targets = {tiles[number % len(tiles)] for number in chosen}
    mask = np.zeros(town.walkable.shape, dtype=np.bool_)
    for x, y in targets:
        mask[y, x] = True
    row = moves_into(town, mask)
    for tile in tiles:
        assert row[town.index(*tile)] == moves_by_search(layout, tile, targets), tile


@given(layouts(), st.integers(0, 5), seeds)
def test_to_sight(layout: Layout, radius: int, seed: int) -> None:
    """Distance into sight is the distance into the tiles that are seen."""
    town, rng = layout.town(), Random(seed)
    reach = Reach(town, radius)
    looker = rng.choice(layout.tiles())
    seen = seen_from(layout, looker, radius)
    for tile in layout.tiles():
        moves = moves_by_search(layout, tile, seen)
        assert reach.to_sight(town.index(*looker))[town.index(*tile)] == moves
        in_sight = reach.tiles_in_sight(town.index(*looker))
        assert (town.index(*tile) in in_sight) == (tile in seen)


@given(layouts(), st.integers(0, 5), seeds)
def test_cells(layout: Layout, radius: int, seed: int) -> None:
    """Sight between two tiles is the host's, and all that is seen lies in the cells around."""
    town, cells = layout.town(), Cells(layout.town(), radius)
    looker = Random(seed).choice(layout.tiles())
    seen, around = seen_from(layout, looker, radius), cells.around(town.index(*looker))
    assert len(set(around)) == len(around) <= 9
    for tile in layout.tiles():
        assert cells.in_sight(town.index(*looker), town.index(*tile)) == (tile in seen)
        assert cells.of(town.index(*tile)) in around or tile not in seen


@given(layouts(most=10), st.integers(0, 5))
def test_symmetry(layout: Layout, radius: int) -> None:
    """Sight is symmetric everywhere; distances are symmetric among walkable tiles."""
    town = layout.town()
    reach = Reach(town, radius)
    free = [town.index(*tile) for tile in layout.tiles() if layout.free(tile)]
    tile_rows = np.array([reach.to_tile(tile)[free] for tile in free])
    assert np.array_equal(tile_rows, tile_rows.T)
    sight = np.array([reach.to_sight(tile) for tile in range(town.size)]) == 0
    assert np.array_equal(sight, sight.T)


@given(layouts(most=14), st.integers(0, 3), st.integers(1, 6), seeds)
def test_rows_of_large_maps(layout: Layout, radius: int, most_moves: int, seed: int) -> None:
    """In regions, rows are equal to those over the whole map. In windows, they are equal up to a
    limit, and a lower bound beyond. Between regions, where nobody walks, they are 0."""
    town, rng = layout.town(), Random(seed)
    whole, tiles = Reach(town, radius), np.arange(town.size)
    boxes = find_regions(town, radius)
    between = np.ones(town.walkable.shape, dtype=np.bool_)
    for box in boxes:
        between[box.part] = False
    assert not town.walkable[between].any()
    looker = rng.choice(tiles[~between.ravel()]) if boxes else 0
    for most_tiles in (town.size - 1, 0):
        with patch.object(reach_module, "MOST_MOVES", most_moves):
            large = Reach(town, radius, most_tiles=most_tiles)
            far = rng.randint(1, most_moves)
            pairs = [
                (whole.to_sight(looker), large.to_sight(looker)),
                (whole.to_tile(looker), large.to_tile(looker)),
            ]
            holders = whole.to_tiles_or_far([looker], far), large.to_tiles_or_far([looker], far)
        for one, other in pairs:
            exact, found = one[tiles], other[tiles]
            assert (found == 0)[between.ravel()].all()
            near = (exact <= most_moves) & ~between.ravel()
            assert (found[near] == exact[near]).all()
            assert (found <= exact).all()
            assert (found[~near & ~between.ravel()] > most_moves).all()
            assert [int(other[tile]) for tile in tiles.tolist()] == found.tolist()
        exact, found = (row[tiles] for row in holders)
        inside = ~between.ravel()
        assert (found[inside] == exact[inside]).all()
        assert large.tiles_in_sight(looker) == whole.tiles_in_sight(looker)


def test_regions_that_are_alike_share_their_rows() -> None:
    """Two copies of a map, with a strip of walls between them."""
    one = ["..#a", "...a", "b##."]
    town = draw("\n".join(row + "###" + row for row in one))
    boxes = find_regions(town, 3)
    assert boxes == [Box(0, 0, 4, 3), Box(7, 0, 11, 3)]
    assert map_of(town, boxes[0]).digest() == map_of(town, boxes[1]).digest()
    assert map_of(town, boxes[0]).digest() == draw("\n".join(one)).digest()
    assert find_regions(town, 4) == [Box(0, 0, 11, 3)], "somebody may see over the wall"


@given(layouts(), st.integers(0, 4), seeds)
def test_no_walk_is_sooner_than_its_row(layout: Layout, radius: int, seed: int) -> None:
    """The lag hazard is safe for walkers that start anywhere, even in walls."""
    town, rng = layout.town(), Random(seed)
    reach = Reach(town, radius)
    looker, walker = rng.choice(layout.tiles()), rng.choice(layout.tiles())
    row = reach.to_sight(town.index(*looker))
    seen = seen_from(layout, looker, radius)
    earliest = row[town.index(*walker)]
    for step in range(40):
        assert walker not in seen or step >= earliest
        near = [tile for tile in layout.neighbours(walker) if layout.free(tile)]
        # More often towards the persona that looks, or it would hardly ever arrive.
        near.sort(key=lambda tile: row[town.index(*tile)])
        if near and rng.random() < 0.9:
            walker = near[0] if rng.random() < 0.7 else rng.choice(near)


@given(layouts(), st.integers(0, 4), seeds)
def test_rows_are_tight(layout: Layout, radius: int, seed: int) -> None:
    """A persona that follows the row is in sight exactly when the row says: no hold is too long."""
    town, rng = layout.town(), Random(seed)
    looker, tile = rng.choice(layout.tiles()), rng.choice(layout.tiles())
    row = Reach(town, radius).to_sight(town.index(*looker))
    moves = int(row[town.index(*tile)])
    if moves == NEVER:
        return
    for left in range(moves, 0, -1):
        assert row[town.index(*tile)] == left
        near = [t for t in layout.neighbours(tile) if layout.free(t)]
        tile = min(near, key=lambda t: row[town.index(*t)])
    assert tile in seen_from(layout, looker, radius)

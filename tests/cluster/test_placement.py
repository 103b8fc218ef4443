"""Who is rehearsed where."""

from __future__ import annotations

from ga_ooo.cluster.placement import Placement, pairs_in_sight


def test_who_sees_each_other_shares_a_worker() -> None:
    placement = Placement([None] * 6)
    placement.look([(0, 3), (1, 4), (2, 5)])
    assigned = placement.assign([0, 1, 2])
    assert sorted(assigned.values()) == [[0, 3], [1, 4], [2, 5]]


def test_who_lives_together_shares_a_worker() -> None:
    assigned = Placement(["a", "b", "a", "b"]).assign([0, 1])
    assert sorted(assigned.values()) == [[0, 2], [1, 3]]


def test_all_workers_get_a_part_even_of_a_crowd() -> None:
    placement = Placement([None] * 10)
    placement.look((i, j) for j in range(10) for i in range(j))
    sizes = [len(personas) for personas in placement.assign([0, 1]).values()]
    assert sum(sizes) == 10
    assert max(sizes) <= 6


def test_personas_of_a_lost_worker_move_and_others_stay() -> None:
    placement = Placement([None] * 4)
    before = placement.assign([0, 1])
    assert set(placement.assign([1])[1]) == {0, 1, 2, 3}
    after = placement.assign([0, 1])
    assert sum(len(personas) for personas in after.values()) == 4
    assert all(len(personas) == 2 for personas in before.values())


def test_without_workers_nobody_is_placed() -> None:
    assert Placement(["a"]).assign([]) == {}


def test_pairs_in_sight() -> None:
    sight = {1: {1, 2}, 2: {1, 2}, 7: {7}}
    assert pairs_in_sight([1, 2, 7], lambda tile: sight[tile]) == [(0, 1)]

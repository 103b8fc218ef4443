"""Access times of memory nodes: only a rehearsal itself sees the times that it writes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.world.access_times import Accesses, AccessTimes


def make_node_class() -> Any:
    """A new class like the host's ``ConceptNode``."""

    class Node:
        def __init__(self, created: int) -> None:
            self.created = created
            self.last_accessed = created

    return Node


def test_a_node_behaves_normally_outside_of_rehearsals() -> None:
    node_class = make_node_class()
    AccessTimes(node_class)
    node = node_class(3)
    assert node.last_accessed == 3
    node.last_accessed = 8
    assert node.last_accessed == 8


def test_only_the_rehearsal_sees_its_own_writes() -> None:
    node_class = make_node_class()
    times = AccessTimes(node_class)
    node, mine, other = node_class(3), Accesses(), Accesses()
    times.show(mine)
    node.last_accessed = 8
    times.hide()
    assert node.last_accessed == 3
    times.show(other)
    assert node.last_accessed == 3
    times.hide()
    times.show(mine)
    assert node.last_accessed == 8
    node.last_accessed = 9
    times.hide()
    assert node.last_accessed == 3


def test_a_real_write_is_not_lost_in_a_rehearsal() -> None:
    node_class = make_node_class()
    times = AccessTimes(node_class)
    node, mine = node_class(3), Accesses()
    times.show(mine)
    node.last_accessed = 8
    times.hide()
    node.last_accessed = 5
    times.show(mine)
    assert node.last_accessed == 8
    times.hide()
    assert node.last_accessed == 5


def test_a_node_made_in_a_rehearsal_stays_its_own() -> None:
    node_class = make_node_class()
    times = AccessTimes(node_class)
    mine: Accesses = {}
    times.show(mine)
    node = node_class(3)
    node.last_accessed = 8
    assert node.last_accessed == 8
    times.hide()
    times.show(mine)
    assert node.last_accessed == 8
    times.hide()


writes = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 99)), max_size=40)


@given(writes)
def test_worlds_never_mix(history: list[tuple[int, int, int]]) -> None:
    """World 0 is the real one; the others are rehearsals, each with its own writes."""
    node_class = make_node_class()
    times = AccessTimes(node_class)
    nodes = [node_class(0) for _ in range(3)]
    accesses: list[Accesses] = [{} for _ in range(4)]
    model: list[dict[int, int]] = [{} for _ in range(4)]
    for world, node, value in history:
        if world:
            times.show(accesses[world])
        nodes[node].last_accessed = value
        model[world][node] = value
        for i, each in enumerate(nodes):
            real = model[0].get(i, 0)
            assert each.last_accessed == model[world].get(i, real)
        if world:
            times.hide()
    assert [each.last_accessed for each in nodes] == [model[0].get(i, 0) for i in range(3)]

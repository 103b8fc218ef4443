"""A replica that gets the changes of a state is equal to it."""

from __future__ import annotations

import random
import sys
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import pytest

from ga_ooo.cluster.states.outlines import Outline
from ga_ooo.cluster.states.senders import StateChange, StateSender
from ga_ooo.cluster.worker_side.receivers import Replicas
from ga_ooo.host.durable.values import DamagedStateError
from ga_ooo.host.world.snapshot import take_copy

MODULES: Final = {__name__: sys.modules[__name__]}
NOTHING: Final = (None, None, None, None)
MORNING: Final = datetime(2023, 2, 13)


class Node:
    """A memory node."""

    def __init__(self, number: int) -> None:
        self.node_count = number
        self.keywords = {"bed", f"thing {number}"}
        self.last_accessed = MORNING + timedelta(minutes=number)


class Memory:
    """An associative memory."""

    def __init__(self) -> None:
        self.id_to_node: dict[str, Node] = {}
        self.seq_event: list[Node] = []
        self.kw_to_event: dict[str, list[Node]] = {}
        self.kw_strength: dict[str, int] = {}
        self.embeddings: dict[str, list[float]] = {}

    def add(self, node: Node) -> None:
        """As the host does."""
        self.id_to_node[f"node_{node.node_count}"] = node
        self.seq_event[0:0] = [node]
        for word in sorted(node.keywords):
            self.kw_to_event[word] = [node, *self.kw_to_event.get(word, [])]
            self.kw_strength[word] = self.kw_strength.get(word, 0) + 1
        self.embeddings[f"text {node.node_count}"] = [float(node.node_count)] * 20


class Scratch:
    """What changes at each step."""

    def __init__(self) -> None:
        self.curr_time = MORNING
        self.planned_path: list[tuple[int, int]] = []
        self.schedule = [["sleep", 60], ["eat", 30]]
        # As in the host, both lists hold the same inner lists.
        self.schedule_hours = self.schedule[:]
        self.chat: str | None = None


class Person:
    """A persona."""

    def __init__(self) -> None:
        self.name = "Ada"
        self.scratch = Scratch()
        self.a_mem = Memory()


def state(person: Any) -> dict[str, Any]:
    """All that a person is, with nodes by their numbers."""

    def plain(value: Any) -> Any:
        if isinstance(value, Node):
            return ("node", sorted(vars(value).items(), key=lambda item: item[0]).__repr__())
        if isinstance(value, dict):
            return [(key, plain(item)) for key, item in value.items()]
        return [plain(item) for item in value] if isinstance(value, list) else value

    return {
        "name": person.name,
        # The order of attributes means nothing to the host.
        "scratch": {name: plain(value) for name, value in vars(person.scratch).items()},
        "memory": {name: plain(value) for name, value in vars(person.a_mem).items()},
    }


def replicas_of() -> Replicas:
    """Replicas of one person. Its outline stands in for itself."""
    return Replicas(1, {}, MODULES, lambda persona, outline: outline)


def edit(person: Person, chance: random.Random) -> list[Node]:
    """Change something; returns the nodes that were accessed."""
    scratch = person.scratch
    scratch.curr_time += timedelta(seconds=10)
    match chance.randrange(5):
        case 0:
            scratch.planned_path = [(chance.randrange(9), 1) for _ in range(3)]
        case 1:
            chance.choice(scratch.schedule)[1] = chance.randrange(90)
        case 2:
            person.a_mem.add(Node(len(person.a_mem.seq_event)))
        case 3:
            scratch.chat = chance.choice([None, "hello"])
        case 4 if person.a_mem.seq_event:
            node = chance.choice(person.a_mem.seq_event)
            node.last_accessed = scratch.curr_time
            return [node]
    return []


@pytest.mark.parametrize("seed", range(5))
def test_changes_make_an_equal_replica(seed: int) -> None:
    chance, person = random.Random(seed), Person()
    sender, replicas = StateSender([person], {}, MODULES), replicas_of()
    for step in range(60):
        accessed = [node for node in edit(person, chance) if sender.owner(node) is not None]
        if step == 30:
            sender.forget(0)
            accessed = []
        copy = take_copy(person, sender.last(0))
        replicas.apply(sender.change(0, copy, accessed))
        assert state(replicas.personas[0]) == state(person)
    scratch, memory = replicas.personas[0].scratch, replicas.personas[0].a_mem
    assert scratch.schedule[0] is scratch.schedule_hours[0]
    assert memory.seq_event[0] in memory.id_to_node.values()


def test_what_is_old_is_not_sent_again() -> None:
    person = Person()
    for number in range(50):
        person.a_mem.add(Node(number))
    sender = StateSender([person], {}, MODULES)
    whole = sender.change(0, take_copy(person), [])
    person.a_mem.add(Node(50))
    person.scratch.curr_time += timedelta(seconds=10)
    change = sender.change(0, take_copy(person, sender.last(0)), [])
    assert len(change) < len(whole) / 10
    assert len(sender.change(0, take_copy(person, sender.last(0)), [])) < 50


def test_a_change_needs_the_state_before() -> None:
    person = Person()
    sender = StateSender([person], {}, MODULES)
    sender.change(0, take_copy(person), [])
    person.scratch.chat = "hello"
    change = sender.change(0, take_copy(person, sender.last(0)), [])
    with pytest.raises(DamagedStateError):
        replicas_of().apply(change)


def test_a_worker_that_joins_later_gets_the_state_of_the_others() -> None:
    chance, person = random.Random(1), Person()
    sender = StateSender([person], {}, MODULES)
    first, second = replicas_of(), replicas_of()
    for step in range(40):
        accessed = [node for node in edit(person, chance) if sender.owner(node) is not None]
        change = sender.change(0, take_copy(person, sender.last(0)), accessed)
        first.apply(change)
        if step == 20:
            second.apply(sender.whole(0))
        if step > 20:
            second.apply(change)
    assert state(second.personas[0]) == state(first.personas[0]) == state(person)


def test_an_outline_takes_the_place_of_a_state() -> None:
    """Until the whole state is sent again, no change of it fits."""
    person, outline = Person(), Outline(1, [], NOTHING, NOTHING)
    sender, replicas = StateSender([person], {}, MODULES), replicas_of()
    replicas.apply(sender.change(0, take_copy(person), []))
    assert replicas.has(0)
    replicas.apply(msgspec.msgpack.encode(StateChange(0, False, [], None, outline)))
    assert not replicas.has(0) and replicas.personas == [outline]
    person.scratch.chat = "hello"
    with pytest.raises(DamagedStateError):
        replicas.apply(sender.change(0, take_copy(person, sender.last(0)), []))
    replicas.apply(sender.whole(0))
    assert replicas.has(0) and state(replicas.personas[0]) == state(person)

"""Exact states: types, aliases and orders come back; nothing that runs code is read."""

from __future__ import annotations

import pickle
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ga_ooo.host.durable.state import checkpoint_of, dump, load
from ga_ooo.host.durable.values import DamagedStateError, UnknownStateError
from ga_ooo.host.durable.values.tags import is_plain_class
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.town.tile_versions import Presence
from tests.properties import persona as persona_module
from tests.properties.host import Server
from tests.properties.maps import make_layout
from tests.properties.persona import Persona, Temper

MODULES = {persona_module.__name__: persona_module}


def town(people: int = 3) -> Server:
    """A small town before its first step."""
    layout = make_layout(6, 5, 0.1, 2, seed=4)
    return Server(layout, layout.tiles()[:people], Temper(vision=(2,)), seed=1)


def standing(server: Server) -> Checkpoint:
    """The map's part of a state."""
    people = range(len(server.personas))
    return Checkpoint(
        step=12,
        copies=[],
        positions=[1, 2, 3][: len(people)],
        before=[
            Presence(i, 1, (f"B{i}", "is", "a", None), ("bed", "is", "used", "used"))
            for i in people
        ],
        events={1: frozenset({("bed", None, None, None)}), 4: ()},
        curr_tiles=[(1, 0), [2, 0], None][: len(people)],
    )


def there_and_back(server: Server, chance: Random | None = None) -> Server:
    """Another server of the same town, in the state of this one."""
    content = dump(server, MODULES, standing(server), chance or Random(0))
    other = town(len(server.personas))
    load(content, other, MODULES)
    return other


def persona(server: Server, number: int = 0) -> Any:
    """Somebody, with whatever attributes."""
    return list(server.personas.values())[number]


def test_types_and_aliases_come_back() -> None:
    server = town()
    one, two = persona(server), persona(server, 1)
    one.scratch.chat = two.scratch.chat = [["B0", "hi"]]
    one.scratch.planned_path = [(1, 2), [3, 4]]
    one.a_mem.add("a thought", datetime(2023, 2, 13, 0, 0, 10))
    one.scratch.more = {"o": OrderedDict(b=1, a=2), "d": defaultdict(list, x=[1.0])}
    one.scratch.vector = np.arange(3, dtype=np.float32)
    one.scratch.partner, one.scratch.town = two, server.maze
    other = there_and_back(server)
    same, partner = persona(other), persona(other, 1)
    assert same.scratch.chat is partner.scratch.chat
    assert same.scratch.planned_path == [(1, 2), [3, 4]]
    assert [type(tile) for tile in same.scratch.planned_path] == [tuple, list]
    assert same.a_mem.kw_to_event["a"][0] is same.a_mem.id_to_node["node_1"]
    assert list(same.scratch.more["o"]) == ["b", "a"]
    assert same.scratch.more["d"].default_factory is list
    assert same.scratch.vector.dtype == np.float32
    assert same.scratch.partner is partner
    assert same.scratch.town is other.maze


def test_each_kind_of_value_comes_back() -> None:
    values = [
        *(np.float32(1.5), np.int64(-7), np.bool_(True), 10**30, 1 + 2j, slice(1, None, 2)),
        *(date(2023, 2, 13), time(8, 30), timedelta(days=1, seconds=2, microseconds=3)),
        *(bytearray(b"ab"), b"ab", deque([1, 2], maxlen=3), Counter("aab"), frozenset({1})),
    ]
    server = town()
    persona(server).scratch.values = values
    found = persona(there_and_back(server)).scratch.values
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


def test_the_world_comes_back() -> None:
    server = town()
    server.step, server.fork_note = 12, "kept"  # type: ignore[attr-defined]  # attributes of the host
    chance = Random(3)
    chance.random()
    at = standing(server)
    other = town()
    world = load(dump(server, MODULES, at, chance), other, MODULES)
    assert (other.step, vars(other)["fork_note"]) == (12, "kept")
    again = checkpoint_of(world, other)
    assert (again.step, again.positions, again.before) == (12, at.positions, at.before)
    assert again.curr_tiles == at.curr_tiles
    assert {tile: set(events) for tile, events in again.events.items()} == {
        1: {("bed", None, None, None)},
        4: set(),
    }
    drawn = Random(0)
    drawn.setstate(world.chance)
    assert drawn.random() == chance.random()


@given(st.lists(st.text(max_size=3), max_size=30), st.integers(0, 2**32))
def test_sets_come_back_in_their_order(members: list[str], seed: int) -> None:
    """Also where the order of iteration does not tell in which order they were filled."""
    Random(seed).shuffle(members)
    server = town(1)
    persona(server).scratch.keywords = filled = set(members)
    persona(server).scratch.again = filled
    # Two that want the same place: the one that came second is iterated first or last.
    persona(server).scratch.colliding = {8, 16, 0} if seed % 2 else {0, 16, 8}
    same = persona(there_and_back(server)).scratch
    assert list(same.keywords) == list(filled)
    assert same.keywords is same.again or len(filled) < 2
    assert list(same.colliding) == list(persona(server).scratch.colliding)


@given(st.lists(st.floats(), max_size=40), st.sampled_from([None, 1, True, "a", []]))
def test_vectors_come_back_bit_for_bit(numbers: list[float], other: Any) -> None:
    """Lists of floats are written in one piece; any other list as usual, types kept."""
    server = town(1)
    scratch = persona(server).scratch
    scratch.vector = scratch.again = numbers
    scratch.equal, scratch.mixed = list(numbers), [*numbers, other]
    same = persona(there_and_back(server)).scratch
    assert pickle.dumps(same.vector) == pickle.dumps(numbers)
    assert same.vector is same.again
    assert same.vector is not same.equal
    assert [type(number) for number in same.mixed] == [type(number) for number in scratch.mixed]
    assert pickle.dumps(same.mixed) == pickle.dumps(scratch.mixed)


def test_order_that_naive_filling_would_change() -> None:
    orders = {tuple({a, b, c}) for a in (0, 8) for b in (8, 16) for c in (16, 0)}
    members = {16, 8, 0}
    assert len(orders) > 1
    server = town(1)
    persona(server).scratch.keywords = members
    assert list(persona(there_and_back(server)).scratch.keywords) == list(members)


def test_what_cannot_be_written_down_is_named() -> None:
    server = town()
    persona(server).scratch.lock = types.SimpleNamespace()
    with pytest.raises(UnknownStateError, match=r"types\.SimpleNamespace"):
        dump(server, MODULES, standing(server), Random(0))
    persona(server).scratch.lock = print
    with pytest.raises(UnknownStateError, match="print"):
        dump(server, MODULES, standing(server), Random(0))


class Evil:
    """Would run a command when a pickle of it is read."""

    def __reduce__(self) -> Any:
        return (eval, ("1 / 0",))


@pytest.mark.parametrize("evil", [Evil(), print, Persona.move, Random(1)])
def test_a_pickle_is_not_read(evil: Any) -> None:
    server = town()
    with pytest.raises(DamagedStateError):
        load(pickle.dumps({"step": evil}), server, MODULES)


HOSTILE = [
    *("subprocess:Popen", "builtins:eval", "os:system", "", ":", "a:b:c", "numpy:load"),
    f"{persona_module.__name__}:Persona.move",
    f"{persona_module.__name__}:np",
    f"{persona_module.__name__}:Any",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_only_plain_classes_of_the_host_are_made(name: str) -> None:
    server = town()
    content = msgspec.msgpack.decode(dump(server, MODULES, standing(server), Random(0)))
    content["classes"][0] = name
    with pytest.raises(DamagedStateError):
        load(msgspec.msgpack.encode(content), town(), MODULES)


class Plain:
    pass


class Making:
    def __new__(cls) -> Making:
        raise AssertionError("code of a class ran")


class Inheriting(Making):
    pass


class Slotted:
    __slots__ = ("a",)


class Counting(int):
    pass


def test_what_a_plain_class_is() -> None:
    here = {__name__: sys.modules[__name__]}
    kinds = (Plain, Making, Inheriting, Slotted, Counting, Plain(), int)
    assert [kind for kind in kinds if is_plain_class(kind, here)] == [Plain]
    assert not is_plain_class(Plain, MODULES)


anything = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(),
        st.text(),
        st.binary(),
        st.datetimes(),
    ),
    lambda inner: st.one_of(
        st.lists(st.one_of(st.integers(0, 30), inner)), st.dictionaries(st.text(), inner)
    ),
)


@given(anything, st.data())
def test_anything_in_any_place_is_refused_or_read(value: Any, data: st.DataObject) -> None:
    """Never an error of another kind, and a refused state changes nothing."""
    server = town()
    content = msgspec.msgpack.decode(dump(server, MODULES, standing(server), Random(0)))
    holder, key = content, data.draw(st.sampled_from(sorted(content)))
    while isinstance(holder[key], list) and holder[key] and data.draw(st.integers(0, 3)):
        holder = holder[key]
        key = data.draw(st.integers(0, len(holder) - 1))
    holder[key] = value
    other = town()
    before = {name: dict(vars(person)) for name, person in other.personas.items()}
    try:
        load(msgspec.msgpack.encode(content), other, MODULES)
    except DamagedStateError:
        assert {name: dict(vars(person)) for name, person in other.personas.items()} == before


@given(st.binary())
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(DamagedStateError):
        load(content, town(), MODULES)


@pytest.mark.parametrize("change", [-1, 1])
def test_another_format_is_refused(change: int) -> None:
    server = town()
    state = msgspec.msgpack.decode(dump(server, MODULES, standing(server), Random(0)))
    assert isinstance(state, list | dict)
    place: Any = "format" if isinstance(state, dict) else 0
    state[place] += change
    with pytest.raises(DamagedStateError, match="format"):
        load(msgspec.msgpack.encode(state), town(), MODULES)


def test_texts_that_utf_8_cannot_hold_come_back() -> None:
    server = town()
    persona(server).scratch.note = {"\ud800": ["a\udfffb", "\u00fc"]}
    assert persona(there_and_back(server)).scratch.note == {"\ud800": ["a\udfffb", "\u00fc"]}


def test_what_holds_itself_comes_back() -> None:
    server = town()
    loop: list[Any] = [1]
    loop.append((loop, {"loop": loop}))
    persona(server).scratch.loop = loop
    same = persona(there_and_back(server)).scratch.loop
    assert same[1][0] is same and same[1][1]["loop"] is same

"""Everybody's state exactly as it is in memory, which the host's own files do not hold.

The host's save drops when memories were last accessed, turns tuples into lists and sets into lists,
cuts descriptions once more when they are loaded, and knows nothing of the map. So the state is
kept beside it, as msgpack (:mod:`ga_ooo.host.durable.values`): types, aliases and orders as they
are. Nothing but the host's own plain classes and plain values can be in it, and reading it runs
nothing: simulations are handed from one researcher to another.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ga_ooo.engine.ids import TileIndex
from ga_ooo.host.durable.values import DamagedStateError, Decoder, Encoder
from ga_ooo.host.durable.values.tags import Modules
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.snapshot import take_copy, with_accessed
from ga_ooo.town.events import Event
from ga_ooo.town.tile_versions import Presence

_FORMAT: Final = 2
_ATOMS: Final = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class World:
    """What a checkpoint holds besides the server and its personas; see :class:`Checkpoint`.

    Attributes:
        chance: state of the random stream that is drawn from outside of moves.
    """

    step: int
    positions: list[TileIndex]
    before: list[Presence]
    events: Mapping[TileIndex, Iterable[Event]]
    curr_tiles: list[Any]
    chance: Any
    whispers: int


class _State(msgspec.Struct):
    """The file: who is in it is encoded apart, by the number of the persona."""

    format: int
    classes: list[str]
    world: Any
    personas: list[Any]


def dump(server: Any, modules: Modules, at: Checkpoint, chance: random.Random) -> bytes:
    """The server's state right before taking the checkpoint's step.

    Args:
        server: stands there; its personas too.
        modules: of the host, by name.
        at: the map's part of it; its copies are not used.
        chance: the random stream that is drawn from outside of moves.

    Raises:
        UnknownStateError: a persona holds something that is neither plain nor the host's.
    """
    world = {
        "step": at.step,
        "positions": at.positions,
        "before": [(p.persona, p.tile, p.event, p.object_event) for p in at.before],
        "events": {tile: tuple(events) for tile, events in at.events.items()},
        "curr_tiles": at.curr_tiles,
        "chance": chance.getstate(),
        "whispers": at.whispers,
        "server": {name: v for name, v in vars(server).items() if _is_plain(v)},
    }
    try:
        return _dump(server, modules, world, any_text=False)
    except UnicodeEncodeError:
        return _dump(server, modules, world, any_text=True)


def _dump(server: Any, modules: Modules, world: dict[str, Any], any_text: bool) -> bytes:
    encoder = Encoder(_own_objects(server), modules, any_text=any_text)
    encoded = encoder.encode(world)
    personas = [encoder.encode(vars(persona)) for persona in server.personas.values()]
    return msgspec.msgpack.encode(_State(_FORMAT, encoder.classes, encoded, personas))


def load(content: bytes, server: Any, modules: Modules) -> World:
    """Put a server and its personas into the state that :func:`dump` wrote down.

    Args:
        server: of the same personas. It is changed only if the whole content is sound.

    Raises:
        DamagedStateError: the content is not what :func:`dump` writes.
    """
    try:
        state = msgspec.msgpack.decode(content, type=_State)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DamagedStateError(str(error)) from error
    if state.format != _FORMAT:
        raise DamagedStateError(f"format {state.format} is not {_FORMAT}")
    if len(state.personas) != len(server.personas):
        raise DamagedStateError(f"{len(state.personas)} personas, not {len(server.personas)}")
    decoder = Decoder(_own_objects(server), modules, state.classes)
    encoded = decoder.decode(state.world)
    people = [decoder.decode(persona) for persona in state.personas]
    world = _checked(encoded, server)
    if not all(map(_is_attributes, people)):
        raise DamagedStateError("a persona is no collection of attributes")
    vars(server).update(encoded["server"])
    for persona, attributes in zip(server.personas.values(), people, strict=True):
        vars(persona).clear()
        vars(persona).update(attributes)
    return world


def checkpoint_of(world: World, server: Any) -> Checkpoint:
    """The loaded state as a checkpoint that a run can start from."""
    return Checkpoint(
        step=world.step,
        copies=[with_accessed(take_copy(p), p) for p in server.personas.values()],
        positions=world.positions,
        before=world.before,
        events={tile: frozenset(events) for tile, events in world.events.items()},
        curr_tiles=world.curr_tiles,
        whispers=world.whispers,
    )


def _own_objects(server: Any) -> dict[str, Any]:
    """Objects that every server has, by name: they are referred to, not written down."""
    people = {f"persona {name}": persona for name, persona in server.personas.items()}
    return {"server": server, "maze": server.maze, "personas": server.personas, **people}


def _checked(world: Any, server: Any) -> World:
    """The part of the state that is not the personas'.

    Raises:
        DamagedStateError: a value has another type than :func:`dump` writes, or names a tile that
            the map does not have.
    """
    try:
        found = World(
            world["step"],
            world["positions"],
            [Presence(*presence) for presence in world["before"]],
            world["events"],
            world["curr_tiles"],
            world["chance"],
            # States of runs without whispers may lack it.
            world.get("whispers", 0),
        )
        random.Random(0).setstate(found.chance)
        tiles = [*found.positions, *(p.tile for p in found.before), *found.events]
        size = sum(map(len, server.maze.tiles))
        if not all(type(tile) is int and 0 <= tile < size for tile in tiles):
            raise DamagedStateError("it names a tile that the map does not have")
        people = len(server.personas)
        if not people == len(found.positions) == len(found.curr_tiles) == len(found.before):
            raise DamagedStateError("it is of another number of personas")
        if type(found.whispers) is not int or found.whispers < 0:
            raise DamagedStateError("the number of whispers is no such number")
        if type(found.step) is not int or not _is_attributes(world["server"]):
            raise DamagedStateError("the step or the server's values are no such values")
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise DamagedStateError(f"{type(error).__name__}: {error}") from error
    return found


def _is_attributes(value: Any) -> bool:
    return type(value) is dict and all(type(name) is str for name in value)


def _is_plain(value: Any) -> bool:
    """Whether an attribute of the server is a value; its other objects are its own affair."""
    if isinstance(value, _ATOMS):
        return True
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(_is_plain(k) and _is_plain(v) for k, v in value.items())
    return type(value).__module__ == "datetime"

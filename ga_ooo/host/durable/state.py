"""Everybody's state exactly as it is in memory, which the host's own files do not hold.

The host's save drops when memories were last accessed, turns tuples into lists and sets into lists,
cuts descriptions once more when they are loaded, and knows nothing of the map. So the state is
kept beside it, as a pickle: types, aliases and orders as they are. Nothing but the host's own
classes and plain values can be in it, and nothing else is made when it is read: simulations are
passed on, and a pickle that may name anything runs anything.
"""

from __future__ import annotations

import io
import itertools
import pickle
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Final

import numpy as np

from ga_ooo.engine.ids import TileIndex
from ga_ooo.errors import HostError
from ga_ooo.host.floats import doubles_of, floats_of
from ga_ooo.host.world.checkpoint import Checkpoint
from ga_ooo.host.world.snapshot import take_copy, with_accessed
from ga_ooo.town.events import Event
from ga_ooo.town.tile_history import Presence

_PLAIN: Final[Mapping[str, frozenset[str]]] = {
    "builtins": frozenset(("bytearray", "complex", "frozenset", "list", "dict", "set", "slice")),
    "collections": frozenset(("Counter", "OrderedDict", "defaultdict", "deque")),
    "datetime": frozenset(("date", "datetime", "time", "timedelta")),
    "numpy": frozenset(("dtype", "ndarray")),
    # In numpy 2 and in numpy 1.
    "numpy._core.multiarray": frozenset(("_reconstruct", "scalar")),
    "numpy._core.numeric": frozenset(("_frombuffer",)),
    "numpy.core.multiarray": frozenset(("_reconstruct", "scalar")),
    "numpy.core.numeric": frozenset(("_frombuffer",)),
}
"""What may be named besides the host's classes: none of these does anything when it is made."""

_ATOMS: Final = (str, int, float, bool, type(None))
_VECTOR: Final = 16
"""Lists of so many numbers or more are written down in one piece."""
_PERMUTED: Final = 7
"""Sets of so many members are tried in every order of insertion (5,040 at most)."""
_TRIES: Final = 20_000

Modules = Mapping[str, ModuleType]


class UnknownStateError(HostError):
    """A persona holds something that cannot be written down."""

    def __init__(self, kind: Any) -> None:
        super().__init__(
            f"a persona holds a {kind.__module__}.{kind.__qualname__}, "
            "which no checkpoint can hold",
            "run with --no-checkpoints, or keep it out of the personas",
        )


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
    file = io.BytesIO()
    pickler = _Pickler(file, _own_objects(server), modules)
    pickler.dump(
        {
            "step": at.step,
            "positions": at.positions,
            "before": [(p.persona, p.tile, p.event, p.object_event) for p in at.before],
            "events": {tile: tuple(events) for tile, events in at.events.items()},
            "curr_tiles": at.curr_tiles,
            "chance": chance.getstate(),
            "server": {name: v for name, v in vars(server).items() if _is_plain(v)},
        }
    )
    for persona in server.personas.values():
        pickler.dump(vars(persona))
    return file.getvalue()


def load(content: bytes, server: Any, modules: Modules) -> World:
    """Put a server and its personas into the state that :func:`dump` wrote down.

    Args:
        server: of the same personas.

    Raises:
        pickle.UnpicklingError: the content is not what :func:`dump` writes.
    """
    unpickler = _Unpickler(io.BytesIO(content), _own_objects(server), modules)
    world = unpickler.load()
    states = [unpickler.load() for _ in server.personas]
    vars(server).update(world["server"])
    for persona, state in zip(server.personas.values(), states, strict=True):
        vars(persona).clear()
        vars(persona).update(state)
    return World(
        world["step"],
        world["positions"],
        [Presence(*presence) for presence in world["before"]],
        world["events"],
        world["curr_tiles"],
        world["chance"],
    )


def checkpoint_of(world: World, server: Any) -> Checkpoint:
    """The loaded state as a checkpoint that a run can start from."""
    return Checkpoint(
        step=world.step,
        copies=[with_accessed(take_copy(p), p) for p in server.personas.values()],
        positions=world.positions,
        before=world.before,
        events={tile: frozenset(events) for tile, events in world.events.items()},
        curr_tiles=world.curr_tiles,
    )


# --- pickling ------------------------------------------------------------------------------------


def _own_objects(server: Any) -> dict[str, Any]:
    """Objects that every server has, by name: they are referred to, not written down."""
    people = {f"persona {name}": persona for name, persona in server.personas.items()}
    return {"server": server, "maze": server.maze, "personas": server.personas, **people}


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, own: Mapping[str, Any], modules: Modules) -> None:
        super().__init__(file, protocol=5)
        self._names = {id(thing): name for name, thing in own.items()}
        self._told_apart = frozenset((set, list, *map(type, own.values())))
        self._modules = modules
        self._sets = 0
        self._numbers: dict[int, tuple[int, Any]] = {}
        self._vectors: dict[int, int] = {}

    def persistent_id(self, thing: Any) -> Any:
        """Called for every object; None: written down as usual."""
        kind = type(thing)
        if kind not in self._told_apart:
            # Asked first: it settles nearly all, texts and numbers above all.
            return None
        if kind is set and len(thing) > 1:
            return self._set(thing)
        if kind is list and len(thing) >= _VECTOR and type(thing[0]) is float:
            return self._vector(thing)
        return self._names.get(id(thing))

    def reducer_override(self, thing: Any) -> Any:
        """Called for what is no plain value; refuses what :class:`_Unpickler` would."""
        named = isinstance(thing, (type, FunctionType, BuiltinFunctionType))
        kind = thing if named else type(thing)
        if isinstance(thing, np.dtype):
            # Each has a class of its own, and is made by the common one.
            kind = np.dtype
        if not _is_allowed(kind.__module__, kind.__qualname__, self._modules):
            raise UnknownStateError(kind)
        return NotImplemented

    def _set(self, members: set[Any]) -> Any:
        """A set that comes back in another order when it is filled in the order in which it is
        iterated now; None for any other."""
        order = list(members)
        if list(set(order)) == order:
            return None
        # The set is kept alive by its owner, but its number must be the same on each meeting.
        number, filled = self._numbers.get(id(members), (0, None))
        if filled is None:
            self._sets += 1
            number, filled = self._sets, _order_of_insertion(order)
            self._numbers[id(members)] = number, filled
        return ("set", number, filled)

    def _vector(self, numbers: list[Any]) -> Any:
        """A list of floats alone, in one piece: embeddings are most of a state by far, and this
        pickler is called for every object that it meets. None for any other list."""
        doubles = doubles_of(numbers)
        if doubles is None:
            return None
        return ("vector", self._vectors.setdefault(id(numbers), len(self._vectors)), doubles)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, own: Mapping[str, Any], modules: Modules) -> None:
        super().__init__(file)
        self._own = own
        self._modules = modules
        self._sets: dict[int, set[Any]] = {}
        self._vectors: dict[int, list[float]] = {}

    def persistent_load(self, name: Any) -> Any:
        """The inverse of ``_Pickler.persistent_id``."""
        if isinstance(name, str) and name in self._own:
            return self._own[name]
        if isinstance(name, tuple) and name[0] == "set":
            return self._sets.setdefault(name[1], set(name[2]))
        if isinstance(name, tuple) and name[0] == "vector":
            return self._vectors.setdefault(name[1], floats_of(name[2]))
        raise pickle.UnpicklingError(f"there is no {name!r}")

    def find_class(self, module: str, name: str) -> Any:
        """Only what :data:`_PLAIN` names, and classes that the host defines."""
        if not _is_allowed(module, name, self._modules):
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a checkpoint")
        if module in self._modules:
            found: Any = self._modules[module]
            for part in name.split("."):
                found = getattr(found, part)
            return found
        return super().find_class(module, name)


def _is_allowed(module: str, name: str, modules: Modules) -> bool:
    if module not in modules:
        return name in _PLAIN.get(module, ())
    found: Any = modules[module]
    for part in name.split("."):
        found = getattr(found, part, None)
    return isinstance(found, type) and found.__module__ == module


def _is_plain(value: Any) -> bool:
    """Whether an attribute of the server is a value; its other objects are its own affair."""
    if isinstance(value, _ATOMS):
        return True
    if type(value) in (list, tuple, set, frozenset):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(_is_plain(k) and _is_plain(v) for k, v in value.items())
    return type(value).__module__ == "datetime"


# --- sets ----------------------------------------------------------------------------------------


def _order_of_insertion(order: list[Any]) -> list[Any]:
    """Members of a set in an order whose insertion makes a set that iterates like ``order``.

    Where two members want one place in the set's table, the one that came first has it; so the
    order of iteration does not tell in which order to fill the set again. (The host saves sets of
    keywords in the order of their iteration.)
    """
    for candidate in itertools.islice(_candidates(order), _TRIES):
        if list(set(candidate)) == order:
            return list(candidate)
    return order


def _candidates(order: list[Any]) -> Iterator[Iterable[Any]]:
    if len(order) <= _PERMUTED:
        yield from itertools.permutations(order)
        return
    rng = random.Random(0)
    while True:
        yield rng.sample(order, len(order))

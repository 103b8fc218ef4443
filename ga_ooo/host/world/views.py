"""What host code sees of the world during a move: tile events and other personas at its step.

While the engine runs, ``tile["events"]`` of the host's maze is a :class:`TileEvents`, and the
``personas`` argument of a move is a :class:`PersonasView`. Both ask the reader of the run. The
reader knows which move asks, and waits until the answer can no longer change. All other parts of
the maze and of the persona are the host's own objects.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Mapping, Set
from typing import Any, NoReturn, Protocol

from ga_ooo.engine.ids import PersonaIndex, TileIndex
from ga_ooo.host.imported.determinism import OrderedEvents
from ga_ooo.town.events import Event
from ga_ooo.town.tile_versions import Events


class Reader(Protocol):
    """Answers the reads of the move that is running, as of the step of that move."""

    @property
    def event_tiles(self) -> Collection[TileIndex]:
        """Tiles that may hold events, as far as is known."""
        ...

    @property
    def in_sight(self) -> Container[TileIndex]:
        """The tiles in sight of the running move, if all events there are known. None if the rule
        cannot promise that."""
        ...

    def read(self, tile: TileIndex) -> Events:
        """The events of the tile at the step of the move; waits until they cannot change."""
        ...

    def hand_over(self, other: PersonaIndex) -> Any:
        """Another persona as the move may have it: itself, or a :class:`FarPersona`; waits for
        the turn of the move."""
        ...

    def tile_of(self, other: PersonaIndex) -> Any:
        """The ``scratch.curr_tile`` of another persona, as the move would see it."""
        ...

    def refuse(self, other: PersonaIndex, attribute: str) -> Any:
        """End the run: the move used another attribute of a far persona than its tile."""
        ...


class ReaderSlot:
    """Holds the reader of the current run for all views of one map."""

    __slots__ = ("reader",)

    def __init__(self) -> None:
        self.reader: Reader | None = None

    def get(self) -> Reader:
        """The current reader."""
        assert self.reader is not None, "tile views exist only while the engine runs"
        return self.reader


class _ReadThroughView:
    """The part that both views of a tile share: reads go to the reader."""

    __slots__ = ()

    _slot: ReaderSlot
    _tile: TileIndex

    def __iter__(self) -> Iterator[Event]:
        return iter(self._slot.get().read(self._tile))

    def __contains__(self, event: object) -> bool:
        return event in self._slot.get().read(self._tile)

    def __repr__(self) -> str:
        return f"<events of tile {self._tile}>"

    def copy(self) -> OrderedEvents:
        """The events as a plain set."""
        return OrderedEvents(self._slot.get().read(self._tile))


class TileEvents(_ReadThroughView, Set[Event]):
    """The events of one tile, at the step of the move that reads.

    The host evaluates ``if tile["events"]`` for every tile of its square, 51 million times a day,
    before it compares the arena. Out of sight the answer is always *true*, because an exact answer
    would have to wait for personas behind walls. Only an iteration waits for the exact events.
    """

    __slots__ = ("_slot", "_tile")

    def __init__(self, slot: ReaderSlot, tile: TileIndex) -> None:
        self._slot = slot
        self._tile = tile

    def __bool__(self) -> bool:
        reader = self._slot.get()
        return self._tile in reader.event_tiles or self._tile not in reader.in_sight

    def __len__(self) -> int:
        return len(self._slot.get().read(self._tile))

    @classmethod
    def _from_iterable(cls, it: Any) -> OrderedEvents:  # type: ignore[override] # a plain set
        return OrderedEvents(it)


class MarkedTileEvents(_ReadThroughView, set[Any]):
    """The same for hosts in which the truth value of a far tile has no effect (see
    :mod:`ga_ooo.host.checkout.event_reads`).

    Its truth value is that of a set, computed in C, which takes a tenth of the time of
    :class:`TileEvents`. The set itself holds no events, only a mark that says that the tile may
    hold some. So ``len`` has no meaning here, and no such host calls it.
    """

    __slots__ = ("_slot", "_tile")

    def __init__(self, slot: ReaderSlot, tile: TileIndex) -> None:
        super().__init__()
        self._slot = slot
        self._tile = tile

    def mark(self) -> None:
        """The tile may hold events from now on: the truth value is true."""
        set.add(self, None)

    def unmark(self) -> None:
        """The tile holds no events: the truth value is false until the next :meth:`mark`."""
        set.clear(self)

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("host code may only iterate over the events of a tile during a move")

    add = discard = remove = pop = clear = update = _refuse
    union = intersection = difference = symmetric_difference = _refuse
    __eq__ = __ne__ = __le__ = __lt__ = __ge__ = __gt__ = _refuse
    __or__ = __and__ = __sub__ = __xor__ = __ior__ = __iand__ = __isub__ = __ixor__ = _refuse
    issubset = issuperset = isdisjoint = _refuse


class PersonasView(Mapping[str, Any]):
    """The ``personas`` dictionary as a move sees it.

    Args:
        slot: holds the reader.
        index: from the name of a persona to its index in persona order.
    """

    def __init__(self, slot: ReaderSlot, index: Mapping[str, PersonaIndex]) -> None:
        self._slot = slot
        self._index = index

    def __getitem__(self, name: str) -> Any:
        return self._slot.get().hand_over(self._index[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, name: object) -> bool:
        return name in self._index


class FarPersona:
    """A persona out of sight: only its name and its tile can be known.

    The host needs no more. It uses a far persona in one case, in ``execute``: on the way to
    ``<persona> NAME``, one step after a conversation, it reads ``scratch.curr_tile``.
    """

    def __init__(self, slot: ReaderSlot, persona: PersonaIndex, name: str) -> None:
        fields = {"name": name, "scratch": _FarScratch(slot, persona)}
        vars(self).update(fields, _slot=slot, _persona=persona)

    def __getattr__(self, attribute: str) -> Any:
        return self._slot.get().refuse(self._persona, attribute)

    def __setattr__(self, attribute: str, value: object) -> None:
        # The write would be lost, and nobody would notice.
        self._slot.get().refuse(self._persona, attribute)


class _FarScratch:
    def __init__(self, slot: ReaderSlot, persona: PersonaIndex) -> None:
        vars(self).update(_slot=slot, _persona=persona)

    @property
    def curr_tile(self) -> Any:
        return self._slot.get().tile_of(self._persona)

    def __getattr__(self, attribute: str) -> Any:
        return self._slot.get().refuse(self._persona, f"scratch.{attribute}")

    def __setattr__(self, attribute: str, value: object) -> None:
        self._slot.get().refuse(self._persona, f"scratch.{attribute}")

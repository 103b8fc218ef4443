"""What host code sees of the world during a move: tile events and other personas at its step.

While the engine runs, ``tile["events"]`` of the host's maze is a :class:`TileEvents`, and the
``personas`` argument of a move is a :class:`PersonasView`. Both ask the reader of the run. The
reader knows which move asks, and waits until the answer can no longer change. All other parts of
the maze and of the persona are the host's own objects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from typing import Any, NoReturn, Protocol

from ga_ooo.engine.ids import PersonaIndex, TileIndex
from ga_ooo.host.imported.determinism import OrderedEvents
from ga_ooo.town.events import Event
from ga_ooo.town.tile_history import Events


class Reader(Protocol):
    """Answers reads of the versioned world for the move that is running."""

    @property
    def event_tiles(self) -> Collection[TileIndex]:
        """Tiles on which anything may lie, as far as is known."""
        ...

    @property
    def in_sight(self) -> bytes:
        """For each tile, 1 if it is in sight of the running move and nobody can come there
        unknown; all 0 if no such promise can be made."""
        ...

    def read(self, tile: TileIndex) -> Events:
        """The tile's events at the running move's step; waits until they are settled."""
        ...

    def hand_over(self, other: PersonaIndex) -> Any:
        """Another persona, as the running move may have it; waits for its turn."""
        ...

    def tile_of(self, other: PersonaIndex) -> Any:
        """The tile that another persona's ``scratch.curr_tile`` holds for the running move."""
        ...

    def refuse(self, other: PersonaIndex, attribute: str) -> Any:
        """End the run: a far persona was asked for more than its tile."""
        ...


class ReaderSlot:
    """Where the views of a map find the reader of the current run."""

    __slots__ = ("reader",)

    def __init__(self) -> None:
        self.reader: Reader | None = None

    def get(self) -> Reader:
        """The current reader."""
        assert self.reader is not None, "tile views are only in place while the engine runs"
        return self.reader


class _ReadInPlace:
    """What both views of a tile share: each read is answered as of whoever reads."""

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
        """The events as a set of their own."""
        return OrderedEvents(self._slot.get().read(self._tile))


class TileEvents(_ReadInPlace, Set[Event]):
    """The events of one tile at the step of whoever asks.

    The host asks ``if tile["events"]`` of every tile of its square, 51 million times a day, before
    it looks at the arena. Out of sight the answer is *true* without asking, since finding out
    would wait for people behind walls; only iterating settles it.
    """

    __slots__ = ("_slot", "_tile")

    def __init__(self, slot: ReaderSlot, tile: TileIndex) -> None:
        self._slot = slot
        self._tile = tile

    def __bool__(self) -> bool:
        reader = self._slot.get()
        return self._tile in reader.event_tiles or not reader.in_sight[self._tile]

    def __len__(self) -> int:
        return len(self._slot.get().read(self._tile))

    @classmethod
    def _from_iterable(cls, it: Any) -> OrderedEvents:  # type: ignore[override] # a plain set
        return OrderedEvents(it)


class MarkedTileEvents(_ReadInPlace, set[Any]):
    """The same for hosts that ask the arena before the presence of events means anything (see
    :mod:`ga_ooo.host.checkout.event_reads`): its truth is that of a set, which costs a tenth of
    :class:`TileEvents`.

    What the set itself holds is a mark, put there once something may lie on the tile,
    and no event: ``len`` alone says nothing, and no such host asks it.
    """

    __slots__ = ("_slot", "_tile")

    def __init__(self, slot: ReaderSlot, tile: TileIndex) -> None:
        super().__init__()
        self._slot = slot
        self._tile = tile

    def mark(self) -> None:
        """From now on it is true."""
        set.add(self, None)

    def unmark(self) -> None:
        """It is false again, until it is marked anew."""
        set.clear(self)

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("the events of a tile are read, one by one, and not changed in a move")

    add = discard = remove = pop = clear = update = _refuse
    union = intersection = difference = symmetric_difference = _refuse
    __eq__ = __ne__ = __le__ = __lt__ = __ge__ = __gt__ = _refuse
    __or__ = __and__ = __sub__ = __xor__ = __ior__ = __iand__ = __isub__ = __ixor__ = _refuse
    issubset = issuperset = isdisjoint = _refuse


class PersonasView(Mapping[str, Any]):
    """The ``personas`` dictionary as a move sees it.

    Args:
        slot: where the reader is.
        index: persona names to persona order.
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
    """A persona out of sight, of whom only the name and the tile can be known.

    The host needs no more in the one case where it asks: on the way to ``<persona> NAME`` one
    step after a conversation (``execute``), it reads ``scratch.curr_tile``.
    """

    def __init__(self, slot: ReaderSlot, persona: PersonaIndex, name: str) -> None:
        fields = {"name": name, "scratch": _FarScratch(slot, persona)}
        vars(self).update(fields, _slot=slot, _persona=persona)

    def __getattr__(self, attribute: str) -> Any:
        return self._slot.get().refuse(self._persona, attribute)

    def __setattr__(self, attribute: str, value: object) -> None:
        # A write that reaches nobody would be lost without a word.
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

"""What host code sees during a move: tile events as of its step, and other personas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ga_ooo.host.imported.determinism import OrderedEvents
from ga_ooo.host.world.views import (
    FarPersona,
    MarkedTileEvents,
    PersonasView,
    ReaderSlot,
    TileEvents,
)
from ga_ooo.town.events import Event

USED: Event = ("w:s:a:bed", "is", "used", "used")
BLANK: Event = ("w:s:a:bed", None, None, None)
ADA: Event = ("Ada", "is", "sleeping", "sleeping")


class RecordingReader:
    """Answers from a table and records each read."""

    def __init__(self, events: dict[int, tuple[Event, ...]], seen: set[int]) -> None:
        self.events = events
        self.event_tiles = set(events)
        self.in_sight = seen
        self.asked: list[Any] = []

    def read(self, tile: int) -> tuple[Event, ...]:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        self.asked.append(tile)
        return self.events.get(tile, ())

    def hand_over(self, other: int) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        self.asked.append(other)
        return f"persona {other}"

    def tile_of(self, other: int) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        return (other, 0)

    def refuse(self, other: int, attribute: str) -> Any:
        """See :class:`~ga_ooo.host.world.views.Reader`."""
        raise PermissionError(f"{attribute} of {other}")


def slot_with(reader: RecordingReader) -> ReaderSlot:
    """A slot with this reader."""
    slot = ReaderSlot()
    slot.reader = reader
    return slot


class TestTileEvents:
    """A set of events that is read only when necessary."""

    def test_it_behaves_like_a_set(self) -> None:
        """Iteration, length, membership, comparison, copies."""
        reader = RecordingReader({1: (ADA, USED)}, {1})
        view = TileEvents(slot_with(reader), 1)
        assert list(view) == [ADA, USED]
        assert len(view) == 2
        assert USED in view
        assert BLANK not in view
        assert not view ^ {USED, ADA}
        assert view | {BLANK} == {ADA, USED, BLANK}
        copy = view.copy()
        copy.add(BLANK)
        assert isinstance(copy, OrderedEvents)
        assert set(view) == {ADA, USED}

    def test_each_reader_sees_its_own_step(self) -> None:
        """All moves share one view; the reader knows which move reads."""
        slot = slot_with(RecordingReader({1: (ADA,)}, {1}))
        view = TileEvents(slot, 1)
        assert list(view) == [ADA]
        slot.reader = RecordingReader({1: (USED,)}, {1})
        assert list(view) == [USED]

    def test_truth_in_sight(self) -> None:
        """The tile may hold events or not; the truth value reads nothing."""
        reader = RecordingReader({1: (ADA,)}, {1, 2})
        slot = slot_with(reader)
        assert TileEvents(slot, 1)
        assert not TileEvents(slot, 2)
        assert reader.asked == []

    def test_truth_out_of_sight(self) -> None:
        """Always true: an exact answer would wait for personas behind walls. Iteration waits."""
        reader = RecordingReader({}, set())
        view = TileEvents(slot_with(reader), 5)
        assert view
        assert reader.asked == []
        # Iterating is the test.
        assert [event for event in view] == []  # noqa: C416 - list() would read the length too
        assert reader.asked == [5]

    def test_repr_reads_nothing(self) -> None:
        """A print in host code must not wait."""
        reader = RecordingReader({1: (ADA,)}, {1})
        assert repr(TileEvents(slot_with(reader), 1)) == "<events of tile 1>"
        assert reader.asked == []


class TestMarkedTileEvents:
    """The same for hosts that ignore far events."""

    def test_it_is_true_once_marked(self) -> None:
        """No matter which events the tile holds, and without a read."""
        reader = RecordingReader({1: (ADA,)}, {1, 2})
        view = MarkedTileEvents(slot_with(reader), 2)
        assert not view
        view.mark()
        view.mark()
        assert view
        assert reader.asked == []

    def test_it_returns_the_events(self) -> None:
        """It never returns the mark."""
        reader = RecordingReader({1: (ADA, USED)}, {1})
        view = MarkedTileEvents(slot_with(reader), 1)
        for _ in range(2):
            assert [event for event in view] == [ADA, USED]  # noqa: C416 - iterating is the test
            assert USED in view
            assert BLANK not in view
            assert None not in view
            assert set(view.copy()) == {ADA, USED}
            view.mark()
        assert reader.asked

    @pytest.mark.parametrize(
        "use",
        [
            lambda view: view.add(BLANK),
            lambda view: view.discard(None),
            lambda view: view.remove(None),
            lambda view: view | {BLANK},
            lambda view: view == {ADA},
            lambda view: view.update([BLANK]),
        ],
    )
    def test_operations_on_the_mark_are_refused(self, use: Callable[[Any], object]) -> None:
        """No such host uses them; a wrong answer would not be noticed."""
        view = MarkedTileEvents(slot_with(RecordingReader({1: (ADA,)}, {1})), 1)
        with pytest.raises(TypeError, match="only iterate"):
            use(view)

    def test_repr_reads_nothing(self) -> None:
        """A print in host code must not wait."""
        reader = RecordingReader({1: (ADA,)}, {1})
        assert repr(MarkedTileEvents(slot_with(reader), 1)) == "<events of tile 1>"
        assert reader.asked == []


class TestPersonasView:
    """The dictionary of personas."""

    def test_names_need_no_read(self) -> None:
        """Only the values go through the reader."""
        reader = RecordingReader({}, set())
        people = PersonasView(slot_with(reader), {"Ada": 0, "Bo": 1})
        assert list(people) == list(people.keys()) == ["Ada", "Bo"]
        assert len(people) == 2
        assert "Bo" in people
        assert "Eve" not in people
        assert reader.asked == []
        assert people["Bo"] == "persona 1"
        assert list(people.values()) == ["persona 0", "persona 1"]

    def test_unknown_name(self) -> None:
        """A KeyError, as of a dictionary: hosts catch it."""
        people = PersonasView(slot_with(RecordingReader({}, set())), {"Ada": 0})
        with pytest.raises(KeyError):
            people["Eve"]
        assert people.get("Eve") is None


class TestFarPersona:
    """A persona out of sight: only its name and tile can be known."""

    def far(self) -> Any:
        """Bo, far away."""
        return FarPersona(slot_with(RecordingReader({}, set())), 1, "Bo")

    def test_name_and_tile(self) -> None:
        """All that the host needs on the way to a persona."""
        bo = self.far()
        assert bo.name == "Bo"
        assert bo.scratch.curr_tile == (1, 0)

    def test_anything_else_is_refused(self) -> None:
        """The refusal names the attribute."""
        bo = self.far()
        with pytest.raises(PermissionError, match=r"a_mem of 1"):
            _ = bo.a_mem
        with pytest.raises(PermissionError, match=r"scratch\.act_address of 1"):
            _ = bo.scratch.act_address

    @pytest.mark.parametrize("part", ["", "scratch"])
    def test_nothing_is_written(self, part: str) -> None:
        """A write is refused: it would be lost silently."""
        bo = self.far()
        target = getattr(bo, part) if part else bo
        with pytest.raises(PermissionError):
            target.chatting_with = "Ada"

"""Views on the maze: installed, removed, and where an object event could be shown."""

from __future__ import annotations

from typing import Any

import pytest

from ga_ooo.host.imported.determinism import OrderedEvents, order_events
from ga_ooo.host.world import maze_views
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.views import TileEvents
from ga_ooo.town.events import Event
from tests.engine.drawing import values

BLANK: Event = ("w:s:a:bed", None, None, None)


class Maze:
    """A maze like the host's, from a drawing: ``#`` is a wall, letters are objects."""

    def __init__(self, drawing: str) -> None:
        rows = [line.strip() for line in drawing.strip().splitlines()]
        self.collision_maze = [["7" if sign == "#" else "0" for sign in row] for row in rows]
        self.address_tiles: dict[str, set[tuple[int, int]]] = {}
        self.tiles: list[list[dict[str, Any]]] = []
        for y, row in enumerate(rows):
            self.tiles.append([])
            for x, sign in enumerate(row):
                self.tiles[y].append({"world": "w", "sector": "s", "arena": "a", "events": set()})
                self.address_tiles.setdefault("w:s:a", set()).add((x, y))
                if sign.lower() != sign:
                    # A capital letter: the tile of the object is also a wall.
                    self.collision_maze[y][x] = "7"
                if sign.isalpha():
                    self.address_tiles.setdefault(f"w:s:a:{sign.lower()}", set()).add((x, y))
        order_events(self)


def views_of(drawing: str, radius: int = 1) -> MazeViews:
    """Views on the maze of a drawing."""
    return MazeViews(Maze(drawing), "7", radius)


class TestViews:
    """Views in place of event sets, and plain sets again."""

    def test_installed_and_removed(self) -> None:
        """Open tiles get views, and their sets are returned; later they get plain sets."""
        views = views_of("..#")
        views.maze.tiles[0][1]["events"].add(BLANK)
        taken = views.install([0])
        assert taken == {1: {BLANK}}
        kinds = [type(tile["events"]) for tile in views.maze.tiles[0]]
        assert kinds == [TileEvents, TileEvents, OrderedEvents]
        views.remove({0: [BLANK]})
        assert [set(tile["events"]) for tile in views.maze.tiles[0]] == [{BLANK}, set(), set()]

    def test_marks(self) -> None:
        """For a host that ignores far events, only a marked tile is true."""
        views = MazeViews(Maze("..."), "7", 1, ignores_far_events=True)
        views.install([])
        views.mark([1])
        assert [bool(tile["events"]) for tile in views.maze.tiles[0]] == [False, True, False]
        views.unmark([1, 2])
        assert not any(tile["events"] for tile in views.maze.tiles[0])
        views.mark(None)
        assert all(tile["events"] for tile in views.maze.tiles[0])

    def test_the_host_keeps_plain_sets_of_its_own(self) -> None:
        """The set that was replaced is not the set that is put in later."""
        views = views_of("..")
        views.maze.tiles[0][0]["events"].add(BLANK)
        taken = views.install([])
        views.remove(dict(taken))
        views.maze.tiles[0][0]["events"].clear()
        assert taken[0] == {BLANK}

    def test_a_wall_in_which_a_persona_starts(self) -> None:
        """No persona enters a wall, but a persona that starts in it changes its events."""
        views = views_of(".#")
        views.install([1])
        assert isinstance(views.maze.tiles[0][1]["events"], TileEvents)

    def test_events_in_a_wall_outlive_later_runs(self) -> None:
        """A persona started there in an earlier run; no persona is there now."""
        views = views_of(".#")
        views.install([1])
        views.remove({1: [BLANK]})
        taken = views.install([0])
        views.remove(dict(taken))
        assert set(views.maze.tiles[0][1]["events"]) == {BLANK}


class TestSight:
    """The tiles in sight, for the truth value of views."""

    def test_tiles(self) -> None:
        """Those of the square."""
        assert views_of(".....").tiles_in_sight(1) == {0, 1, 2}

    def test_positions_as_tuples_and_lists(self) -> None:
        """The host uses tuples and, from JSON, lists."""
        views = views_of("...\n...")
        assert views.index((1, 1)) == views.index([1, 1]) == 4


def holders(drawing: str, address: str | None) -> list[int]:
    """The row of an address on the map of a drawing."""
    views = views_of(drawing)
    found: list[int] = values(views.holder_row(address), views.town).tolist()
    return found


class TestHolders:
    """Tiles where a persona could show the object event of an address."""

    def test_tiles_of_the_address(self) -> None:
        """All tiles of the object count."""
        assert holders("b...b", "w:s:a:b") == [0, 1, 2, 1, 0]

    def test_random_tile_of_an_arena(self) -> None:
        """Any tile of the arena counts."""
        assert not any(holders("b...b", "w:s:a:<random>"))

    def test_tiles_without_a_path_to_the_address(self) -> None:
        """A persona that is locked in does not move, and shows the event there."""
        row = holders("b..#.", "w:s:a:b")
        # A persona that starts in the wall reaches the pocket in one move.
        assert row == [0, 1, 2, 1, 0]

    @pytest.mark.parametrize(
        ("drawing", "address"),
        [("b.#b", "w:s:a:b"), ("B..b", "w:s:a:b"), ("b...", "w:s:a:x"), ("b...", None)],
    )
    def test_undecidable_addresses(self, drawing: str, address: str | None) -> None:
        """Tiles without a path between them, one in a wall, an address that is not on the map."""
        assert not any(holders(drawing, address))

    def test_too_far_counts_as_no_path(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The path finder stops after six moves here; a persona further away stays."""
        monkeypatch.setattr(maze_views, "PATH_LIMIT", 7)
        row = holders("b" + "." * 9, "w:s:a:b")
        assert row == [0, 1, 2, 3, 3, 2, 1, 0, 0, 0]

    def test_too_far_from_some_tile_of_several(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A persona may choose the very tile of the address that is too far away."""
        monkeypatch.setattr(maze_views, "PATH_LIMIT", 7)
        row = holders("bb" + "." * 8, "w:s:a:b")
        assert not any(row[7:])

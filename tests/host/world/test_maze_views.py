"""The maze: views put in place and taken back, and who could hold an object event."""

from __future__ import annotations

from typing import Any

import pytest

from ga_ooo.host.imported.determinism import OrderedEvents, order_events
from ga_ooo.host.world import maze_views
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.views import TileEvents
from ga_ooo.town.events import Event

BLANK: Event = ("w:s:a:bed", None, None, None)


class Maze:
    """The host's ``Maze``, from a drawing: ``#`` a wall, letters are objects."""

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
                    # A capital letter: the object's tile is a wall besides.
                    self.collision_maze[y][x] = "7"
                if sign.isalpha():
                    self.address_tiles.setdefault(f"w:s:a:{sign.lower()}", set()).add((x, y))
        order_events(self)


def views_of(drawing: str, radius: int = 1) -> MazeViews:
    """Views on the maze of a drawing."""
    return MazeViews(Maze(drawing), "7", radius)


class TestViews:
    """Taking the tiles over and giving them back."""

    def test_taken_and_given_back(self) -> None:
        """Open tiles get views; what lay there comes out; plain sets go back."""
        views = views_of("..#")
        views.maze.tiles[0][1]["events"].add(BLANK)
        taken = views.install([0])
        assert taken == {1: {BLANK}}
        kinds = [type(tile["events"]) for tile in views.maze.tiles[0]]
        assert kinds == [TileEvents, TileEvents, OrderedEvents]
        views.remove({0: [BLANK]})
        assert [set(tile["events"]) for tile in views.maze.tiles[0]] == [{BLANK}, set(), set()]

    def test_marks(self) -> None:
        """Where the arena is asked first, a tile is true once something lay there."""
        views = MazeViews(Maze("..."), "7", 1, ignores_far_events=True)
        views.install([])
        views.mark([1])
        assert [bool(tile["events"]) for tile in views.maze.tiles[0]] == [False, True, False]
        views.unmark([1, 2])
        assert not any(tile["events"] for tile in views.maze.tiles[0])
        views.mark(None)
        assert all(tile["events"] for tile in views.maze.tiles[0])

    def test_the_host_keeps_plain_sets_of_its_own(self) -> None:
        """What was taken out is not the set that goes in."""
        views = views_of("..")
        views.maze.tiles[0][0]["events"].add(BLANK)
        taken = views.install([])
        views.remove(dict(taken))
        views.maze.tiles[0][0]["events"].clear()
        assert taken[0] == {BLANK}

    def test_walls_where_somebody_starts(self) -> None:
        """Nobody enters a wall, but its events change if somebody stands in one."""
        views = views_of(".#")
        views.install([1])
        assert isinstance(views.maze.tiles[0][1]["events"], TileEvents)

    def test_residue_in_a_wall_outlives_later_runs(self) -> None:
        """Somebody started there once; nobody stands there now."""
        views = views_of(".#")
        views.install([1])
        views.remove({1: [BLANK]})
        taken = views.install([0])
        views.remove(dict(taken))
        assert set(views.maze.tiles[0][1]["events"]) == {BLANK}


class TestSight:
    """Masks for the truth of tile views."""

    def test_mask(self) -> None:
        """One byte per tile."""
        assert list(views_of(".....").sight_mask(1)) == [1, 1, 1, 0, 0]

    def test_positions_of_either_kind(self) -> None:
        """The host has tuples and, from JSON, lists."""
        views = views_of("...\n...")
        assert views.index((1, 1)) == views.index([1, 1]) == 4


class TestHolders:
    """Where a persona could show the object event of an address."""

    def test_on_its_tiles(self) -> None:
        """All of them."""
        assert views_of("b...b").holder_row("w:s:a:b").tolist() == [0, 1, 2, 1, 0]

    def test_random_places_of_an_arena(self) -> None:
        """Anywhere in it."""
        assert not views_of("b...b").holder_row("w:s:a:<random>").any()

    def test_from_where_it_cannot_be_reached(self) -> None:
        """Who is locked up stands still, arrived, and shows it there."""
        row = views_of("b..#.").holder_row("w:s:a:b")
        # The wall is one move from the pocket for somebody who starts in it.
        assert row.tolist() == [0, 1, 2, 1, 0]

    @pytest.mark.parametrize(
        ("drawing", "address"),
        [("b.#b", "w:s:a:b"), ("B..b", "w:s:a:b"), ("b...", "w:s:a:x"), ("b...", None)],
    )
    def test_anywhere(self, drawing: str, address: str | None) -> None:
        """Tiles that nobody can go between, one in a wall, an address that is not on the map."""
        assert not views_of(drawing).holder_row(address).any()

    def test_too_far_is_as_good_as_no_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The host's path finder gives up: from seven moves away one stands still."""
        monkeypatch.setattr(maze_views, "PATH_LIMIT", 7)
        row = views_of("b" + "." * 9).holder_row("w:s:a:b")
        assert row.tolist() == [0, 1, 2, 3, 3, 2, 1, 0, 0, 0]

    def test_too_far_from_some_tile_of_several(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever is too far from any tile of the address may pick just that one."""
        monkeypatch.setattr(maze_views, "PATH_LIMIT", 7)
        row = views_of("bb" + "." * 8).holder_row("w:s:a:b")
        assert not row[7:].any()

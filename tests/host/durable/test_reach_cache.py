"""Rows of distances to sight on disk. If a file is damaged, its rows are computed again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ga_ooo.host.durable.reach_cache import DiskRowStore, cache_folder
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from tests.engine.drawing import draw, values

TOWN = draw("aaa#\n.#..\nbbbb")


def store(folder: Path, radius: int = 2, town: TownMap = TOWN) -> DiskRowStore:
    """The store of one map and radius."""
    return DiskRowStore(town, radius, folder)


def file_of(folder: Path) -> Path:
    """The one file that was written."""
    (path,) = (folder / "reach").iterdir()
    return path


def fill(folder: Path) -> Path:
    """Store all rows of the town. Returns the file."""
    reach = Reach(TOWN, 2, store(folder))
    for tile in range(TOWN.size):
        reach.to_sight(tile)
    reach.save()
    return file_of(folder)


def test_rows_are_loaded(tmp_path: Path) -> None:
    """Equal, and all of them."""
    fill(tmp_path)
    rows = store(tmp_path).load()
    fresh = Reach(TOWN, 2).to_sight
    assert sorted(rows) == list(range(TOWN.size))
    assert all(np.array_equal(row, values(fresh(tile), TOWN)) for tile, row in rows.items())


def test_another_map_or_radius_is_another_file(tmp_path: Path) -> None:
    """Rows are used only for the map that they were computed for."""
    fill(tmp_path)
    assert store(tmp_path, radius=3).load() == {}
    assert store(tmp_path, town=draw("aaa.\n.#..\nbbbb")).load() == {}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    at = content.find(np.uint16(0).tobytes() * 4)
    content[at] ^= 1
    path.write_bytes(content)


def _other_arrays(path: Path) -> None:
    np.savez(path, something=np.zeros(3))


def _other_shape(path: Path) -> None:
    np.savez(path, tiles=np.arange(3), rows=np.zeros((3, 5), dtype=np.uint16))


def _other_type(path: Path) -> None:
    np.savez(path, tiles=np.arange(3), rows=np.zeros((3, TOWN.size)))


def _tiles_of_another_shape(path: Path) -> None:
    rows = np.zeros((3, TOWN.size), dtype=np.uint16)
    np.savez(path, tiles=np.zeros((3, 1), dtype=np.int64), rows=rows)


def _objects(path: Path) -> None:
    objects = np.array([{}, {}, {}], dtype=object)
    np.savez(path, allow_pickle=True, tiles=objects, rows=objects)


def _single_array(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros(3))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text("not an archive"),
        lambda path: path.write_bytes(b"PK\x03\x04 and nothing more"),
        _cut,
        _flip,
        _other_arrays,
        _other_shape,
        _other_type,
        _tiles_of_another_shape,
        _objects,
        _single_array,
        _folder,
    ],
)
def test_a_spoilt_file_is_ignored(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """Empty, cut, foreign: the rows are computed again."""
    spoil(fill(tmp_path))
    assert store(tmp_path).load() == {}


def test_a_spoilt_file_is_replaced(tmp_path: Path) -> None:
    """The next save mends it."""
    fill(tmp_path).write_bytes(b"")
    fill(tmp_path)
    assert len(store(tmp_path).load()) == TOWN.size


def test_rows_of_others_are_kept(tmp_path: Path) -> None:
    """Two processes that started from nothing and know different rows."""
    one, other = Reach(TOWN, 2, store(tmp_path)), Reach(TOWN, 2, store(tmp_path))
    one.to_sight(1)
    other.to_sight(5)
    one.save()
    other.save()
    assert sorted(store(tmp_path).load()) == [1, 5]
    assert [path.name for path in (tmp_path / "reach").iterdir()] == [file_of(tmp_path).name]


def test_nothing_new_is_not_written(tmp_path: Path) -> None:
    """A run on a known map leaves the file alone."""
    path = fill(tmp_path)
    before = path.stat().st_mtime_ns
    reach = Reach(TOWN, 2, store(tmp_path))
    reach.to_sight(3)
    reach.save()
    assert path.stat().st_mtime_ns == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Without a cache everything works, only slower."""
    (tmp_path / "file").write_text("")
    reach = Reach(TOWN, 2, store(tmp_path / "file"))
    reach.to_sight(1)
    reach.save()
    assert store(tmp_path / "file").load() == {}


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours, else the user's, else the usual place."""
    monkeypatch.setenv("GA_OOO_CACHE", "/ours")
    monkeypatch.setenv("XDG_CACHE_HOME", "/users")
    assert cache_folder() == Path("/ours")
    monkeypatch.delenv("GA_OOO_CACHE")
    assert cache_folder() == Path("/users/ga-ooo")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "ga-ooo"

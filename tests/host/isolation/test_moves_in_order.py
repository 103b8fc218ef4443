"""Whatever moves write, in whatever order they run: the files are those of the host's own loop."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ga_ooo.engine.loop.fibers import current_move
from ga_ooo.host.isolation.commit_order import CommitPoint
from tests.host.isolation.moves import Body, isolated, tree
from tests.host.isolation.ways import WAYS, Way

# Forks forget to close files, and one of the ways does.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

Program = dict[CommitPoint, list[tuple[Way, int]]]


@contextmanager
def folder_with_log() -> Iterator[Path]:
    """A folder, and a logger of its name that writes into it."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        logger = logging.getLogger(name)
        handler = logging.FileHandler(root / "logger.txt")
        logger.addHandler(handler)
        logger.propagate = False
        os.environ.pop("GA_OOO_TEST_VALUE", None)
        try:
            yield root
        finally:
            handler.close()
            logger.removeHandler(handler)


def by_own_loop(program: Program) -> dict[str, bytes | None]:
    """What the moves leave, one after the other."""
    with folder_with_log() as root:
        for place in sorted(program):
            for way, value in program[place]:
                way(root, value)
        return tree(root)


def bodies(
    root: Path, program: Program, failing: Iterable[CommitPoint] = ()
) -> dict[CommitPoint, Body]:
    """The moves; those that fail do so at their end, once."""
    left = set(failing)

    def body(place: CommitPoint) -> None:
        for way, value in program[place]:
            way(root, value)
        if place in left and not in_rehearsal():
            left.discard(place)
            raise ZeroDivisionError

    return {place: lambda place=place: body(place) for place in program}  # type: ignore[misc]  # a lambda with a default


def in_rehearsal() -> bool:
    """Whether the move that is running is rehearsed."""
    move = current_move()
    return move is not None and move.rehearsal is not None


programs = st.dictionaries(
    st.tuples(st.integers(0, 2), st.integers(0, 3)),
    st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 99)), max_size=4),
    min_size=1,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(programs, st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3))), st.integers(0, 999))
def test_files_are_those_of_the_own_loop(
    program: Program, failing: set[CommitPoint], seed: int
) -> None:
    expected = by_own_loop(program)
    with folder_with_log() as root, isolated() as moves:
        moves.run(bodies(root, program, failing & set(program)), Random(seed), rehearsals=2)
        assert tree(root) == expected


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(programs, st.integers(0, 999))
def test_a_run_that_goes_back_leaves_what_it_found(program: Program, seed: int) -> None:
    with folder_with_log() as root, isolated() as moves:
        before = tree(root)
        moves.run(bodies(root, program), Random(seed))
        moves.order.roll_back()
        assert tree(root) == before
        assert "GA_OOO_TEST_VALUE" not in os.environ


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.__name__))
def test_a_rehearsal_changes_nothing(way: Way) -> None:
    with folder_with_log() as root, isolated() as moves:
        # Something to find: two moves have been here.
        moves.run({(0, i): lambda i=i: way(root, i) for i in range(2)}, Random(0))  # type: ignore[misc]  # a lambda with a default
        before, variables = tree(root), dict(os.environ)
        for value in range(200):
            # Called at once.
            moves.rehearse(lambda: [way(root, value) for _ in range(2)], step=1)  # noqa: B023
        assert tree(root) == before
        assert dict(os.environ) == variables
        logged = (root / "logger.txt").read_text()
    assert logged.count("\n") == (2 if way.__name__ == "log" else 0)


def test_a_write_waits_for_its_turn(tmp_path: Path) -> None:
    with isolated() as moves:
        moves.start(lambda: WAYS[1](tmp_path, 2), step=0, persona=1)
        assert tree(tmp_path) == {}, "persona 0 may still write"
        moves.start(lambda: WAYS[1](tmp_path, 1), step=0, persona=0)
        moves.order.retire(0)
    assert (tmp_path / "log.txt").read_text("utf-8") == "über 1\nüber 2\n"


def test_a_move_that_reads_waits_for_its_turn(tmp_path: Path) -> None:
    read: list[str] = []
    log = tmp_path / "log.txt"
    log.write_text("0")

    def append() -> None:
        with log.open("a") as file:
            file.write("1")

    with isolated() as moves:
        moves.start(lambda: read.append(log.read_text()), step=0, persona=1)
        assert not read
        moves.start(append, step=0, persona=0)
        moves.resume((0, 1))
    assert read == ["01"]


def test_outside_of_moves_nothing_waits(tmp_path: Path) -> None:
    with isolated():
        for way in WAYS:
            way(tmp_path, 1)
    assert tree(tmp_path)["log.txt"] == "über 1\n".encode()


def test_own_writes_are_seen_at_once(tmp_path: Path) -> None:
    seen: list[object] = []

    def body() -> None:
        folder = tmp_path / "new" / "folder"
        folder.mkdir(parents=True)
        file = folder / "file.txt"
        file.write_text("one")
        with file.open("a") as opened:
            opened.write(" two")
        seen.extend([file.read_text(), file.stat().st_size, os.listdir(folder), file.exists()])
        file.rename(folder / "other")
        seen.extend([file.exists(), sorted(path.name for path in folder.iterdir())])
        with pytest.raises(FileExistsError):
            folder.mkdir()
        with pytest.raises(FileNotFoundError):
            file.read_text()
        with pytest.raises(OSError, match="not empty"):
            folder.rmdir()
        with pytest.raises(IsADirectoryError):
            folder.open("w")

    with isolated() as moves:
        assert moves.rehearse(body) is None
    assert seen == ["one two", 7, ["file.txt"], True, False, ["other"]]
    assert tree(tmp_path) == {}

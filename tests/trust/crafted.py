"""One crafted simulation folder: what is different, and the command that is given it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

JOURNAL: Final = "ga_ooo/journal.sqlite"
RUN_RECORD: Final = "ga_ooo/record.sqlite"

RESUME: Final = ("resume", "host", "sim", "--steps", "7", "--runahead", "0")
FORKING: Final = ("run", "host", "--fork", "sim", "--sim", "forked", "--steps", "1")
CHECK: Final = ("check", "host", "sim")
VIEWS: Final = (
    ("export", "host", "sim", "--format", "csv", "--output", "out"),
    ("export", "host", "sim", "--format", "perfetto", "--output", "out"),
    ("explain", "host", "sim", "--persona", "Nora Adler", "--step", "2"),
    ("report", "host", "sim", "--output", "out"),
    ("forecast", "host", "sim", "--steps", "100"),
    ("why", "host", "sim"),
    ("transcript", "host", "sim"),
    ("transcript", "host", "sim", "--format", "html"),
    ("list", "host"),
    CHECK,
)
"""Commands that only read a simulation."""

OUTSIDE: Final = "outside"
"""Name of the folder beside the host that nothing may touch."""


def _deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(200):
        value = [value]
    return value


HOSTILE: Final[list[Any]] = [
    *(None, True, -1, 2**31, 10**30, -(10**30), 1.5, 1e308, "", "\0", "\x1b[2J", "²"),
    *("..", "../../../outside/secret", "/etc/passwd", "x" * 100_000, "os", "__import__('os')"),
    *([], {}, [1], {"a": 1}, {"__class__": "os"}, _deep()),
]


@dataclass(frozen=True)
class Crafted:
    """One folder.

    Attributes:
        name: what is different, for reports.
        make: changes a copy of the sound simulation.
        is_cheap: no host code is imported for it.
        command: is given the folder.
    """

    name: str
    make: Callable[[Path], None]
    is_cheap: bool
    command: tuple[str, ...] = RESUME


def places_in(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of each value in nested lists and dictionaries; of long lists only the first."""
    yield before
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))[:3]
    for key, inner in items:
        yield from places_in(inner, (*before, key))


def replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at one place."""
    if not place:
        return new
    changed = value.copy()
    changed[place[0]] = replaced(value[place[0]], place[1:], new)
    return changed

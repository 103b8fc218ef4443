"""The memory of a run does not grow with its length, except for the memories of the personas."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any, Final

from ga_ooo.engine.scheduler_state import RecentStimuli
from ga_ooo.host.world.maze_views import MazeViews
from ga_ooo.host.world.snapshot import PersonaCopy
from tests.properties.driving import Case, Conditions, town_loop
from tests.properties.maps import make_layout
from tests.properties.persona import Outside, Persona, Temper
from tests.properties.test_takeover import Town

STEPS: Final = 100
CHECKPOINT_EVERY: Final = 10

_GROWING: Final = (dict, list, set, deque)
_CONTAINERS: Final = (*_GROWING, tuple, frozenset)
_BOUNDED: Final = (PersonaCopy, MazeViews, RecentStimuli)
"""Grow with the memories of the personas, with the map, or up to a limit; not with the run."""


def entries(roots: Iterable[object]) -> Counter[str]:
    """Number of entries of all containers that our own objects refer to, by attribute."""
    counts: Counter[str] = Counter()
    waiting = [("", root) for root in roots]
    seen: dict[int, object] = {}
    while waiting:
        owner, value = waiting.pop()
        if id(value) in seen or isinstance(value, _BOUNDED):
            continue
        seen[id(value)] = value
        if isinstance(value, _CONTAINERS):
            counts[owner] += len(value) if isinstance(value, _GROWING) else 0
            inner = value.values() if isinstance(value, dict) else value
            waiting += [(owner, one) for one in inner]
        elif type(value).__module__.startswith("ga_ooo."):
            waiting += [(f"{type(value).__name__}.{n}", v) for n, v in attributes(value)]
    return counts


def attributes(value: object) -> list[tuple[str, Any]]:
    """An object's attributes, with or without slots."""
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    slotted = [(name, getattr(value, name)) for name in slots if hasattr(value, name)]
    return [*getattr(value, "__dict__", {}).items(), *slotted]


def test_nothing_is_kept_of_old_steps(tmp_path: Path) -> None:
    layout = make_layout(9, 7, 0.1, 2, 5)
    free = [tile for tile in layout.tiles() if layout.free(tile)]
    starts = tuple(Random(1).sample(free, 6))
    case = Case(layout, starts, Temper((2,), 0.3, 0.1, 0.3, 0.1, 0.3, 151), 3, (4 * STEPS,))
    peaks = [Counter[str](), Counter[str]()]
    with town_loop() as loop:
        town = Town(case, Conditions(3, checkpoint_steps=CHECKPOINT_EVERY), loop, tmp_path)
        run = town.run

        def retired(step: int) -> None:
            first, last = step < STEPS, step >= 3 * STEPS
            if (first or last) and step % 3 == 0:
                peaks[last] |= entries([run.model.memory, run.engine])

        run.watch.then = retired
        try:
            town.take(4 * STEPS)
        finally:
            Persona.outside = Outside()
    early, late = peaks
    # Each of these kinds was found.
    assert {
        "TileVersions.built",
        "TileVersions.presences",
        "TownHistory._presences",
        "MemoryJournal._answers",
        "Story._lines",
    } < set(early)
    grown = {
        who: (early[who], count) for who, count in late.items() if count > early[who] * 1.3 + 8
    }
    assert not grown

"""Towns as drawings: ``#`` is a wall, ``.`` is outdoors, any other sign is a room of that name."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ga_ooo.engine.ids import Row
from ga_ooo.engine.protocol import Instruction, RunUntil
from ga_ooo.engine.rules import DependencyRule
from ga_ooo.engine.scheduler import Scheduler
from ga_ooo.town.map import TownMap
from ga_ooo.town.reach import Reach
from ga_ooo.town.rules import ReachRule


def draw(drawing: str) -> TownMap:
    """The town of a drawing."""
    rows = [line.strip() for line in drawing.strip().splitlines()]
    return TownMap.from_rows(
        [[sign != "#" for sign in row] for row in rows], [list(row) for row in rows]
    )


def values(row: Row, town: TownMap) -> npt.NDArray[np.uint16]:
    """A row as an array over all tiles."""
    found: npt.NDArray[np.uint16] = row[np.arange(town.size)]
    return found


def start(
    town: TownMap,
    people: dict[str, tuple[int, int]],
    radius: int = 2,
    rule: DependencyRule | None = None,
    window: int | None = None,
) -> Scheduler:
    """A scheduler with everybody at step 0; nobody is issued yet."""
    tiles = [town.index(x, y) for x, y in people.values()]
    rule = rule or ReachRule(Reach(town, radius))
    return Scheduler(list(people), tiles, 0, rule, window)


def run_until(scheduler: Scheduler, step: int) -> list[Instruction]:
    """Ask for all steps before ``step``."""
    return scheduler.handle(RunUntil(step))

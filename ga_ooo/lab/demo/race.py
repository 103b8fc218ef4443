"""Runs the two sides of the demo at the same time and follows their progress."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.lab.verify.sides import RunningSide, VerifyRunError, leaving_on_sigterm
from ga_ooo.lab.verify.verification import Verification, Watch, compare_sides
from ga_ooo.live.figures import Figures
from ga_ooo.live.figures_file import read_figures

LOCKSTEP: Final = "lockstep"
OUT_OF_ORDER: Final = "out-of-order"
_SIDES: Final = (LOCKSTEP, OUT_OF_ORDER)

_LOOK: Final = 0.1
"""Seconds between two checks of the sides."""


@dataclass(frozen=True)
class Race:
    """The runs of the demo.

    Attributes:
        checkout: the host.
        fork: the scenario.
        steps: number of steps.
        latency: latency of the scripted model, in the form of ``ga-ooo run --latency``.
    """

    checkout: Checkout
    fork: str
    steps: int
    latency: str


@dataclass(frozen=True)
class Result:
    """Result of the demo.

    Attributes:
        lockstep: the last figures of the host's own loop.
        engine: the last figures of the engine.
        verification: comparison of their simulations.
    """

    lockstep: Figures
    engine: Figures
    verification: Verification

    @property
    def speedup(self) -> float:
        """Seconds of the lockstep side divided by those of the engine."""
        return self.lockstep.seconds / self.engine.seconds if self.engine.seconds else 1.0


def run_race(race: Race, folder: Path, watch: Watch = lambda name, figures: None) -> Result:
    """Run both sides and compare their simulations.

    They run at the same time. Each side waits for its model most of the time, so two cores are
    enough for both.

    Args:
        race: the runs.
        folder: gets a folder for each side.
        watch: called with the name of each side that starts, and the file of its figures.

    Raises:
        VerifyRunError: a side did not finish.
    """
    with leaving_on_sigterm(), ExitStack() as running:
        sides = [running.enter_context(_start(race, folder / name)) for name in _SIDES]
        for name, side in zip(_SIDES, sides, strict=True):
            watch(name, side.figures)
        while None in (ended := [side.poll() for side in sides]):
            for one in ended:
                if one is not None and one.exit_code != 0:
                    raise VerifyRunError(one)
            time.sleep(_LOOK)
        verification = compare_sides(*(side.finish() for side in sides))
        lockstep, engine = (read_figures(side.figures) for side in sides)
        return Result(lockstep, engine, verification)


def _start(race: Race, folder: Path) -> RunningSide:
    mode = "lockstep" if folder.name == LOCKSTEP else "ooo"
    steps = ("--steps", str(race.steps), "--latency", race.latency)
    return RunningSide(race.checkout, race.fork, folder, ["--mode", mode, *steps])

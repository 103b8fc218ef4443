"""Runs the two sides of the demo at the same time and follows their progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.lab.demo.progress import REPORT_VARIABLE, Progress
from ga_ooo.lab.verify.sides import RunningSide, VerifyRunError, leaving_on_sigterm
from ga_ooo.lab.verify.verification import Verification, compare_sides

LOCKSTEP: Final = "lockstep"
OUT_OF_ORDER: Final = "out-of-order"

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
        lockstep: final progress of the host's own loop.
        engine: final progress of the engine.
        verification: comparison of their simulations.
    """

    lockstep: Progress
    engine: Progress
    verification: Verification

    @property
    def speedup(self) -> float:
        """Seconds of the lockstep side divided by those of the engine."""
        return self.lockstep.seconds / self.engine.seconds if self.engine.seconds else 1.0


def run_race(race: Race, folder: Path, show: Callable[[Progress, Progress], None]) -> Result:
    """Run both sides and compare their simulations.

    They run at the same time. Each side waits for its model most of the time, so two cores are
    enough for both.

    Args:
        race: the runs.
        folder: gets a folder for each side.
        show: called with the progress of both sides, about ten times a second.

    Raises:
        VerifyRunError: a side did not finish.
    """
    with leaving_on_sigterm(), ExitStack() as running:
        reports = [folder / f"{name}.json" for name in (LOCKSTEP, OUT_OF_ORDER)]
        sides = [running.enter_context(_start(race, report)) for report in reports]
        while True:
            # Poll before reading: the last report of a side that has ended is complete then.
            ended = [side.poll() for side in sides]
            lockstep, engine = (Progress.read(report) for report in reports)
            show(lockstep, engine)
            for side in ended:
                if side is not None and side.exit_code != 0:
                    raise VerifyRunError(side)
            if None not in ended:
                return Result(lockstep, engine, compare_sides(*(side.finish() for side in sides)))
            time.sleep(_LOOK)


def _start(race: Race, report: Path) -> RunningSide:
    report.unlink(missing_ok=True)
    return RunningSide(
        race.checkout,
        race.fork,
        report.with_suffix(""),
        [
            *("--mode", "lockstep" if report.stem == LOCKSTEP else "ooo"),
            *("--steps", str(race.steps), "--latency", race.latency),
            *("--plugin", "ga_ooo.lab.demo.observer"),
        ],
        {REPORT_VARIABLE: str(report)},
    )

"""The ways to run a scenario that a benchmark compares. All of them are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ga_ooo.options import RunOptions
from ga_ooo.options.settings import flags_for


@dataclass(frozen=True)
class Way:
    """One way to run a scenario.

    Attributes:
        name: name in the table, and of a folder.
        flags: flags of ``ga-ooo run``.
        about: description for the help of the command.
    """

    name: str
    flags: tuple[str, ...]
    about: str


HOSTS_LOOP: Final = Way("loop", ("--mode", "lockstep"), "the host's loop, one call after another")
PARALLEL_SYNC: Final = Way(
    "parallel-sync",
    ("--window", "1", "--runahead", "1"),
    "all personas of a step at once, then a barrier; personas that wait are rehearsed",
)
REACH: Final = Way("reach", ("--runahead", "0"), "the engine without runahead")
RUNAHEAD: Final = Way("runahead", (), "the engine with its default options")

WAYS: Final = (HOSTS_LOOP, PARALLEL_SYNC, REACH, RUNAHEAD)


def with_workers(run: RunOptions) -> Way:
    """The engine with the rehearsal workers of these options."""
    options = RunOptions(workers=run.workers, ray_address=run.ray_address)
    return Way(
        "workers", tuple(flags_for(options)), "only with --workers: other processes rehearse"
    )


def in_turn(ways: Sequence[Way], repeat: int) -> list[Way]:
    """The ways in an order that is reversed from one repeat to the next, so that a machine that
    becomes slower or faster favours no way."""
    return list(ways if repeat % 2 == 0 else reversed(ways))

"""The ways that are compared. All of them are exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Way:
    """One way to run a scenario.

    Attributes:
        name: as the table has it; also the name of a folder.
        flags: of ``ga-ooo run``.
        about: for people.
    """

    name: str
    flags: tuple[str, ...]
    about: str


HOSTS_LOOP: Final = Way("loop", ("--mode", "lockstep"), "the host's own loop: single-thread")
PARALLEL_SYNC: Final = Way(
    "parallel-sync",
    ("--window", "1", "--runahead", "1"),
    "all personas of a step at once, those who wait for others rehearsed, a barrier each step",
)
REACH: Final = Way("reach", ("--runahead", "0"), "the engine without runahead")
RUNAHEAD: Final = Way("runahead", (), "the engine as it is by default")

WAYS: Final = (HOSTS_LOOP, PARALLEL_SYNC, REACH, RUNAHEAD)


def in_turn(repeat: int) -> list[Way]:
    """Their order, which turns around from one repeat to the next, so that a machine that grows
    slower or faster favours nobody."""
    return list(WAYS if repeat % 2 == 0 else reversed(WAYS))

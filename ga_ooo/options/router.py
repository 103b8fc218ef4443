"""How model servers are watched, and how failed calls are made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ga_ooo.options.declare import SECONDS, Declared, at_least, nested, option


@dataclass(frozen=True)
class RetryPolicy(Declared):
    """How a failed call is made again."""

    TABLE: ClassVar[str] = "retry"
    HAS_FLAGS: ClassVar[bool] = False

    base_s: float = option(
        0.5,
        "seconds of the first back-off; doubled, with jitter, after each round in which all "
        "servers failed the call",
        check=SECONDS,
    )
    most_s: float = option(30.0, "longest back-off in seconds", check=SECONDS)
    call_deadline_s: float = option(
        600.0,
        "seconds for all attempts and back-offs of one call; a back-off that would end later does "
        "not begin; waiting for a free place or for a server to return is not counted",
        check=SECONDS,
    )
    answer_attempts: int = option(
        8, "attempts at an answer that is empty or too large", check=at_least(1)
    )


@dataclass(frozen=True)
class HealthPolicy(Declared):
    """How model servers are watched."""

    TABLE: ClassVar[str] = "router"
    HAS_FLAGS: ClassVar[bool] = False

    interval_s: float = option(
        5.0, "seconds between two checks of a server in service", check=SECONDS
    )
    failed_checks: int = option(
        2,
        "failed checks, one after the other, that take a server out of service",
        check=at_least(1),
    )
    recheck_s: float = option(
        1.0,
        "seconds until a server that left service is probed, and between probes; doubled each time "
        "that it leaves service without a good answer since the last time",
        check=SECONDS,
    )
    most_recheck_s: float = option(30.0, "longest of these times in seconds", check=SECONDS)


@dataclass(frozen=True)
class RouterOptions(Declared):
    """How calls are spread over model servers."""

    TABLE: ClassVar[str] = "router"
    HAS_FLAGS: ClassVar[bool] = False

    retry: RetryPolicy = nested(RetryPolicy)
    health: HealthPolicy = nested(HealthPolicy)
    eject_after: int = option(
        5, "failed attempts in a row that take a server out of service", check=at_least(1)
    )
    give_up_after_s: float = option(
        1800.0,
        "seconds without any server until waiting calls fail and the run stops, saved",
        check=SECONDS,
    )

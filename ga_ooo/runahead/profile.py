"""The profile: what a run has learned, so that the next run of the simulation starts from it.

Compilers use such profiles, with the branches that a program took before. This one holds hit rates
and sizes of answers by site, and no text of a prompt or an answer. It is a JSON object; in it a
site is its index in the list ``sites``.

A simulation without a profile starts from the *start profile*, a file of this package. It was made
from a recorded run of the original (``start_profile.md`` says which), and counts as few calls, so
what a run sees for itself soon outweighs it. Sites of forks that the original lacks are not in it;
they start with nothing known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta

from ga_ooo.runahead.admission import CallStatistics
from ga_ooo.runahead.predictor import HitCount, HitRates
from ga_ooo.runahead.questions import Prefetching

_FORMAT: Final = 1

START_PROFILE: Final = Path(__file__).with_name("start_profile.json")
"""Made by ``python -m benchmarks.start_profile``."""

_Index: TypeAlias = Annotated[int, Meta(ge=0, le=10**9)]
_Number: TypeAlias = Annotated[float, Meta(ge=0, le=1e15)]
_Rate: TypeAlias = tuple[_Index, _Index | None, list[_Index] | None, _Number, _Number]


def dump_profile(prefetching: Prefetching) -> bytes | None:
    """What was learned, as JSON; None if nothing was learned."""
    sites: dict[str, int] = {}

    def index(site: str) -> int:
        return sites.setdefault(site, len(sites))

    def rows(rates: HitRates) -> list[Any]:
        return [
            [index(site), distance, predicted and [index(p) for p in predicted], hits, calls]
            for site, distance, predicted, hits, calls in rates.counts()
        ]

    statistics = prefetching.admission.statistics()
    profile = {
        "format": _FORMAT,
        "rates": rows(prefetching.admission.rates),
        "forecasts": rows(prefetching.forecast_rates),
        "settled": [[index(site), *rest] for site, *rest in statistics.resolved],
        "sizes": [[index(site), *rest] for site, *rest in statistics.sizes],
        "mean": statistics.mean,
        "sites": list(sites),
    }
    return json.dumps(profile).encode() if profile["rates"] else None


class _Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. A profile may come from somebody else, so it is read by this schema."""

    format: Literal[1]
    rates: list[_Rate]
    forecasts: list[_Rate]
    resolved: list[tuple[_Index, bool, _Index]] = msgspec.field(name="settled")
    sizes: list[tuple[_Index, _Number, _Number]]
    mean: tuple[_Number, _Number]
    sites: list[str]


class Profile(NamedTuple):
    """The content of a profile."""

    rates: list[HitCount]
    forecasts: list[HitCount]
    statistics: CallStatistics


def read_profile(data: bytes) -> Profile:
    """What another run has learned.

    Raises:
        ValueError: the profile has another format, or is broken.
    """
    try:
        read = msgspec.json.decode(data, type=_Profile)
        sites = read.sites
        return Profile(
            _counts(read.rates, sites),
            _counts(read.forecasts, sites),
            CallStatistics(
                resolved=[(sites[n], rests, outcomes) for n, rests, outcomes in read.resolved],
                sizes=[(sites[n], time, tokens) for n, time, tokens in read.sizes],
                mean=read.mean,
            ),
        )
    except (IndexError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error


def load_profile(prefetching: Prefetching, data: bytes) -> None:
    """Start from what another run has learned.

    Raises:
        ValueError: the profile has another format, or is broken. Nothing was loaded.
    """
    profile = read_profile(data)
    prefetching.admission.rates.load(profile.rates)
    prefetching.forecast_rates.load(profile.forecasts)
    prefetching.admission.load(profile.statistics)


def _counts(rows: Iterable[_Rate], sites: list[str]) -> list[HitCount]:
    return [
        HitCount(
            sites[site],
            distance,
            [sites[n] for n in predicted] if predicted is not None else None,
            hits,
            max(hits, calls),
        )
        for site, distance, predicted, hits, calls in rows
        if distance is not None or predicted
    ]

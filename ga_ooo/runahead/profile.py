"""The profile: what a run has learned, so that the next run of the simulation starts from it.

Compilers use such profiles, with the branches that a program took before. This one holds hit rates
and sizes of answers by site, and no text of a prompt or an answer. It is a JSON object; in it a
site is its index in the list ``sites``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from ga_ooo.runahead.admission import CallStatistics
from ga_ooo.runahead.calls import Prefetching
from ga_ooo.runahead.predictor import HitCount, HitRates

_FORMAT: Final = 1


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


def load_profile(prefetching: Prefetching, data: bytes) -> None:
    """Start from what another run has learned.

    Raises:
        ValueError: the profile has another format, or is broken. Nothing was loaded.
    """
    try:
        profile = json.loads(data)
        if profile["format"] != _FORMAT:
            raise ValueError(f"format {profile['format']}")
        sites = profile["sites"]
        rates, forecasts = _counts(profile["rates"], sites), _counts(profile["forecasts"], sites)
        statistics = CallStatistics(
            resolved=[(sites[n], bool(rests), int(m)) for n, rests, m in profile["settled"]],
            sizes=[(sites[n], float(time), float(tokens)) for n, time, tokens in profile["sizes"]],
            mean=(float(profile["mean"][0]), float(profile["mean"][1])),
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error
    prefetching.admission.rates.load(rates)
    prefetching.forecast_rates.load(forecasts)
    prefetching.admission.load(statistics)


def _counts(rows: Iterable[Any], sites: list[str]) -> list[HitCount]:
    return [
        HitCount(
            sites[site],
            distance if distance is None else int(distance),
            predicted and [sites[n] for n in predicted],
            float(hits),
            float(calls),
        )
        for site, distance, predicted, hits, calls in rows
        if distance is not None or predicted
    ]

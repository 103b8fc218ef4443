"""Makes the start profile, from which rehearsals of a new simulation begin.

``python -m benchmarks.start_profile PROFILE... [--calls N] [--output FILE]``

Each PROFILE is the file ``ga_ooo/profile.json`` of a simulation that has run with runahead. Their
counts are added, and then reduced to at most N calls each: what a run sees for itself must soon
outweigh what others have seen. A full context (a site with a distance and all predictions) that was
seen less often than N times is left out. The result holds numbers and names of host functions, and
no text of a prompt or an answer.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ga_ooo.runahead.predictor import HitCount
from ga_ooo.runahead.profile import START_PROFILE, Profile, read_profile

CALLS = 20
"""Largest number of calls of a count."""


def main() -> None:
    """Read the profiles and write the start profile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("profiles", nargs="+", type=Path)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--output", type=Path, default=START_PROFILE)
    options = parser.parse_args()
    profiles = [read_profile(path.read_bytes()) for path in options.profiles]
    options.output.write_bytes(start_profile(profiles, options.calls))


def start_profile(profiles: Sequence[Profile], calls: int = CALLS) -> bytes:
    """The sum of profiles, with at most so many calls in each count; one count on each line."""
    rates = reduced(added(profile.rates for profile in profiles), calls)
    forecasts = reduced(added(profile.forecasts for profile in profiles), calls)
    statistics = [profile.statistics for profile in profiles]
    outcomes: dict[tuple[str, bool], int] = defaultdict(int)
    for each in statistics:
        for site, rests, resolved in each.resolved:
            outcomes[site, rests] += resolved
    sizes: dict[str, tuple[float, float]] = {}
    for each in statistics:
        for site, time, tokens in each.sizes:
            sizes.setdefault(site, (time, tokens))
    sites = sorted(
        {
            site
            for count in [*rates, *forecasts]
            for site in (count.site, *(count.unconfirmed or ()))
        }
        | {site for site, _ in outcomes}
        | set(sizes)
    )
    index = {site: number for number, site in enumerate(sites)}
    return written(
        {
            "format": 1,
            "rates": rows(rates, index),
            "forecasts": rows(forecasts, index),
            "settled": sorted(
                [index[site], rests, min(calls, resolved)]
                for (site, rests), resolved in outcomes.items()
            ),
            "sizes": sorted(
                [index[site], round(time, 1), round(tokens, 1)]
                for site, (time, tokens) in sizes.items()
            ),
            "mean": [round(number, 1) for number in statistics[0].mean],
            "sites": sites,
        }
    )


def added(lists: Iterable[Iterable[HitCount]]) -> list[HitCount]:
    """One count of each context."""
    sums: dict[tuple[str, int | None, tuple[str, ...] | None], list[float]] = {}
    for counts in lists:
        for site, distance, unconfirmed, hits, calls in counts:
            key = (site, distance, None if unconfirmed is None else tuple(sorted(unconfirmed)))
            total = sums.setdefault(key, [0.0, 0.0])
            total[0] += hits
            total[1] += calls
    return [
        HitCount(site, distance, None if unconfirmed is None else list(unconfirmed), hits, calls)
        for (site, distance, unconfirmed), (hits, calls) in sums.items()
    ]


def reduced(counts: Iterable[HitCount], most: int) -> list[HitCount]:
    """The counts with at most so many calls each, at the same rate; rare full contexts left out."""
    found = []
    for count in counts:
        is_full = count.distance is not None and count.unconfirmed is not None
        if is_full and count.calls < most:
            continue
        part = min(1.0, most / count.calls) if count.calls else 0.0
        hits, calls = round(count.hits * part, 1), round(count.calls * part, 1)
        if calls:
            found.append(count._replace(hits=min(hits, calls), calls=calls))
    return found


def rows(counts: Iterable[HitCount], index: dict[str, int]) -> list[list[Any]]:
    """Counts in the form of the file, in a fixed order."""
    found = [
        [
            index[site],
            distance,
            None if unconfirmed is None else sorted(index[each] for each in unconfirmed),
            hits,
            calls,
        ]
        for site, distance, unconfirmed, hits, calls in counts
    ]
    return sorted(found, key=repr)


def written(profile: dict[str, Any]) -> bytes:
    """The profile as JSON with one entry of a list on each line, so that changes can be read."""
    parts = []
    for name, value in profile.items():
        if isinstance(value, list) and name != "mean":
            lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in value)
            parts.append(f"{json.dumps(name)}:[\n{lines}]")
        else:
            parts.append(f"{json.dumps(name)}:{json.dumps(value)}")
    return ("{" + ",\n".join(parts) + "}\n").encode()


if __name__ == "__main__":
    main()

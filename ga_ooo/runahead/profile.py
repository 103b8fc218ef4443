"""What rehearsals have learned of a town, kept for the next run that goes on from it.

As a compiler is told by a profile which branch is taken: hit rates by place of the host's code,
sizes of answers. No text of any prompt or answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from ga_ooo.runahead.admission import Experience
from ga_ooo.runahead.calls import Prefetching
from ga_ooo.runahead.predictor import HitRates, Row

_FORMAT: Final = 1


def profile_of(calls: Prefetching) -> bytes | None:
    """What was learned, as JSON; None if nothing was."""
    sites: dict[str, int] = {}

    def number(site: str) -> int:
        return sites.setdefault(site, len(sites))

    def rows(rates: HitRates) -> list[Any]:
        return [
            [number(site), ahead, guessed and [number(g) for g in guessed], hits, calls]
            for site, ahead, guessed, hits, calls in rates.rows()
        ]

    experience = calls.admission.experience()
    learned = {
        "format": _FORMAT,
        "rates": rows(calls.admission.rates),
        "forecasts": rows(calls.forecasts),
        "settled": [[number(site), *rest] for site, *rest in experience.settled],
        "sizes": [[number(site), *rest] for site, *rest in experience.sizes],
        "mean": experience.mean,
        "sites": list(sites),
    }
    return json.dumps(learned).encode() if learned["rates"] else None


def begin_with(calls: Prefetching, profile: bytes) -> None:
    """Begin with what another run has learned.

    Raises:
        ValueError: it is of another version, or broken; nothing was taken from it.
    """
    try:
        learned = json.loads(profile)
        if learned["format"] != _FORMAT:
            raise ValueError(f"format {learned['format']}")
        sites = learned["sites"]
        rates, forecasts = _rows(learned["rates"], sites), _rows(learned["forecasts"], sites)
        experience = Experience(
            settled=[(sites[n], bool(guessed), int(m)) for n, guessed, m in learned["settled"]],
            sizes=[(sites[n], float(time), float(tokens)) for n, time, tokens in learned["sizes"]],
            mean=(float(learned["mean"][0]), float(learned["mean"][1])),
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"{type(error).__name__} {error}") from error
    calls.admission.rates.learn_rows(rates)
    calls.forecasts.learn_rows(forecasts)
    calls.admission.begin_with(experience)


def _rows(rows: Iterable[Any], sites: list[str]) -> list[Row]:
    return [
        Row(
            sites[site],
            ahead if ahead is None else int(ahead),
            guessed and [sites[n] for n in guessed],
            float(hits),
            float(calls),
        )
        for site, ahead, guessed, hits, calls in rows
        if ahead is not None or guessed
    ]

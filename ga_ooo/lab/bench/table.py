"""The results of a benchmark as text."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from ga_ooo.lab.bench.running import Results
from ga_ooo.lab.bench.ways import HOSTS_LOOP, PARALLEL_SYNC

_HEAD: Final = (
    *(("way", 14), ("seconds", 26), ("in flight", 10), ("calls", 9), ("tokens", 8)),
    *(("CPU s", 8), ("x loop", 19), ("x sync", 19), ("equal", 6)),
)


def table(results: Results) -> str:
    """One row for each way: medians, with minimum and maximum if there are several repeats."""
    asked = median(timing.tokens for timing in results.timings[HOSTS_LOOP.name])
    lines = [_row([name for name, _ in _HEAD])]
    for way, timings in results.timings.items():
        tokens = median(timing.tokens for timing in timings)
        lines.append(
            _row(
                [
                    way,
                    _spread([timing.seconds for timing in timings], ",.1f"),
                    f"{median(timing.in_flight for timing in timings):,.2f}",
                    f"{median(timing.calls for timing in timings):,.0f}",
                    f"{tokens / asked - 1:+.1%}" if asked else "",
                    f"{median(timing.cpu_seconds for timing in timings):,.1f}",
                    _spread(results.ratios(way, HOSTS_LOOP.name), ".2f"),
                    _spread(results.ratios(way, PARALLEL_SYNC.name), ".2f"),
                    "yes" if results.equal_of(way) else "NO",
                ]
            )
        )
    return "\n".join([*lines, *_differences(results)])


def _differences(results: Results) -> list[str]:
    """The first difference of each way whose simulation is not equal."""
    lines = []
    for way, comparisons in results.comparisons.items():
        wrong = next((found for found in comparisons if found.first is not None), None)
        if wrong is not None and wrong.first is not None:
            lines.append(f"{way}: {wrong.differing:,} of {wrong.files:,} files differ")
            lines.append(wrong.first.render())
    return lines


def _spread(values: Sequence[float], form: str) -> str:
    middle = format(median(values), form)
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):{form}}-{max(values):{form}})"


def _row(cells: Sequence[str]) -> str:
    name, *rest = cells
    padded = (f"{cell:>{width}}" for cell, (_, width) in zip(rest, _HEAD[1:], strict=True))
    return f"{name:<{_HEAD[0][1]}}{''.join(padded)}".rstrip()

"""The results of a case as a table of text."""

from __future__ import annotations

from ga_ooo.lab.replay.cases import CaseResult
from ga_ooo.lab.replay.paper import PaperRow, paper_row
from ga_ooo.lab.replay.policies import POLICIES

_HEAD = (
    ("policy", 17),
    ("seconds", 11),
    ("x single", 9),
    ("x sync", 7),
    ("of oracle", 10),
    ("of limit", 9),
    ("in flight", 10),
    ("extra", 7),
    ("exact", 6),
)


def table(result: CaseResult) -> str:
    """One row for each policy, and one of the paper where it reports the case."""
    case = result.case
    calls = next(iter(result.outcomes.values())).calls
    lines = [
        f"{result.agents:,} agents, {result.steps:,} steps ({case.hours}), {calls:,} calls, "
        f"{case.serving} x {case.gpus}",
        "".join(f"{name:{'<' if width == 17 else '>'}{width}}" for name, width in _HEAD),
    ]
    for name, outcome in result.outcomes.items():
        extra = outcome.wasted_tokens / outcome.tokens if outcome.tokens else 0.0
        cells = (
            f"{outcome.makespan:,.1f}",
            f"{result.speed(name, 'single-thread'):.2f}",
            f"{result.speed(name, 'parallel-sync'):.2f}",
            f"{result.speed(name, 'oracle'):.1%}",
            f"{result.speed(name, 'no-dependency'):.1%}",
            f"{outcome.in_flight:,.2f}",
            f"{extra:.1%}" if POLICIES[name].prefetched else "",
            "yes" if POLICIES[name].exact else "no",
        )
        lines.append(_row(name, cells))
    row = paper_row(result.agents, case.hours, case.serving, case.gpus)
    if row is not None:
        lines.append(_row("(AI Metropolis)", _paper(row)))
    if "runahead" in result.outcomes:
        lines.append(
            "runahead: with the prefetches of the recorded run"
            if result.recorded_prefetches
            else "runahead: prefetches for the same step only, since the traces have none"
        )
    return "\n".join(lines)


def _row(name: str, cells: tuple[str, ...]) -> str:
    padded = (f"{cell:>{width}}" for cell, (_, width) in zip(cells, _HEAD[1:], strict=True))
    return f"{name:<17}{''.join(padded)}".rstrip()


def _paper(row: PaperRow) -> tuple[str, ...]:
    def shown(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    return (
        "",
        shown(row.over_single, ".2f"),
        shown(row.over_sync, ".2f"),
        shown(row.of_oracle, ".1%"),
        "",
        shown(row.in_flight, ".2f"),
        "",
        "no",
    )

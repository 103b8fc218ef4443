"""``ga-ooo replay``: recorded runs under other rules and on other servers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.lab.replay.cases import Case, run_case, span
from ga_ooo.lab.replay.plots import check_plots, draw
from ga_ooo.lab.replay.policies import POLICIES, find_policy
from ga_ooo.lab.replay.serving import PRESETS
from ga_ooo.lab.replay.table import table
from ga_ooo.options.declare import Check, Declared, at_least, option
from ga_ooo.options.kinds import Kind, list_of
from ga_ooo.trace.files import read_trace

_DEFAULT: Final = ("paper:4", "paper:12", "reach", "runahead", "critical")


def _at_least_1(value: Any) -> int:
    if int(value) < 1:
        raise ValueError(value)
    return int(value)


_NUMBERS: Final = Kind(
    "a list of numbers such as 25,100",
    lambda text: tuple(map(_at_least_1, text.split(","))),
    list_of(_at_least_1),
)


_MOST_AGENTS: Final = 10_000
"""A town of 4,000 is measured; one of a million does not end, and does not fit into memory."""

_AGENTS: Final = Check(
    f"a list of numbers from 1 to {_MOST_AGENTS}, such as 25,100",
    lambda numbers: max(numbers) <= _MOST_AGENTS,
)


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """What to replay, and on which servers."""

    traces: tuple[Path, ...] = option(help="a recorded run", flag="TRACE")
    hours: tuple[str, ...] = option(
        ("all",),
        "part of the day: day, busy (12-13), quiet (6-7), hours such as 9-17, or all that was "
        "recorded; repeatable",
        metavar="PART[,PART...]",
        unset="all",
    )
    agents: tuple[int, ...] | None = option(
        None,
        "put copies of the traces side by side until the town has this number of personas",
        metavar="N[,N...]",
        kind=_NUMBERS,
        check=_AGENTS,
        unset="as recorded",
    )
    stagger: int = option(
        0,
        "shift each further copy of a trace by this number of steps in its day",
        metavar="STEPS",
        check=at_least(0),
    )
    serving: str = option("l4", f"model of the servers: {', '.join(PRESETS)}")
    gpus: tuple[int, ...] = option((8,), "servers", metavar="N[,N...]", kind=_NUMBERS, unset="8")
    policy: tuple[str, ...] = option(
        _DEFAULT,
        "policy of the replay; repeatable",
        metavar="NAME[,NAME...]",
        unset=f"{', '.join(_DEFAULT)}, and what they are compared with",
    )
    cpu: bool = option(
        True, "each call takes CPU time of one core, as measured, before it is asked"
    )
    plots: Path | None = option(
        None, "also draw pictures into this folder; needs the extra `plots`", metavar="FOLDER"
    )


def _run(line: CommandLine[Arguments]) -> int:
    arguments = line.arguments
    policies = _all_of(arguments.policy)
    for name in policies:
        find_policy(name)
    if arguments.plots is not None:
        check_plots(arguments.plots)
    traces = [read_trace(path) for path in arguments.traces]
    cases = [
        Case(hours, agents, arguments.serving, gpus, arguments.stagger, arguments.cpu)
        for hours, agents, gpus in product(
            _all_of(arguments.hours), arguments.agents or (None,), arguments.gpus
        )
    ]
    for case in cases:
        span(traces, case.hours)
    results = []
    for case in cases:
        result = run_case(case, traces, policies, _show_progress)
        _show_progress("")
        print(table(result), end="\n\n", flush=True)
        results.append(result)
    if arguments.plots is not None:
        for path in draw(results, arguments.plots):
            print(f"plot: {path}")
    return 0


def _all_of(lists: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for text in lists for part in text.split(","))


def _show_progress(policy: str) -> None:
    """Name the policy that is computed, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{policy}", end="", file=sys.stderr, flush=True)


COMMAND = Command(
    "compute how long a recorded run would take under other rules and on other servers",
    Arguments,
    _run,
    description="Replay traces of `ga-ooo run --trace` (docs/traces.md): a simulation, without "
    "host and model.",
    epilog="policies:\n"
    + "\n".join(f"  {name:<16} {policy.about}" for name, policy in POLICIES.items()),
)

"""``ga-ooo replay``."""

from __future__ import annotations

import argparse
import sys
from itertools import product
from pathlib import Path
from typing import Any, Final

from ga_ooo.errors import UsageError
from ga_ooo.lab.replay.cases import Case, run_case, span
from ga_ooo.lab.replay.plots import check_plots, draw
from ga_ooo.lab.replay.policies import POLICIES, find_policy
from ga_ooo.lab.replay.serving import PRESETS
from ga_ooo.lab.replay.table import table
from ga_ooo.trace.files import read_trace

_DEFAULT: Final = ("paper:4", "paper:12", "reach", "runahead", "critical")


def add_commands(commands: Any) -> None:
    """Register the command."""
    listed = "\n".join(f"  {name:<16} {policy.about}" for name, policy in POLICIES.items())
    replay = commands.add_parser(
        "replay",
        help="what a recorded run would take under other rules and on other servers",
        description="Replay traces of `ga-ooo run --trace` (docs/traces.md): a simulation, "
        "without host and model.",
        epilog=f"policies:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    replay.add_argument("traces", nargs="+", type=Path, metavar="TRACE", help="a recorded run")
    replay.add_argument(
        "--hours",
        action="append",
        metavar="PART",
        help="day, busy (12-13), quiet (6-7), hours such as 9-17, or all that was recorded "
        "(default); repeatable",
    )
    replay.add_argument(
        "--agents",
        type=_numbers,
        metavar="N[,N...]",
        help="set towns side by side, the traces in turn, until there are so many",
    )
    replay.add_argument(
        "--stagger",
        type=int,
        default=0,
        metavar="STEPS",
        help="further copies of a trace are so much later in their day, each (default: 0)",
    )
    replay.add_argument(
        "--serving", default="l4", help=f"serving model: {', '.join(PRESETS)} (default: l4)"
    )
    replay.add_argument(
        "--gpus", type=_numbers, default=(8,), metavar="N[,N...]", help="servers (default: 8)"
    )
    replay.add_argument(
        "--policy",
        action="append",
        metavar="NAME",
        help=f"repeatable (default: {', '.join(_DEFAULT)}, and what they are compared with)",
    )
    replay.add_argument(
        "--plots", type=Path, metavar="FOLDER", help="draw too; needs ga-ooo[plots]"
    )
    replay.set_defaults(run=_replay)


def _replay(arguments: argparse.Namespace) -> int:
    policies = arguments.policy or _DEFAULT
    for name in policies:
        find_policy(name)
    if arguments.stagger < 0:
        raise UsageError(f"--stagger {arguments.stagger}", "give 0 or more steps")
    if arguments.plots is not None:
        check_plots(arguments.plots)
    traces = [read_trace(path) for path in arguments.traces]
    cases = [
        Case(hours, agents, arguments.serving, gpus, arguments.stagger)
        for hours, agents, gpus in product(
            arguments.hours or ("all",), arguments.agents or (None,), arguments.gpus
        )
    ]
    for case in cases:
        span(traces, case.hours)
    results = []
    for case in cases:
        result = run_case(case, traces, policies, _tell)
        _tell("")
        print(table(result), end="\n\n", flush=True)
        results.append(result)
    if arguments.plots is not None:
        for path in draw(results, arguments.plots):
            print(f"plot: {path}")
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no list of numbers such as 25,100")
    return numbers


def _tell(policy: str) -> None:
    """Who waits wants to know for what; a file does not."""
    if sys.stderr.isatty():
        print(f"\r\033[K{policy}", end="", file=sys.stderr, flush=True)

"""``ga-ooo verify``: the host's own loop and the engine, byte by byte."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ga_ooo.cli import options
from ga_ooo.plugin import Plugins
from ga_ooo.reverie.determinism import MENDS
from ga_ooo.reverie.headless import HeadlessRun
from ga_ooo.reverie.locate import check_scenario, locate
from ga_ooo.verify.sides import Verification, VerifyRunError, verify


def add_commands(commands: Any) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "verify", help="run the host's own loop and the engine, and compare every byte"
    )
    options.add_host(parser)
    parser.add_argument("--fork", required=True, help="scenario to fork from")
    parser.add_argument(
        "--steps", required=True, type=options.steps, help="steps, such as 8640 or 100+100"
    )
    parser.add_argument("--seed", type=int, default=0, help="run seed (default: 0)")
    parser.add_argument(
        "--latency-seed",
        type=int,
        default=0,
        metavar="SEED",
        help="order in which the engine's calls complete (default: 0)",
    )
    parser.add_argument("--rule", default="reach", help="dependency rule of the engine")
    parser.add_argument("--keep", type=Path, help="leave both simulations in this new folder")
    parser.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    Plugins().check_rule(arguments.rule)
    checkout = locate(arguments.host)
    HeadlessRun(arguments.fork, "verify", arguments.steps)
    check_scenario(checkout, arguments.fork)
    steps = "+".join(map(str, arguments.steps))
    both = ["--steps", steps, "--seed", str(arguments.seed), "--clock", "virtual"]
    latency = ["--latency", "0.05:0.02:0.0001", "--latency-seed", str(arguments.latency_seed)]
    print(f"host: {checkout.recognised} ({checkout.root})")
    for mend in MENDS:
        print(f"both sides mend: {mend.name}")
    try:
        outcome = verify(
            checkout,
            arguments.fork,
            both,
            ["--rule", arguments.rule, *latency],
            arguments.keep,
            lambda text: print(text, file=sys.stderr),
        )
    except VerifyRunError as error:
        print(f"ga-ooo: {error}", file=sys.stderr)
        return error.side.exit_code or error.exit_code
    print(_render(outcome))
    return 0 if outcome.comparison.equal else 1


def _render(outcome: Verification) -> str:
    comparison = outcome.comparison
    lines = [
        f"reference ({outcome.reference.seconds:.1f} s of CPU):",
        *(f"  {line}" for line in outcome.reference.output.splitlines()),
        f"engine ({outcome.engine.seconds:.1f} s of CPU, "
        f"{outcome.engine.seconds / outcome.reference.seconds:.2f} of the reference):",
        *(f"  {line}" for line in outcome.engine.output.splitlines()),
    ]
    if comparison.first is None:
        lines.append(f"equal: {comparison.files:,} files, {comparison.bytes:,} bytes")
    else:
        lines.append(comparison.first.render())
        lines.append(f"different: {comparison.differing:,} of {comparison.files:,} files")
    return "\n".join(lines)

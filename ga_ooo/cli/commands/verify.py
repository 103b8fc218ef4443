"""``ga-ooo verify``: the host's own loop and the engine, byte by byte."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from ga_ooo.cli import options
from ga_ooo.cli.server_flags import server_flags
from ga_ooo.host.accelerators import accelerator_names
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.imported.determinism import DETERMINISM_FIXES
from ga_ooo.host.run.headless import HeadlessRun
from ga_ooo.lab.verify.sides import Verification, VerifyRunError, verify, verify_by_journal
from ga_ooo.plugin import Plugins

_LATENCY: Final = "0.05:0.02:0.0001"


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
    options.add_accelerate(parser)
    options.add_servers(
        parser.add_argument_group(
            "model",
            "without servers, the scripted model answers both sides; with servers they answer the "
            "host's own loop, and the engine gets the recorded answers (docs/journal.md)",
        )
    )
    parser.add_argument("--keep", type=Path, help="leave both simulations in this new folder")
    parser.set_defaults(run=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    Plugins().check_rule(arguments.rule)
    accelerator_names(arguments.accelerate)
    checkout = locate(arguments.host)
    HeadlessRun(arguments.fork, "verify", arguments.steps)
    check_scenario(checkout, arguments.fork)
    model = server_flags(arguments)
    print(f"host: {checkout.recognised} ({checkout.root})")
    for fix in DETERMINISM_FIXES:
        print(f"made deterministic on both sides: {fix.name}")
    try:
        outcome = _run_sides(checkout, arguments, model)
    except VerifyRunError as error:
        print(f"ga-ooo: {error}", file=sys.stderr)
        return error.side.exit_code or error.exit_code
    print(_render(outcome))
    return 0 if outcome.equal else 1


def _run_sides(checkout: Checkout, arguments: argparse.Namespace, model: list[str]) -> Verification:
    both = ["--steps", "+".join(map(str, arguments.steps)), "--seed", str(arguments.seed)]
    virtual = ["--clock", "virtual"]
    engine = ["--rule", arguments.rule, "--latency", _LATENCY, *virtual]
    engine += ["--latency-seed", str(arguments.latency_seed), "--accelerate", arguments.accelerate]
    if model:
        return verify_by_journal(
            checkout, arguments.fork, both, model, engine, arguments.keep, _tell
        )
    return verify(checkout, arguments.fork, [*both, *virtual], engine, arguments.keep, _tell)


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


def _render(outcome: Verification) -> str:
    comparison = outcome.comparison
    lines = [
        f"reference ({outcome.reference.seconds:.1f} s of CPU):",
        *(f"  {line}" for line in outcome.reference.output.splitlines()),
        f"engine ({outcome.engine.seconds:.1f} s of CPU, "
        f"{outcome.engine.seconds / outcome.reference.seconds:.2f} of the reference):",
        *(f"  {line}" for line in outcome.engine.output.splitlines()),
    ]
    if not outcome.asked_alike:
        lines.append("different: the engine does not ask what the host's own loop asked")
    elif comparison.first is None:
        lines.append(f"equal: {comparison.files:,} files, {comparison.bytes:,} bytes")
    else:
        lines.append(comparison.first.render())
        lines.append(f"different: {comparison.differing:,} of {comparison.files:,} files")
    return "\n".join(lines)

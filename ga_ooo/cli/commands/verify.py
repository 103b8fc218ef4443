"""``ga-ooo verify``: compares the bytes of the host's own loop and of the engine."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.host.accelerators import accelerator_names
from ga_ooo.host.checkout.checkout import Checkout
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.imported.determinism import DETERMINISM_FIXES
from ga_ooo.host.run.headless import HeadlessRun
from ga_ooo.lab.verify.sides import Verification, VerifyRunError, verify, verify_by_journal
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.options.declare import Declared, Flags, nested, option
from ga_ooo.plugin import Plugins

_LATENCY: Final = (0.05, 0.02, 0.0001)


@dataclass(frozen=True, kw_only=True)
class Arguments(Declared):
    """What both sides run. Without servers, the scripted model answers both; with servers, they
    answer the host's own loop, and the engine gets the recorded answers (docs/journal.md)."""

    host: Path = arguments.host()
    fork: str = arguments.fork()
    steps: tuple[int, ...] = arguments.steps()
    run: RunOptions = nested(RunOptions, Flags(("run.seed", "run.rule", "run.accelerate")))
    model: ModelOptions = nested(ModelOptions, Flags(("model.latency_seed", *arguments.SERVERS)))
    keep: Path | None = option(None, "leave both simulations in this new folder", metavar="FOLDER")


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    Plugins().check_rule(given.run.rule)
    accelerator_names(given.run.accelerators)
    checkout = locate(given.host)
    HeadlessRun(given.fork, "verify", given.steps)
    check_scenario(checkout, given.fork)
    print(f"host: {checkout.recognised} ({checkout.root})")
    for fix in DETERMINISM_FIXES:
        print(f"made deterministic on both sides: {fix.name}")
    try:
        outcome = _run_sides(checkout, given)
    except VerifyRunError as error:
        print(f"ga-ooo: {error}", file=sys.stderr)
        return error.side.exit_code or error.exit_code
    print(_render(outcome))
    return 0 if outcome.equal else 1


def _run_sides(checkout: Checkout, given: Arguments) -> Verification:
    both = ["--steps", "+".join(map(str, given.steps)), "--seed", str(given.run.seed)]
    virtual = ["--clock", "virtual"]
    # The latencies of the engine's calls decide in which order they complete.
    latency = ModelOptions(latency=_LATENCY, latency_seed=given.model.latency_seed or 0)
    engine = [
        *arguments.flags_for(replace(given.run, seed=0)),
        *arguments.flags_for(latency),
        *virtual,
    ]
    if given.model.servers:
        model = arguments.flags_for(replace(given.model, latency_seed=None))
        return verify_by_journal(checkout, given.fork, both, model, engine, given.keep, _tell)
    return verify(checkout, given.fork, [*both, *virtual], engine, given.keep, _tell)


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
    if not outcome.same_calls:
        lines.append("different: the engine does not ask what the host's own loop asked")
    elif comparison.first is None:
        lines.append(f"equal: {comparison.files:,} files, {comparison.bytes:,} bytes")
    else:
        lines.append(comparison.first.render())
        lines.append(f"different: {comparison.differing:,} of {comparison.files:,} files")
    return "\n".join(lines)


COMMAND = Command("run the host's own loop and the engine, and compare every byte", Arguments, _run)

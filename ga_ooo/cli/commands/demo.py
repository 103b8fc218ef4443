"""``ga-ooo demo``: minitown in lockstep and out of order, side by side."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.comparisons import comparison_view, report_failure
from ga_ooo.disk import make_empty_folder
from ga_ooo.host.checkout.locate import check_scenario, locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.host.run.headless import HeadlessRun
from ga_ooo.lab.demo.race import Race, Result, run_race
from ga_ooo.lab.verify.copies import SIMULATION
from ga_ooo.lab.verify.sides import VerifyRunError
from ga_ooo.options.declare import at_least, option

_LATENCY: Final = "0.01:0.004:0.00002"
_LATENCY_IN_WORDS: Final = "10 ms + 4 ms per token written + 20 ms per 1,000 tokens read"

_NEXT: Final = """\
next, a real town: a checkout of generative_agents or of a fork of it
  ga-ooo doctor CHECKOUT
  ga-ooo run CHECKOUT --fork base_the_ville_isabella_maria_klaus --sim first --steps 360
  ga-ooo verify CHECKOUT --fork base_the_ville_isabella_maria_klaus --steps 360
"""


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ViewArguments):
    """What to show."""

    fork: str = option("demo_minitown_n25", "scenario: demo_minitown_n25 or demo_minitown_n5")
    steps: int = option(12, "steps of 10 s", check=at_least(1))
    keep: Path | None = option(None, "leave both simulations in this new folder", metavar="FOLDER")


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    checkout = locate(data_folder("minitown"))
    HeadlessRun(given.fork, SIMULATION, [given.steps])
    people = len(check_scenario(checkout, given.fork).tiles)
    keep = given.keep.absolute() if given.keep else None
    if keep is not None:
        make_empty_folder(keep, "--keep")
    race = Race(checkout, given.fork, given.steps, _LATENCY)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ga-ooo-demo-") as temporary,
            comparison_view(given) as view,
        ):
            view.say(
                f"minitown: {people} people, {given.steps} steps of 10 s of their day, both sides "
                "from the same start\nthe scripted model has the latency of a real one: "
                f"{_LATENCY_IN_WORDS}\n"
            )
            result = run_race(race, keep or Path(temporary), view.watch)
            view.end(render(result, keep), _data(result))
    except VerifyRunError as error:
        return report_failure(error)
    return 0 if result.verification.comparison.equal else 1


def _data(result: Result) -> dict[str, Any]:
    seconds = {"lockstep": result.lockstep.seconds, "out-of-order": result.engine.seconds}
    return {"equal": result.verification.comparison.equal, "seconds": seconds}


def render(result: Result, kept: Path | None) -> str:
    """The comparison of both sides, and what to do next."""
    comparison, engine = result.verification.comparison, result.engine
    lines = [
        "",
        f"{engine.calls:,} model calls, {engine.conversations} conversations on each side; CPU "
        f"{result.verification.reference.seconds:.1f} s in lockstep, "
        f"{result.verification.engine.seconds:.1f} s out of order (start included)",
    ]
    speed = (
        f"{result.speedup:.1f} times faster ({result.lockstep.seconds:.1f} s -> "
        f"{engine.seconds:.1f} s), {engine.mean_in_flight:.1f} calls in flight "
        f"(lockstep: {result.lockstep.mean_in_flight:.1f})"
    )
    if comparison.first is None:
        lines.append(f"same bytes: {comparison.files:,} files; {speed}")
    else:
        lines += [
            comparison.first.render(),
            f"NOT the same: {comparison.differing:,} of {comparison.files:,} files; {speed}",
        ]
    if kept is not None:
        sides = (result.verification.reference, result.verification.engine)
        lines += ["both simulations:", *(f"  {side.simulation}" for side in sides)]
    return "\n".join([*lines, "", _NEXT.rstrip()])


COMMAND = Command(
    "run a small town in lockstep and out of order, side by side (about a minute)", Arguments, _run
)

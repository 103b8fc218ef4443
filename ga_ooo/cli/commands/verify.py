"""``ga-ooo verify``: compares all files of the host's own loop and of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ga_ooo.api.verification import check_verification, verify_sides
from ga_ooo.cli import arguments
from ga_ooo.cli.command_line import Command, CommandLine
from ga_ooo.cli.comparisons import comparison_view, report_failure
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.imported.determinism import DETERMINISM_FIXES
from ga_ooo.lab.verify.compare import Difference
from ga_ooo.lab.verify.sides import VerifyRunError
from ga_ooo.lab.verify.verification import Verification
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.options.declare import Flags, nested, option

_OF_THE_MODEL: Final = ("model.latency_seed", "model.embedding_width", *arguments.SERVERS)


@dataclass(frozen=True, kw_only=True)
class Arguments(arguments.ViewArguments):
    """What both sides run."""

    host: Path = arguments.host()
    fork: str = arguments.fork()
    steps: tuple[int, ...] = arguments.steps()
    run: RunOptions = nested(RunOptions, Flags(arguments.OF_BOTH_SIDES))
    model: ModelOptions = nested(ModelOptions, Flags(_OF_THE_MODEL))
    keep: Path | None = option(
        None,
        "leave the copies of the checkout in which both sides ran in this new folder",
        metavar="FOLDER",
    )
    without_journal: bool = option(
        False,
        "let the model servers answer both sides, at the same time: for servers that give equal "
        "answers to equal requests (see vllm.md)",
        flag="--without-journal",
    )


def _run(line: CommandLine[Arguments]) -> int:
    given = line.arguments
    checkout = locate(given.host)
    check_verification(checkout, given.fork, given.steps, given.run)
    try:
        with comparison_view(given) as view:
            view.say(f"host: {checkout.recognised} ({checkout.root})")
            for fix in DETERMINISM_FIXES:
                view.say(f"made deterministic on both sides: {fix.name}")
            sides = (checkout, given.fork, given.steps, given.run, given.model, given.keep)
            by_journal = not given.without_journal
            outcome = verify_sides(*sides, view.say, view.watch, by_journal=by_journal)
            view.end(render(outcome), {"verdict": outcome.verdict})
    except VerifyRunError as error:
        return report_failure(error)
    return 0 if outcome.equal else 1


def render(outcome: Verification) -> str:
    """Both sides, what differs, and the verdict."""
    comparison = outcome.comparison
    lines = [
        f"reference ({outcome.reference.seconds:.1f} s of CPU):",
        *(f"  {line}" for line in outcome.reference.output.splitlines()),
        f"engine ({outcome.engine.seconds:.1f} s of CPU, "
        f"{outcome.engine.seconds / outcome.reference.seconds:.2f} of the reference):",
        *(f"  {line}" for line in outcome.engine.output.splitlines()),
    ]
    lines += [
        f"differs between two runs of the host itself: {each.file} ({each.where}): "
        f"{each.values[0]} | {each.values[1]}"
        for each in comparison.unsteady
    ]
    if comparison.first is not None:
        lines.append(comparison.first.render())
    written = f"{comparison.files:,} files that the runs wrote, {comparison.bytes:,} bytes"
    if outcome.verdict == "not shown":
        same = "the files are the same, but " if comparison.equal else ""
        lines += [f"nothing is shown: {same}{doubt}" for doubt in outcome.doubts]
    elif not outcome.same_calls:
        lines.append("different: the engine asks other calls than the host's own loop")
    elif outcome.equal:
        lines.append(f"equal: {written}{_except(comparison.unsteady)}")
    else:
        lines.append(f"different: {comparison.differing:,} of {written}")
    return "\n".join(lines)


def _except(unsteady: tuple[Difference, ...]) -> str:
    if not unsteady:
        return ""
    number = "1 file" if len(unsteady) == 1 else f"{len(unsteady):,} files"
    return f", except for what differs between two runs of the host itself ({number})"


COMMAND = Command("run the host's own loop and the engine, and compare every byte", Arguments, _run)

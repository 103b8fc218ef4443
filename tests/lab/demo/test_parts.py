"""The parts of the demo: the text at the end."""

from __future__ import annotations

from pathlib import Path

from ga_ooo.cli.commands.demo import render
from ga_ooo.lab.demo.race import Result
from ga_ooo.lab.verify.compare import Comparison, Difference
from ga_ooo.lab.verify.copies import CheckoutCopy
from ga_ooo.lab.verify.sides import Side
from ga_ooo.lab.verify.verification import Verification
from ga_ooo.live.figures import Figures


def figures(*, seconds: float, mean_in_flight: float) -> Figures:
    return Figures(
        done=12, calls=1_287, seconds=seconds, mean_in_flight=mean_in_flight, conversations=6
    )


def side(name: str, seconds: float) -> Side:
    folder = Path("/kept") / name
    copy = CheckoutCopy(folder, folder, folder / "storage", folder / "temp_storage", {})
    return Side(name, folder, copy, seconds)


def result(comparison: Comparison) -> Result:
    sides = side("lockstep", 2.5), side("out-of-order", 2.75)
    return Result(
        figures(seconds=58.3, mean_in_flight=0.97),
        figures(seconds=14.2, mean_in_flight=3.42),
        Verification(comparison, *sides),
    )


def test_the_last_line_is_the_comparison() -> None:
    said = render(result(Comparison(742, 9_000, 0, None)), None)
    assert "same bytes: 742 files; 4.1 times faster (58.3 s -> 14.2 s), 3.4 calls in flight" in said
    assert "1,287 model calls, 6 conversations" in said
    assert "ga-ooo run CHECKOUT" in said


def test_a_difference_is_shown() -> None:
    first = Difference("movement/3.json", "description", 3, "Nora Adler", ("one", "other"))
    said = render(result(Comparison(742, 9_000, 2, first)), Path("/kept"))
    assert "same bytes" not in said
    assert "NOT the same: 2 of 742 files" in said
    assert "step 3, Nora Adler, description" in said
    assert "/kept/out-of-order/storage" in said

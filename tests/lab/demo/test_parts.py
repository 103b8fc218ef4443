"""The parts of the demo: measures of a side, their display, and the text at the end."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from ga_ooo.cli.commands.demo import render
from ga_ooo.lab.demo.display import Display
from ga_ooo.lab.demo.progress import Progress, ProgressMeter
from ga_ooo.lab.demo.race import Result
from ga_ooo.lab.verify.compare import Comparison, Difference
from ga_ooo.lab.verify.copies import CheckoutCopy
from ga_ooo.lab.verify.sides import Side
from ga_ooo.lab.verify.verification import Verification


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def talking(*lines: str) -> dict[str, Any]:
    chat = [["Nora Adler", line] for line in lines] or None
    return {"persona": {"Nora Adler": {"chat": chat}, "Eva Jansen": {"chat": chat}}}


def test_calls_in_flight_are_averaged_over_time() -> None:
    clock = Clock()
    meter = ProgressMeter(clock)
    meter.call_started()
    meter.call_started()
    clock.now += 3
    meter.call_finished()
    clock.now += 1
    meter.retired(talking())
    assert meter.progress == Progress(
        steps=1, calls=1, in_flight=1, mean_in_flight=7 / 4, seconds=4.0
    )


def test_a_conversation_counts_once() -> None:
    meter = ProgressMeter(Clock())
    for movements in (talking("Hello"), talking("Hello"), talking(), talking("Bye", "now")):
        meter.retired(movements)
    assert meter.progress.conversations == 2
    assert meter.progress.heard == "Nora Adler: Bye"


def test_progress_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "side.json"
    assert Progress.read(path) == Progress()
    progress = Progress(3, 1_200, 4, 2.5, 17.25, "Nora Adler: Grüß dich", 2)
    progress.write(path)
    assert Progress.read(path) == progress
    assert [found.name for found in tmp_path.iterdir()] == ["side.json"]


def test_without_a_terminal_there_are_few_lines_and_one_at_the_end() -> None:
    out, clock = io.StringIO(), Clock()
    display = Display(out, 2, live=False, clock=clock)
    for second in range(12):
        clock.now = second
        display.show(Progress(second // 10), Progress(1))
    for _ in range(3):
        display.show(Progress(2, 1_500, seconds=9.0), Progress(2, 1_500, seconds=4.0))
    lines = out.getvalue().splitlines()
    assert len(lines) == 4
    assert lines[-1] == (
        "lockstep: step 2/2, 1,500 calls, 9.0 s; out of order: step 2/2, 1,500 calls, 4.0 s"
    )
    assert "\x1b" not in out.getvalue()


def test_on_a_terminal_lines_are_redrawn_and_never_wrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out, clock = io.StringIO(), Clock()
    display = Display(out, 4, live=True, clock=clock)
    for _ in range(2):
        display.show(Progress(1), Progress(2, heard="Nora Adler: " + "Hello " * 20))
        clock.now += 1
    first, again = out.getvalue().split("\x1b[3A")
    assert first == again
    lines = [line.removeprefix("\x1b[K") for line in first.splitlines()]
    assert [line[:15] for line in lines] == [
        "  lockstep     ",
        "  out of order ",
        '  heard: "Nora ',
    ]
    assert max(map(len, lines)) < 40


def side(name: str, seconds: float) -> Side:
    folder = Path("/kept") / name
    copy = CheckoutCopy(folder, folder, folder / "storage", folder / "temp_storage", {})
    return Side(name, folder, copy, seconds)


def result(comparison: Comparison) -> Result:
    sides = side("lockstep", 2.5), side("out-of-order", 2.75)
    return Result(
        Progress(12, 1_287, 0, 0.97, 58.3, "", 6),
        Progress(12, 1_287, 0, 3.42, 14.2, "", 6),
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

"""The live view in a pipe, and for programs."""

from __future__ import annotations

import io
import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from ga_ooo.live.figures import Cost, Figures, Worker
from ga_ooo.live.figures_file import FiguresFile, read_figures
from ga_ooo.live.json_lines import JsonLines
from ga_ooo.live.plain import PlainLines, line
from ga_ooo.live.processes import Processes
from ga_ooo.live.redraw import can_redraw
from ga_ooo.live.rows import Row
from ga_ooo.live.showing import Quiet, Showing, renderer_for
from ga_ooo.live.terminal import one_run
from ga_ooo.live.words import duration
from ga_ooo.texts import money
from tests.live.conftest import Clock, Terminal, busy


def test_a_line_has_what_a_log_needs() -> None:
    assert line(busy()) == (
        "08:13:50, 34.3%, step 2,963 of 8,640, 14,311 calls, 12 in flight, 4.1 steps/s, at most "
        "6.2 times the host's loop, about 32 min left (22 min to 45 min), Isabella Rodriguez asks "
        "the model (agent chat summary) for 12 s, http://gpu-node-18.example.org:8000/v1 is out "
        "of service, rehearsal worker 2 has stopped"
    )


def test_the_cost_is_shown_where_there_are_prices() -> None:
    cost = Cost(amount=12.3, currency="USD", budget=25.0, cached=81_000)
    figures = replace(busy(), cost=cost)
    assert "the host's loop, cost 12.30 USD of 25.00 USD, about" in line(figures)
    rows = [text.plain for text in one_run(figures, 120)]
    assert "cost      12.30 USD of 25.00 USD  ·  81.0k tokens in from caches" in rows
    assert money(0.00042, "\x1b") == r"0.00042 \x1b"


def test_what_a_run_does_before_its_first_step_is_said_at_once_and_once() -> None:
    out = io.StringIO()
    plain = PlainLines(out)
    for work in ("importing the host", "importing the host", "opening the scenario", ""):
        plain.look([Row("", Figures(work=work))])
    assert out.getvalue() == "importing the host ...\nopening the scenario ...\n"


def test_workers_that_start_or_end_are_said_at_once() -> None:
    """As ``--workers auto`` does."""
    out = io.StringIO()
    plain = PlainLines(out)
    for states in ([], ["starting"], ["rehearsing"], ["rehearsing"], ["stopped"]):
        workers = tuple(Worker(name="rehearsal worker 1", state=state) for state in states)
        plain.look([Row("", Figures(step=9, workers=workers))])
    assert out.getvalue() == "rehearsal workers at work: 1\nrehearsal workers at work: 0\n"


def test_work_that_takes_long_is_said_again() -> None:
    out = io.StringIO()
    PlainLines(out).show([Row("loop", Figures(work="waiting for the model", work_seconds=40))])
    assert out.getvalue() == "loop: waiting for the model, 40 s\n"


def test_hours_and_pauses_give_lines() -> None:
    """A line every 30 seconds, and one for each game hour in between."""
    out, clock = io.StringIO(), Clock()
    hours: list[Figures] = []
    showing = Showing(
        PlainLines(out),
        lambda: [Row("", busy(workers=()))],
        lambda: Row("", hours.pop()) if hours else None,
        clock,
    )
    for _ in range(119):
        clock.now += 0.5
        showing.look()
    assert len(out.getvalue().splitlines()) == 1
    hours.append(busy(time=None, done=1_080, workers=()))
    showing.look()
    lines = out.getvalue().splitlines()
    assert len(lines) == 2 and "step 1,080 of 8,640" in lines[1]


def test_a_closed_pipe_does_not_end_the_run() -> None:
    read, write = os.pipe()
    os.close(read)
    out = os.fdopen(write, "w")
    showing = Showing(JsonLines(out), lambda: [Row("", busy())])
    with showing, pytest.raises(BrokenPipeError):
        showing.say("the command itself meets the error")
    with suppress(BrokenPipeError):
        out.close()


def test_an_encoding_that_lacks_a_character() -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    PlainLines(out).say("Zoë asks")
    assert out.buffer.getvalue() == b"Zo? asks\n"


def test_json_has_one_event_per_line() -> None:
    out = io.StringIO()
    view = JsonLines(out)
    view.say("the scripted model answers")
    view.show([Row("", busy()), Row("loop", Figures(work="starting"))])
    message, progress, other = map(json.loads, out.getvalue().splitlines())
    assert message == {"event": "message", "text": "the scripted model answers"}
    assert progress["event"] == "progress" and progress["done"] == 2_963
    assert progress["time"] == "2023-02-13T08:13:50" and progress["left"]["middle"] == 1_900
    assert "run" not in progress and other["run"] == "loop"


def test_the_page_names_every_field_of_the_events() -> None:
    page = (Path(__file__).parents[2] / "docs" / "watching.md").read_text("utf-8")
    out = io.StringIO()
    JsonLines(out).show([Row("", busy())])
    event = json.loads(out.getvalue())
    nested = [event["servers"][0], event["prefetches"], event["straggler"], event["held"][0]]
    names = {name for each in (event, *nested, event["left"]) for name in each}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_another_process_follows_a_run_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "side.json"
    processes = Processes()
    processes.add("engine", file)
    (row,) = processes.rows()
    assert row.figures == Figures(work="starting")
    FiguresFile(file).show([Row("", busy(ended=True))])
    assert read_figures(file) == busy(ended=True)
    assert processes.rows()[0].figures == busy(ended=True)
    file.unlink()
    assert processes.rows()[0].figures == busy(ended=True)


@pytest.mark.parametrize(
    ("is_terminal", "term", "redrawn"),
    [(True, "xterm", True), (True, "dumb", False), (True, "", False), (False, "xterm", False)],
)
def test_where_a_view_is_redrawn(is_terminal: bool, term: str, redrawn: bool) -> None:
    out = Terminal(80, 24) if is_terminal else io.StringIO()
    assert can_redraw(out, {"TERM": term}) is redrawn  # type: ignore[arg-type]  # a fake of a terminal


def test_options_choose_the_renderer(tmp_path: Path) -> None:
    out = io.StringIO()
    with renderer_for(out, {}, quiet=False, json=False) as plain:
        assert isinstance(plain, PlainLines)
    with renderer_for(out, {}, quiet=True, json=False) as quiet:
        assert isinstance(quiet, Quiet)
    with renderer_for(out, {}, quiet=True, json=True) as view:
        assert isinstance(view, JsonLines)
    file = {"GA_OOO_FIGURES": str(tmp_path / "side.json")}
    with renderer_for(out, file, quiet=False, json=False) as view:
        assert isinstance(view, FiguresFile)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (1_900, "32 min"), (12_000, "3 h 20 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text

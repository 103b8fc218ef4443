"""The live view on terminals of several sizes: nothing wraps, and nothing is left behind."""

from __future__ import annotations

import os
import re

import pytest

from ga_ooo.live.figures import Figures, Server, Straggler
from ga_ooo.live.rows import Row
from ga_ooo.live.screen import AboveScreen, Screen
from ga_ooo.live.terminal import TerminalView, one_run, several_runs
from tests.live.conftest import Terminal, busy


@pytest.fixture(autouse=True)
def _no_colour_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


class SizedScreen(Screen):
    """A screen on a terminal in memory."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        super().__init__(terminal)  # type: ignore[arg-type]  # a fake of a terminal

    @property
    def size(self) -> os.terminal_size:
        return os.terminal_size((self._terminal.screen.columns, self._terminal.screen.lines))


def view_on(terminal: Terminal) -> tuple[TerminalView, Screen]:
    screen = SizedScreen(terminal)
    return TerminalView(terminal, screen), screen  # type: ignore[arg-type]  # a fake of a terminal


@pytest.mark.parametrize("columns", [20, 40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    terminal = Terminal(columns, 40)
    view, _ = view_on(terminal)
    lines = one_run(busy(), columns - 1)
    view.show([Row("", busy())])
    assert len(terminal.shown) == len(lines)
    view.show([Row("", busy())])
    assert len(terminal.shown) == len(lines), "drawn in the same place"
    assert terminal.screen.cursor.x == 0


def test_all_figures_of_a_run_are_there_at_120_columns() -> None:
    terminal = Terminal(120, 40)
    view_on(terminal)[0].show([Row("", busy())])
    text = "\n".join(terminal.shown)
    for figure in (
        *("25 personas", "Feb 13 08:13:50", "34.3%", "step 2,963 of 8,640", "leader at 08:40:00"),
        *("12 min so far", "about 32 min left (22 min to 45 min)", "4.1 steps/s"),
        *(
            "at most 6.2 times the host's loop",
            "14,311 answered",
            "12 in flight",
            "8.1M tokens in, 212.3k",
        ),
        *("31 conversations", "1,204 asked early", "873 used", "121 wasted", "10% more tokens"),
        *("1 on node-17.example.org", "81,204 moves", "611 calls found", "87% hits"),
        *("4 ms behind", "stopped  2 on node-18", "1 restart"),
        *("out of service", "gpu-node-17", "7 in flight", "connection refused"),
        *("Isabella Rodriguez asks the model (agent chat summary), 12 s", "14 of 25 wait"),
        *("9 for Isabella Rodriguez", "5 at the window", "Good morning, Maria!"),
    ):
        assert figure in text


def test_narrow_terminals_leave_out_whole_figures() -> None:
    """The first figure of a line is always there, and no other one is cut."""
    for line in one_run(busy(), 79):
        assert line.cell_len <= 79 or line.plain.startswith(("heard", "server", "worker"))
        assert not re.search(r"·\s*$", line.plain)
    narrow = {line.plain for line in one_run(busy(heard=""), 50)}
    assert any(line.endswith("14,311 answered  ·  12 in flight") for line in narrow)


@pytest.mark.parametrize("columns", [120, 60])
def test_a_new_size_leaves_no_part_of_the_old_frame(columns: int) -> None:
    terminal = Terminal(80, 40)
    view, _ = view_on(terminal)
    view.show([Row("", busy())])
    rows = sum(-(-len(line) // columns) for line in terminal.shown)
    # As terminals do that wrap old lines again.
    wrapped = [
        line[start : start + columns]
        for line in terminal.shown
        for start in range(0, max(1, len(line)), columns)
    ]
    terminal.screen.resize(lines=40, columns=columns)
    terminal.screen.reset()
    terminal.write("".join(f"{line}\n" for line in wrapped))
    assert len(wrapped) == rows
    view.show([Row("", busy())])
    assert len(terminal.shown) == len(one_run(busy(), columns - 1))
    view.close()
    assert terminal.shown == []


def test_a_low_terminal_shows_the_first_lines() -> None:
    terminal = Terminal(80, 5)
    view, _ = view_on(terminal)
    for _ in range(3):
        view.show([Row("", busy())])
    assert len(terminal.shown) == 4
    assert terminal.shown[0].startswith("winter-school")


def test_texts_and_warnings_stay_above_the_frame() -> None:
    terminal = Terminal(80, 40)
    view, screen = view_on(terminal)
    errors = AboveScreen(screen, terminal)  # type: ignore[arg-type]  # a fake of a terminal
    view.show([Row("", Figures(simulation="day", work="importing the host"))])
    view.say("the scripted model answers")
    errors.write("ga-ooo: a ")
    errors.write("warning\nand ")
    view.show([Row("", Figures(simulation="day", work="opening the scenario"))])
    assert terminal.shown == [
        "the scripted model answers",
        "ga-ooo: a warning",
        "day  ·  opening the scenario",
    ]
    errors.close_line()
    view.close()
    assert terminal.shown == ["the scripted model answers", "ga-ooo: a warning", "and"]


def test_no_colour_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal(80, 40)
    view_on(terminal)[0].show([Row("", busy())])
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", "".join(terminal.written))
    monkeypatch.delenv("NO_COLOR")
    coloured = Terminal(80, 40)
    view_on(coloured)[0].show([Row("", busy())])
    assert re.search(r"\x1b\[[0-9;]*3[0-7]m", "".join(coloured.written))


def test_text_of_host_and_model_cannot_control_the_terminal() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\r\n\u202eSam"
    terminal = Terminal(120, 40)
    figures = busy(
        simulation=hostile,
        heard=hostile,
        straggler=Straggler(persona=hostile, doing=hostile),
        servers=(Server(url=hostile, state="out of service", reason=hostile),),
    )
    view_on(terminal)[0].show([Row("", figures)])
    view_on(terminal)[0].say(hostile)
    written = re.sub(r"\x1b\[[0-9;]*[mKJA]", "", "".join(terminal.written))
    assert "\x1b" not in written and "\x07" not in written and "\u202e" not in written
    assert len(terminal.shown) == len(one_run(figures, 119)) + len(hostile.split("\n"))


def test_a_terminal_without_unicode_gets_ascii() -> None:
    terminal = Terminal(80, 40)
    terminal.encoding = "ascii"
    view_on(terminal)[0].show([Row("", busy(heard="Eva: Hello " * 20))])
    "".join(terminal.written).encode("ascii")


def test_the_cursor_is_never_hidden() -> None:
    """So that it is there after `kill -9`."""
    terminal = Terminal(80, 40)
    view, _ = view_on(terminal)
    view.show([Row("", busy())])
    view.close()
    assert "\x1b[?25" not in "".join(terminal.written)


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
def test_runs_side_by_side(columns: int) -> None:
    rows = [
        Row("lockstep", busy(done=100, ended=False)),
        Row("out of order", busy(done=8_640, ended=True)),
        Row("waiting", Figures(work="importing the host", work_seconds=4)),
    ]
    lines = several_runs(rows, columns - 1)
    assert len(lines) == 4
    terminal = Terminal(columns, 40)
    view_on(terminal)[0].show(rows)
    assert len(terminal.shown) == 4
    assert "importing the host, 4 s" in terminal.shown[2]
    if columns >= 80:
        assert "100%" in terminal.shown[1] and "12 min" in terminal.shown[1]

"""The live view on a terminal: some lines, drawn several times a second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import Final, TextIO

from rich.console import Console
from rich.text import Span, Text

from ga_ooo.live import words
from ga_ooo.live.figures import Figures, Server, Worker
from ga_ooo.live.rows import Row
from ga_ooo.live.screen import Line, Screen
from ga_ooo.texts import printable, shown

PAUSE: Final = 0.25
"""Least seconds between two frames."""

_LABEL: Final = 10
_SEPARATOR: Final = "  ·  "
_BAR: Final = (12, 60)
"""Columns of a bar, at least and at most."""

_SERVERS: Final = 4
"""Servers with a line of their own."""

_ASCII: Final = str.maketrans({"━": "#", "─": "-", "·": "|", "…": ".", "“": '"', "”": '"'})

_STATES: Final = {
    "in service": "green",
    "cooling down": "yellow",
    "draining": "yellow",
    "rehearsing": "green",
    "starting": "yellow",
    "off": "dim",
}


class TerminalView:
    """Draws frames.

    Args:
        out: the terminal.
        screen: on this terminal.
    """

    pause = PAUSE

    def __init__(self, out: TextIO, screen: Screen) -> None:
        self._screen = screen
        # It turns styles into escape sequences, as NO_COLOR and the terminal's type allow.
        self._console = Console(file=out, force_terminal=True, highlight=False, markup=False)
        self._unicode = "utf" in (out.encoding or "").lower()
        self._last: dict[tuple[str, str, tuple[Span, ...]], Line] = {}

    def say(self, text: str) -> None:
        """Write a text above the frame."""
        width = max(1, self._screen.size.columns - 1)
        for line in text.split("\n"):
            wrapped = wrap(printable(line), width) or [""]
            self._screen.above("".join(f"{part}\n" for part in wrapped))

    def look(self, rows: Sequence[Row]) -> None:
        """Nothing happens between two frames."""

    def show(self, rows: Sequence[Row]) -> None:
        """Draw a frame."""
        size = self._screen.size
        # A line as wide as the terminal would move the cursor to the next one.
        width = size.columns - 1
        if len(rows) == 1 and not rows[0].name:
            lines = one_run(rows[0].figures, width)
        else:
            lines = several_runs(rows, width)
        self._screen.draw(self._drawn(lines[: size.lines - 1], width))

    def close(self) -> None:
        """Remove the frame."""
        self._screen.clear()

    def _drawn(self, texts: list[Text], width: int) -> list[Line]:
        """The lines with escape sequences, none of them wider than ``width``."""
        keys, fitted = [], {}
        for text in texts:
            fitting = text if self._unicode else _in_ascii(text)
            fitting.truncate(width, overflow="ellipsis" if self._unicode else "crop")
            keys.append((fitting.plain, str(fitting.style), tuple(fitting.spans)))
            fitted[keys[-1]] = fitting
        # The library takes longer than all the rest, and most lines are those of the last frame.
        changed = {key: text for key, text in fitted.items() if key not in self._last}
        lines = self._last | dict(zip(changed, self._styled(list(changed.values())), strict=True))
        self._last = {key: lines[key] for key in fitted}
        return [lines[key] for key in keys]

    def _styled(self, texts: list[Text]) -> list[Line]:
        if not texts:
            return []
        with self._console.capture() as drawn:
            self._console.print(Text("\n").join(texts), end="", soft_wrap=True)
        lines = drawn.get().split("\n")
        return [Line(line, text.cell_len) for line, text in zip(lines, texts, strict=True)]


def _in_ascii(text: Text) -> Text:
    plain = text.plain.translate(_ASCII).encode("ascii", "replace").decode()
    return Text(plain, spans=text.spans)


def one_run(figures: Figures, width: int) -> list[Text]:
    """The frame of one run; no line is wider than ``width``."""
    lines = [_title(figures, width)]
    if figures.step is None:
        return lines
    lines.append(_progress(figures, width))
    lines += [
        _row("time", [words.duration(figures.seconds) + " so far", *_left(figures)], width),
        _row("speed", words.speed(figures), width),
        _row("calls", _calls(figures), width),
        _row("cost", _cost(figures), width),
        _row("early", _early(figures), width),
        *_servers(figures.servers, width),
        *_workers(figures.workers, width),
        _row("behind", words.behind(figures, ", "), width),
        _row("held", words.held(figures.held, figures.personas), width),
        _row("heard", _heard(figures), width),
    ]
    return [line for line in lines if line.plain]


def several_runs(rows: Sequence[Row], width: int) -> list[Text]:
    """The frame of runs side by side; a line for each, and the latest conversation."""
    name_width = max((len(row.name) for row in rows), default=0)
    lines = [_side(row, name_width, width) for row in rows]
    heard = next((row.figures for row in reversed(rows) if row.figures.heard), None)
    if heard is not None:
        lines.append(_row("heard", _heard(heard), width))
    return lines


def _side(row: Row, name_width: int, width: int) -> Text:
    figures = row.figures
    line = Text(f"{row.name:<{name_width}}  ", style="bold")
    if figures.step is None:
        work = f"{figures.work or 'starting'}, {words.duration(figures.work_seconds)}"
        return line.append(work, style="not bold dim")
    parts = [
        f"{figures.share:4.0%}",
        f"{words.moment(figures.time, figures.began)}",
        words.duration(figures.seconds) if figures.ended else _short_left(figures),
        words.count(figures.calls, "call"),
        f"{figures.mean_in_flight if figures.ended else figures.in_flight:,.3g} in flight",
        *words.speed(figures),
    ]
    bar = _bar(figures.share, _bar_width(width - line.cell_len, 44), figures.ended)
    line.append_text(bar)
    line.append("  ")
    return line.append_text(_fitting(parts, width - line.cell_len, "not bold"))


def _title(figures: Figures, width: int) -> Text:
    line = Text(shown(figures.simulation), style="bold")
    work = figures.work
    if work and figures.work_seconds >= 1:
        work += f", {words.duration(figures.work_seconds)}"
    parts = [
        words.count(figures.personas, "persona") if figures.personas else "",
        work,
    ]
    line.append(_SEPARATOR if any(parts) else "", style="not bold dim")
    return line.append_text(_fitting(parts, width - line.cell_len, "not bold"))


def _progress(figures: Figures, width: int) -> Text:
    line = Text(f"{words.moment(figures.time):<{_LABEL + 6}}")
    leader = words.moment(figures.leader, figures.time)
    after = [
        f"{figures.share:.1%}",
        f"step {figures.done:,} of {figures.total:,}",
        f"leader at {leader}" if leader and figures.leader != figures.time else "",
    ]
    bar = _bar(figures.share, _bar_width(width - line.cell_len, 56), ended=False)
    line.append_text(bar)
    line.append("  ")
    return line.append_text(_fitting(after, width - line.cell_len))


def _left(figures: Figures) -> list[str]:
    return [words.time_left(figures.left)] if figures.left else ["time left not known yet"]


def _short_left(figures: Figures) -> str:
    return f"{words.duration(figures.left.middle)} left" if figures.left else ""


def _calls(figures: Figures) -> list[str]:
    return [
        f"{figures.calls:,} answered",
        f"{figures.in_flight:,} in flight",
        f"{words.tokens(figures.tokens_in)} tokens in, {words.tokens(figures.tokens_out)} out",
        words.count(figures.conversations, "conversation"),
    ]


def _cost(figures: Figures) -> list[str]:
    parts, cost = words.cost(figures), figures.cost
    if cost is not None and cost.cached:
        parts.append(f"{words.tokens(cost.cached)} tokens in from caches")
    return parts


def _early(figures: Figures) -> list[str]:
    prefetches = figures.prefetches
    if prefetches is None or not prefetches.asked:
        return []
    return [
        f"{prefetches.asked:,} asked early",
        f"{prefetches.used:,} used",
        f"{prefetches.wasted:,} wasted",
        f"{prefetches.extra_tokens:.0%} more tokens",
    ]


def _heard(figures: Figures) -> list[str]:
    return [f"“{shown(figures.heard)}”"] if figures.heard else []


def _servers(servers: Sequence[Server], width: int) -> list[Text]:
    """A line for each server; of many, those out of service first, and a line for the others."""
    ordered = sorted(servers, key=lambda server: server.state == "in service")
    first, others = ordered[:_SERVERS], ordered[_SERVERS:]
    lines = []
    for server in first:
        failures = f"{server.failures:,} failed" if server.failures else ""
        parts = [
            shown(server.reason),
            f"{server.in_flight:,} in flight",
            failures,
            f"{server.answers:,} answers",
        ]
        line = Text(f"{'server':<{_LABEL}}", style="dim")
        line.append(server.state, style=f"not dim {_STATES.get(server.state, 'bold red')}")
        line.append(f"  {shown(server.url)}{_SEPARATOR}", style="not dim")
        lines.append(line.append_text(_fitting(parts, width - line.cell_len, "not dim")))
    if others:
        flying = sum(server.in_flight for server in others)
        more = [f"{len(others):,} more in service", f"{flying:,} in flight"]
        lines.append(_row("servers", more, width))
    return lines


def _workers(workers: Sequence[Worker], width: int) -> list[Text]:
    """A line for each rehearsal worker; of many, those that stopped come first."""
    ordered = sorted(workers, key=lambda worker: worker.state != "stopped")
    lines, others = [], ordered[_SERVERS:]
    for worker in ordered[:_SERVERS]:
        line = Text(f"{'worker':<{_LABEL}}", style="dim")
        line.append(worker.state, style=f"not dim {_STATES.get(worker.state, 'bold red')}")
        line.append(f"  {shown(words.location_of(worker))}{_SEPARATOR}", style="not dim")
        line.append_text(_fitting(words.work_of(worker), width - line.cell_len, "not dim"))
        lines.append(line)
    if others:
        moves = f"{sum(worker.moves for worker in others):,} moves rehearsed"
        lines.append(_row("workers", [f"{len(others):,} more", moves], width))
    return lines


def _row(label: str, parts: Iterable[str], width: int) -> Text:
    """A label and as many parts as fit; empty without parts."""
    given = [part for part in parts if part]
    if not given:
        return Text()
    line = Text(f"{label:<{_LABEL}}", style="dim")
    return line.append_text(_fitting(given, width - _LABEL, "not dim"))


def _fitting(parts: Iterable[str], width: int, style: str = "") -> Text:
    """As many parts as fit; the first one always, cut if it must be."""
    line = Text()
    for part in parts:
        if not part:
            continue
        more = Text(_SEPARATOR if line else "", style="dim")
        more.append(part, style=style)
        if line and line.cell_len + more.cell_len > width:
            break
        line.append_text(more)
    return line


def _bar_width(space: int, beside: int) -> int:
    least, most = _BAR
    return max(least, min(most, space - beside))


def _bar(share: float, columns: int, ended: bool) -> Text:
    filled = min(columns, int(share * columns))
    bar = Text("━" * filled, style="green" if ended else "cyan")
    return bar.append("─" * (columns - filled), style="dim")

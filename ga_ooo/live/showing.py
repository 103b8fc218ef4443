"""Shows runs from a thread of its own, while the main thread takes steps or waits for a process."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TextIO

from ga_ooo.live.figures_file import VARIABLE, FiguresFile
from ga_ooo.live.json_lines import JsonLines
from ga_ooo.live.plain import PlainLines
from ga_ooo.live.redraw import can_redraw
from ga_ooo.live.rows import Renderer, Row
from ga_ooo.live.screen import AboveScreen, Screen

logger = logging.getLogger(__name__)

_LOOK: Final = 0.25
"""Least seconds between two looks at the runs."""

_SHARE: Final = 0.01
"""The thread uses at most this share of a core: what a look costs decides when the next one is."""

_MOST_PAUSE: Final = 2.0
"""Seconds after which there is a next look in any case."""

_CLOSED_OUTPUT: Final = (OSError, ValueError)
"""Errors of a write to a stream that its reader has closed. What the command prints after the view
meets the same error, and ends the command as the reader expects."""


class Quiet:
    """Shows nothing."""

    pause = 3600.0

    def say(self, text: str) -> None:
        """Nothing is said."""

    def look(self, rows: Sequence[Row]) -> None:
        """Nothing is looked at."""

    def show(self, rows: Sequence[Row]) -> None:
        """Nothing is shown."""

    def close(self) -> None:
        """Nothing has to be cleared."""


@contextmanager
def renderer_for(
    out: TextIO, environment: Mapping[str, str], *, quiet: bool, json: bool
) -> Iterator[Renderer]:
    """The renderer for this process.

    While a terminal view is entered, what is written to ``sys.stderr`` appears above the view.

    Args:
        out: standard output.
        environment: environment variables.
        quiet: show nothing.
        json: write JSON.
    """
    if VARIABLE in environment:
        yield FiguresFile(Path(environment[VARIABLE]))
    elif json:
        yield JsonLines(out)
    elif quiet:
        yield Quiet()
    elif not can_redraw(out, environment):
        yield PlainLines(out)
    else:
        # Only here: the library takes 50 ms to import.
        from ga_ooo.live.terminal import TerminalView

        screen = Screen(out)
        with _errors_above(screen):
            yield TerminalView(out, screen)


class Showing:
    """While entered, a thread shows runs.

    Args:
        renderer: shows them.
        rows: makes the rows of this moment.
        hours: takes out the next row of a full game hour; None if there is none.
        clock: gives seconds.
    """

    def __init__(
        self,
        renderer: Renderer,
        rows: Callable[[], Sequence[Row]],
        hours: Callable[[], Row | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renderer = renderer
        self._rows = rows
        self._hours = hours
        self._clock = clock
        self._shown = clock()
        self._stopped = threading.Event()
        # Not while the main thread says something.
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._repeat, name="ga_ooo live view", daemon=True)

    def say(self, text: str) -> None:
        """Show a text that stays."""
        with self._lock:
            self._renderer.say(text)

    def __enter__(self) -> Showing:
        with suppress(*_CLOSED_OUTPUT):
            # The first frame at once, and not after a pause.
            self._shown -= self._renderer.pause
            self.look()
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Show the last figures, and stop. A second call does nothing."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._thread.join()
        with self._lock, suppress(*_CLOSED_OUTPUT):
            self._renderer.show(self._rows())
        with self._lock, suppress(*_CLOSED_OUTPUT):
            self._renderer.close()

    def look(self) -> None:
        """Look at the runs, and show them if the time has come."""
        with self._lock:
            rows = self._rows()
            self._renderer.look(rows)
            while (hour := self._hours()) is not None:
                self._show([hour])
            if self._clock() - self._shown >= self._renderer.pause:
                self._show(rows)

    def _show(self, rows: Sequence[Row]) -> None:
        self._renderer.show(rows)
        self._shown = self._clock()

    def _repeat(self) -> None:
        pause = _LOOK
        while not self._stopped.wait(pause):
            before = time.thread_time()
            try:
                self.look()
            except _CLOSED_OUTPUT:
                # The reader of the output has gone, as with `| head`. The run continues.
                return
            except Exception:
                logger.warning("the live view has ended by an error", exc_info=True)
                return
            pause = min(max(_LOOK, (time.thread_time() - before) / _SHARE), _MOST_PAUSE)


@contextmanager
def _errors_above(screen: Screen) -> Iterator[None]:
    """While entered, errors and warnings appear above the frame, if they go to a terminal."""
    before = sys.stderr
    if not before.isatty():
        yield
        return
    above = AboveScreen(screen, before)
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is before
    ]
    sys.stderr = above
    for handler in handlers:
        handler.setStream(above)
    try:
        yield
    finally:
        above.close_line()
        sys.stderr = before
        for handler in handlers:
            handler.setStream(before)

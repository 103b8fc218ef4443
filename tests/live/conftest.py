"""Figures, times and terminals that the tests of the live view share."""

from __future__ import annotations

import datetime

import pyte

from ga_ooo.live.figures import Figures, Held, Prefetches, Server, Straggler, TimeLeft, Worker

MORNING = datetime.datetime(2023, 2, 13, 8, 0)


class Clock:
    """Time that a test sets."""

    def __init__(self, now: float = 100.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Terminal:
    """A terminal in memory; a text stream as well.

    It does not wrap old lines again when it becomes narrower, as some real ones do.
    """

    encoding = "utf-8"

    def __init__(self, columns: int, lines: int) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.written: list[str] = []
        self._stream = pyte.Stream(self.screen)

    def write(self, text: str) -> int:
        self.written.append(text)
        # The system's terminal driver makes this of a line end.
        self._stream.feed(text.replace("\n", "\r\n"))
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError

    @property
    def shown(self) -> list[str]:
        """The lines that are not empty at the end."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines


def busy(**changes: object) -> Figures:
    """Figures of a run in which much happens, with names and texts that are long."""
    given: dict[str, object] = {
        "simulation": "winter-school-with-everybody-2",
        "personas": 25,
        "done": 2_963,
        "total": 8_640,
        "step": 2_963,
        "began": MORNING - datetime.timedelta(hours=8),
        "time": MORNING + datetime.timedelta(minutes=13, seconds=50),
        "leader": MORNING + datetime.timedelta(minutes=40),
        "seconds": 722.0,
        "steps_per_second": 4.1,
        "left": TimeLeft(1_300, 1_900, 2_700),
        "calls": 14_311,
        "in_flight": 12,
        "mean_in_flight": 6.24,
        "tokens_in": 8_123_456,
        "tokens_out": 212_345,
        "conversations": 31,
        "heard": "Isabella Rodriguez: Good morning, Maria! Are you coming to the party tonight? "
        * 3,
        "prefetches": Prefetches(asked=1_204, used=873, wasted=121, extra_tokens=0.098),
        "servers": (
            Server(url="http://gpu-node-17.example.org:8000/v1", in_flight=7, answers=9_000),
            Server(
                url="http://gpu-node-18.example.org:8000/v1",
                state="out of service",
                reason="connection refused",
                failures=5,
            ),
        ),
        "workers": (
            Worker(
                name="rehearsal worker 1",
                node="node-17.example.org",
                process=4711,
                state="rehearsing",
                moves=81_204,
                asked=611,
                used=437,
                hit_rate=0.87,
                cpu_seconds=61.3,
                lag=0.0042,
            ),
            Worker(name="rehearsal worker 2", node="node-18", state="stopped", restarts=1),
        ),
        "straggler": Straggler(
            persona="Isabella Rodriguez", doing="asks the model (agent chat summary)", seconds=11.6
        ),
        "held": (Held(by="Isabella Rodriguez", count=9), Held(by="", count=5)),
    }
    return Figures(**(given | changes))  # type: ignore[arg-type]  # they differ in their types

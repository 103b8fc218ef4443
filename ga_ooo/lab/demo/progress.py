"""The progress of one side of the demo, and the file in which the side reports it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ga_ooo.disk import DISK, write_whole

REPORT_VARIABLE: Final = "GA_OOO_DEMO_REPORT"
"""Environment variable that names the file of a side's progress."""


@dataclass(frozen=True)
class Progress:
    """Progress of a side.

    Attributes:
        steps: number of retired steps.
        calls: number of answered model calls.
        in_flight: number of calls in flight.
        mean_in_flight: mean number of calls in flight.
        seconds: seconds from the first call to the last event.
        heard: the first line of the latest conversation, with its speaker.
        conversations: number of conversations.
    """

    steps: int = 0
    calls: int = 0
    in_flight: int = 0
    mean_in_flight: float = 0.0
    seconds: float = 0.0
    heard: str = ""
    conversations: int = 0

    def write(self, path: Path) -> None:
        """Write to a file, whole or not at all."""
        write_whole(DISK, path, json.dumps(asdict(self)).encode())

    @classmethod
    def read(cls, path: Path) -> Progress:
        """Read a file; all zero if it does not exist yet."""
        try:
            return cls(**json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return cls()


@dataclass
class ProgressMeter:
    """Computes the progress of a run from its events.

    Args:
        clock: gives seconds.
    """

    clock: Callable[[], float] = time.monotonic
    progress: Progress = field(default_factory=Progress)
    _started: float | None = None
    _changed: float = 0.0
    _in_flight_seconds: float = 0.0
    _talks: set[tuple[str, ...]] = field(default_factory=set)

    def call_started(self) -> None:
        """A call is asked."""
        self._advance_time(+1)

    def call_finished(self) -> None:
        """A call was answered."""
        self._advance_time(-1)
        self.progress = replace(self.progress, calls=self.progress.calls + 1)

    def retired(self, movements: Mapping[str, Any]) -> None:
        """A step has retired.

        Args:
            movements: content of its movement file.
        """
        self._advance_time(0)
        heard = self.progress.heard
        for record in movements["persona"].values():
            # The list of (speaker, words) that both speakers share; None without a conversation.
            chat = record["chat"]
            if chat:
                talk = tuple(words for _, words in chat)
                if talk not in self._talks:
                    self._talks.add(talk)
                    heard = f"{chat[0][0]}: {chat[0][1]}"
        self.progress = replace(
            self.progress,
            steps=self.progress.steps + 1,
            heard=heard,
            conversations=len(self._talks),
        )

    def _advance_time(self, change: int) -> None:
        now = self.clock()
        if self._started is None:
            self._started = self._changed = now
        before = self.progress.in_flight
        self._in_flight_seconds += before * (now - self._changed)
        self._changed = now
        seconds = now - self._started
        self.progress = replace(
            self.progress,
            in_flight=before + change,
            seconds=seconds,
            mean_in_flight=self._in_flight_seconds / seconds if seconds else 0.0,
        )

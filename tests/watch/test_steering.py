"""Orders of the page, carried out on the loop of a run."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ga_ooo.engine.loop.pausing import Pause
from ga_ooo.watch.control import Control
from ga_ooo.watch.steering import Steering


class Heard:
    """Whispers that are counted."""

    def __init__(self) -> None:
        self.given = 0
        self.changed: Callable[[], None] = lambda: None
        self.asked: list[tuple[str, str]] = []

    @property
    def waiting(self) -> int:
        return len(self.asked)

    def ask(self, persona: str, text: str) -> str:
        if persona == "nobody":
            return "there is no such persona"
        self.asked.append((persona, text))
        return ""


class Both:
    """A run and its page, joined by a socket."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self.ours, self.theirs = ours, theirs
        self.loop = asyncio.new_event_loop()
        self.pause = Pause()
        self.steering = Steering(ours)
        self.heard = Heard()
        self.steering.attach(self.pause, self.loop, self.heard)
        self.control = Control(theirs)

    @property
    def paused(self) -> bool:
        """Whether the engine makes a pause."""
        return bool(vars(self)["pause"].is_on)

    def order(self, order: str, **more: Any) -> None:
        """Send an order, and let the loop run until it is carried out."""
        assert self.control.order({"order": order, **more}) == ""
        self.loop.run_until_complete(asyncio.sleep(0.1))

    def reported(self, state: str) -> dict[str, Any]:
        """The report of the run, once it has this state."""
        for _ in range(200):
            if self.control.state()["state"] == state:
                break
            time.sleep(0.01)
        return self.control.state()


@pytest.fixture
def both() -> Iterator[Both]:
    found = Both()
    yield found
    found.ours.close()
    found.reported("ended")
    found.theirs.close()
    found.loop.close()


def talking(*speakers: str) -> dict[str, Any]:
    chat = [[speaker, "Hello"] for speaker in speakers] or None
    return {"persona": {"Ada": {"chat": chat}, "Bo": {"chat": chat}}}


def test_pause_and_continue(both: Both) -> None:
    states = []
    for order in ("pause", "continue"):
        both.order(order)
        states.append(both.paused)
    assert states == [True, False]
    report = both.reported("running")
    assert (report["state"], report["until"]) == ("running", "")


def test_until_a_step(both: Both) -> None:
    both.order("until_step", step=5)
    assert both.reported("running")["until"] == "at step 5"
    states = []
    for step in (3, 4):
        both.steering.retired(step, {})
        states.append(both.paused)
    assert states == [False, True]


def test_until_two_people_talk(both: Both) -> None:
    both.order("until_talk", people=["Ada", "Bo"])
    going_on, others, begins = talking("Ada", "Bo"), talking("Ada", "Cy"), talking("Bo", "Ada")
    states = []
    for movements in (going_on, talking(), others, {}, begins):
        both.steering.retired(1, movements)
        states.append(both.paused)
    assert states == [False] * 4 + [True]


def test_stop_is_a_signal(both: Both) -> None:
    received: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: received.append(number))
    try:
        both.order("stop")
        both.order("stop")
    finally:
        signal.signal(signal.SIGINT, before)
    # A second signal would end the process at once.
    assert received == [signal.SIGINT] and both.reported("stopping")


@pytest.mark.parametrize(
    "order",
    [None, {}, [], {"order": "rm"}, {"order": "until_step"}, {"order": "until_step", "step": -1}]
    + [{"order": "until_talk", "people": people} for people in (None, ["Ada"], [1, 2])],
)
def test_wrong_orders(both: Both, order: Any) -> None:
    assert both.control.order(order) != ""


def test_a_page_that_is_gone_ends_the_pause(both: Both) -> None:
    both.order("pause")
    both.theirs.shutdown(socket.SHUT_RDWR)
    both.loop.run_until_complete(asyncio.sleep(0.2))
    assert not both.paused


def test_a_run_that_has_ended(both: Both) -> None:
    both.ours.shutdown(socket.SHUT_RDWR)
    assert both.reported("ended")
    assert both.control.order({"order": "pause"}) == "the run has ended"


def test_whispers(both: Both) -> None:
    both.order("whisper", persona="Ada", text=" Hello\x1b ")
    both.order("whisper", persona="nobody", text="Hello")
    assert both.heard.asked == [("Ada", " Hello\x1b ")]
    assert both.control.order({"order": "whisper", "persona": "Ada", "text": "x" * 3000})
    both.heard.changed()
    time.sleep(0.1)
    expected = {"waiting": 1, "given": 0, "problem": "there is no such persona"}
    assert both.control.state()["whispers"] == expected

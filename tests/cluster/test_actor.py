"""In which order a worker uses the frames that Ray brings."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from ga_ooo.cluster.frames import Begin, Setup, ToWorker, encode
from ga_ooo.cluster.worker_side.actor import RehearsalActor

SETUP = Setup("host", 0, "none", (), {}, structured=False)
TOWN = Begin([], "map", 8, (datetime(2023, 2, 13), 0, 10), 0, [], [], 1, 0, [])


class _Worker:
    """Notes which frames it uses."""

    has_news = False

    def __init__(self) -> None:
        self.used: list[int] = []

    def use(self, frame: ToWorker) -> None:
        self.used.append(frame.number)

    def work(self) -> bool:
        return False

    def take(self) -> bytes:
        return b""


def used(*frames: ToWorker) -> tuple[list[int], list[type[BaseException] | None]]:
    """The frames that a worker uses, in this order, if they arrive in the order of ``frames``; and
    which of the calls have failed."""

    async def exchange() -> tuple[list[int], list[type[BaseException] | None]]:
        actor, worker = RehearsalActor(encode(SETUP)), _Worker()
        actor._worker = worker  # type: ignore[assignment]
        calls = []
        for frame in frames:
            calls.append(asyncio.create_task(actor.exchange(encode(frame))))
            await asyncio.sleep(0)
        for _ in range(5):
            await asyncio.sleep(0)
        errors = [each.exception() if each.done() else None for each in calls]
        for call in calls:
            call.cancel()
        return worker.used, [None if error is None else type(error) for error in errors]

    return asyncio.run(exchange())


def test_frames_are_used_in_the_order_of_their_numbers() -> None:
    """The first one has the whole town. It is large, so it arrives after those behind it."""
    frames = [ToWorker(9, 0), ToWorker(8, 0), ToWorker(7, 0, begin=TOWN)]
    assert used(*frames) == ([7, 8, 9], [None, None, None])


def test_a_frame_of_an_earlier_stretch_is_refused() -> None:
    frames = [ToWorker(3, 0, begin=TOWN), ToWorker(5, 0), ToWorker(6, 0, begin=TOWN)]
    frames += [ToWorker(4, 0), ToWorker(7, 0)]
    assert used(*frames) == ([3, 6, 7], [None, ValueError, None, ValueError, None])


@pytest.mark.parametrize("first", [1, 100])
def test_a_worker_that_begins_takes_any_first_number(first: int) -> None:
    assert used(ToWorker(first, 0, begin=TOWN), ToWorker(first + 1, 0))[0] == [
        first,
        first + 1,
    ]

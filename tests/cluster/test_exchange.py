"""What the main process hears of a worker, without a worker."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass, field

from ga_ooo.cluster.channel import Channel
from ga_ooo.cluster.exchange import Exchange
from ga_ooo.cluster.frames import FromWorker, ToWorker, encode
from ga_ooo.runahead.worker_counts import WorkerCounts


@dataclass
class _Worker:
    """Replies when the test says so."""

    counts: WorkerCounts = field(default_factory=lambda: WorkerCounts("w", state="rehearsing"))
    replies: list[Future[bytes]] = field(default_factory=list)

    def start(self) -> Future[bytes]:
        raise AssertionError("it runs")

    def exchange(self, frame: bytes) -> Future[bytes]:
        self.replies.append(Future())
        return self.replies[-1]

    def kill(self) -> None:
        """Nothing runs."""

    end = kill


@dataclass
class _Pool:
    workers: list[_Worker]

    def check(self, worker: object, data: bytes) -> tuple[str, str] | None:
        return None


class _Listener:
    def __init__(self) -> None:
        self.frames: list[int] = []

    def heard(self, channel: Channel, frame: FromWorker) -> None:
        self.frames.append(frame.number)

    def lost(self, channel: Channel) -> None:
        self.frames.append(-1)

    joined = informed = lost


def test_replies_are_heard_in_the_order_of_the_frames() -> None:
    """A large reply arrives later than a small one that was sent after it."""

    async def exchange() -> tuple[list[int], list[int]]:
        worker, listener = _Worker(), _Listener()
        both = Exchange(_Pool([worker]), asyncio.get_running_loop(), listener)
        (channel,) = both.channels
        for number in (1, 2):
            both.send(channel, ToWorker(number, 0))
        worker.replies[1].set_result(encode(FromWorker(2, 2)))
        await asyncio.sleep(0.01)
        early = list(listener.frames)
        worker.replies[0].set_result(encode(FromWorker(1, 1)))
        await asyncio.sleep(0.01)
        both.close()
        return early, listener.frames

    assert asyncio.run(exchange()) == ([], [1, 2])


def test_the_frames_of_the_next_stretch_have_new_numbers() -> None:
    """A frame of this stretch may arrive after the first frame of the next one."""

    async def numbers() -> list[int]:
        worker, found = _Worker(), []
        for _ in range(2):
            both = Exchange(_Pool([worker]), asyncio.get_running_loop(), _Listener())
            (channel,) = both.channels
            frame = channel.take(0, waits=False)
            both.send(channel, frame)
            both.close()
            found.append(frame.number)
        return found

    assert asyncio.run(numbers()) == [1, 2]

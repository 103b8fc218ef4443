"""Sends frames to workers and takes theirs; a worker that fails is left alone until it is back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final, Protocol

from ga_ooo.cluster.channel import Channel
from ga_ooo.cluster.frames import FromWorker, ToWorker, encode, read_from_worker
from ga_ooo.cluster.pool import Pool

logger = logging.getLogger(__name__)

MOST_OUTSTANDING: Final = 2
"""Frames that a worker may have in hand. It holds back its reply to one until there is news."""

PATIENCE: Final = 30.0
"""Seconds of the wall clock after which a worker that does not reply counts as hung."""


class Listener(Protocol):
    """Is notified of workers."""

    def heard(self, channel: Channel, frame: FromWorker) -> None:
        """A frame has arrived."""
        ...

    def lost(self, channel: Channel) -> None:
        """A worker has failed. Its process starts again."""
        ...

    def joined(self, channel: Channel) -> None:
        """A worker that had failed is back, and knows nothing."""
        ...


class Exchange:
    """The frames of all workers of one stretch.

    Args:
        pool: the workers.
        loop: of the engine.
        listener: notified in the thread of the loop.

    Attributes:
        channels: one for each worker.
    """

    def __init__(self, pool: Pool, loop: asyncio.AbstractEventLoop, listener: Listener) -> None:
        self.channels = [Channel(worker) for worker in pool.workers]
        self._pool = pool
        self._loop = loop
        self._listener = listener
        self._is_closed = False

    def close(self) -> None:
        """Take no more frames."""
        self._is_closed = True

    def send(self, channel: Channel, frame: ToWorker) -> None:
        """Send a frame; the reply is heard later."""
        future = self._put(channel, frame)
        restarts, frames = channel.restarts, channel.received
        arrived = partial(self._arrived, channel, restarts)
        future.add_done_callback(lambda done: self._call_on_loop(arrived, done))
        if channel.outstanding == MOST_OUTSTANDING:
            self._loop.call_later(PATIENCE, self._check_hung, channel, restarts, frames)

    def send_and_wait(self, frames: list[tuple[Channel, ToWorker]]) -> None:
        """Send frames, and hear the replies at once."""
        sent = [(channel, self._put(channel, frame)) for channel, frame in frames]
        for channel, future in sent:
            channel.outstanding = 0
            self._hear(channel, future, PATIENCE)

    def _put(self, channel: Channel, frame: ToWorker) -> Future[bytes]:
        data = encode(frame)
        channel.outstanding += 1
        return channel.worker.exchange(data)

    def _call_on_loop(self, call: Callable[[Future[bytes]], None], done: Future[bytes]) -> None:
        """From a thread of Ray: continue in the loop, unless it is closed."""
        if not self._is_closed and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, done)

    def _arrived(self, channel: Channel, restarts: int, future: Future[bytes]) -> None:
        if not self._is_closed and restarts == channel.restarts:
            channel.outstanding -= 1
            self._hear(channel, future, 0.0)

    def _hear(self, channel: Channel, future: Future[bytes], timeout: float) -> None:
        try:
            data = future.result(timeout)
            frame = read_from_worker(data)
            channel.received += 1
            if frame.error is None:
                self._listener.heard(channel, frame)
            else:
                self._failed(channel, f"an error there:\n{frame.error}", is_gone=False)
        except TimeoutError:
            self._failed(channel, _hung(), is_gone=False)
        except Exception as error:
            self._failed(channel, _first_line(error), is_gone=True)

    def _check_hung(self, channel: Channel, restarts: int, frames: int) -> None:
        if not self._is_closed and (restarts, frames) == (channel.restarts, channel.received):
            self._failed(channel, _hung(), is_gone=False)

    def _failed(self, channel: Channel, problem: str, *, is_gone: bool) -> None:
        worker = channel.worker
        if not channel.is_up:
            return
        channel.is_up = False
        channel.restarts += 1
        channel.forget()
        self._listener.lost(channel)
        logger.warning(
            "%s (%s) stopped, and the run continues without it until it is back: %s",
            worker.name,
            worker.where,
            problem,
        )
        if not channel.may_restart:
            logger.warning("%s fails too often, and is not used any more", worker.name)
            return
        if not is_gone:
            worker.kill()
        back = partial(self._is_back, channel, time.monotonic())
        worker.start().add_done_callback(lambda done: self._call_on_loop(back, done))

    def _is_back(self, channel: Channel, since: float, start: Future[bytes]) -> None:
        worker = channel.worker
        try:
            problem = self._pool.check(worker, start.result(0))
        except Exception as error:
            problem = f"cannot be started again: {_first_line(error)}"
        if problem is not None:
            logger.warning("%s %s", worker.name, problem)
            return
        seconds = time.monotonic() - since
        logger.warning("%s is back after %.1f s (%s)", worker.name, seconds, worker.where)
        channel.is_up = True
        self._listener.joined(channel)


def _hung() -> str:
    return f"it has not replied for {PATIENCE:.0f} seconds"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]

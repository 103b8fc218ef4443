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
from ga_ooo.runahead.worker_counts import serving

logger = logging.getLogger(__name__)

_NEXT_TRY: Final = 10.0
"""Seconds after which a worker that cannot be used is started once more."""

PATIENCE: Final = 30.0
"""Seconds of the wall clock after which a worker that does not reply counts as hung."""

_FIRST: Final = 4.0
"""So many times as long may the first frame take: the worker opens the map for it."""


class Listener(Protocol):
    """Is notified of workers."""

    def heard(self, channel: Channel, frame: FromWorker) -> None:
        """A frame has arrived."""
        ...

    def lost(self, channel: Channel) -> None:
        """A worker has failed. Its process starts again."""
        ...

    def joined(self, channel: Channel) -> None:
        """A worker works, and knows nothing."""
        ...

    def informed(self, channel: Channel) -> None:
        """A worker has the town."""
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
        # A worker may still get a frame of the stretch before: no number is used again.
        self.channels = [Channel(each, sent=each.counts.frames) for each in pool.workers]
        self._pool = pool
        self._loop = loop
        self._listener = listener
        self._is_closed = False
        for channel in self.channels:
            state = channel.worker.counts.state
            channel.is_wanted, channel.is_up = state != "off", state == "rehearsing"
            if state in ("starting", "stopped"):
                # It had failed in an earlier stretch.
                self._await_start(channel)

    def close(self) -> None:
        """Take no more frames."""
        self._is_closed = True

    def start(self, channel: Channel) -> None:
        """Start a worker; the listener is notified when it is there."""
        channel.is_wanted, channel.worker.counts.state = True, "starting"
        self._await_start(channel)

    def end(self, channel: Channel) -> None:
        """End a worker that is not needed."""
        channel.is_wanted = False
        channel.worker.counts.state = "off"
        self._leave(channel)
        channel.worker.end()

    def send(self, channel: Channel, frame: ToWorker) -> None:
        """Send a frame; the reply is heard later."""
        future = self._put(channel, frame)
        channel.awaited.append(future)
        restarts, frames = channel.restarts, channel.received
        arrived = partial(self._arrived, channel, restarts)
        future.add_done_callback(lambda done: self._call_on_loop(arrived, done))
        if not channel.is_free:
            patience = _patience(channel)
            self._loop.call_later(patience, self._check_hung, channel, restarts, frames)

    def send_and_wait(self, frames: list[tuple[Channel, ToWorker]]) -> None:
        """Send frames, and hear the replies at once."""
        sent = [(channel, self._put(channel, frame)) for channel, frame in frames]
        for channel, future in sent:
            self._hear(channel, future, _patience(channel))

    def _put(self, channel: Channel, frame: ToWorker) -> Future[bytes]:
        counts = channel.worker.counts
        with serving(counts):
            data = encode(frame)
            counts.frames += 1
            counts.bytes_to += len(data)
            counts.states += len(frame.states)
            counts.state_bytes += sum(map(len, frame.states))
            try:
                return channel.worker.exchange(data)
            except Exception as error:
                # Ray itself may be gone.
                failed: Future[bytes] = Future()
                failed.set_exception(error)
                return failed

    def _call_on_loop(self, call: Callable[[Future[bytes]], None], done: Future[bytes]) -> None:
        """From a thread of Ray: continue in the loop, unless it is closed."""
        if not self._is_closed and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, done)

    def _arrived(self, channel: Channel, restarts: int, _: Future[bytes]) -> None:
        """Hear the replies that are here, in the order of the frames: a large one arrives later
        than a small one that was sent after it."""
        waiting = channel.awaited
        while waiting and waiting[0].done() and restarts == channel.restarts:
            if self._is_closed:
                return
            self._hear(channel, waiting.popleft(), 0.0)

    def _hear(self, channel: Channel, future: Future[bytes], timeout: float) -> None:
        try:
            had_town = channel.has_town
            with serving(channel.worker.counts):
                data = future.result(timeout)
                frame = read_from_worker(data)
                channel.count(frame, len(data), time.monotonic())
            if frame.error is None:
                self._note_back(channel, frame)
                if channel.has_town and not had_town:
                    self._listener.informed(channel)
                self._listener.heard(channel, frame)
            else:
                self._failed(channel, f"an error there:\n{frame.error}", is_gone=False)
        except TimeoutError:
            self._failed(channel, _hung(channel), is_gone=False)
        except Exception as error:
            self._failed(channel, _first_line(error), is_gone=True)

    def _note_back(self, channel: Channel, frame: FromWorker) -> None:
        """Say when a worker that had failed has the town, and rehearses."""
        if channel.failed_at is None or not channel.has_town:
            return
        counts, seconds = channel.worker.counts, time.monotonic() - channel.failed_at
        channel.failed_at = None
        logger.warning("%s is back after %.1f s (%s)", counts.name, seconds, counts.where)

    def _check_hung(self, channel: Channel, restarts: int, frames: int) -> None:
        if not self._is_closed and (restarts, frames) == (channel.restarts, channel.received):
            self._failed(channel, _hung(channel), is_gone=False)

    def _failed(self, channel: Channel, problem: str, *, is_gone: bool) -> None:
        if not channel.is_up:
            return
        counts = channel.worker.counts
        self._leave(channel)
        may_restart = channel.fail()
        counts.state = "stopped"
        counts.restarts += 1
        logger.warning(
            "%s (%s) stopped, and the run continues without it until it is back: %s",
            counts.name,
            counts.where,
            problem,
        )
        if not may_restart:
            self._give_up(channel)
            logger.warning("%s fails too often, and is not used any more", counts.name)
            return
        if not is_gone:
            self._kill(channel)
        self._await_start(channel)

    def _leave(self, channel: Channel) -> None:
        """The worker gets no more frames, and what it still sends is not heard."""
        channel.is_up = False
        channel.restarts += 1
        channel.forget()
        self._listener.lost(channel)

    def _kill(self, channel: Channel) -> None:
        try:
            channel.worker.kill()
        except Exception as error:
            # Its process is gone already, or Ray is.
            logger.debug("%s: %s", channel.worker.counts.name, error)

    def _await_start(self, channel: Channel) -> None:
        back = partial(self._started, channel, channel.restarts)
        channel.worker.start().add_done_callback(lambda done: self._call_on_loop(back, done))

    def _started(self, channel: Channel, restarts: int, start: Future[bytes]) -> None:
        worker = channel.worker
        if self._is_closed or restarts != channel.restarts:
            return
        try:
            found = self._pool.check(worker, start.result(0))
        except Exception as error:
            found = f"cannot be started: {_first_line(error)}", ""
        if found is None:
            worker.counts.state = "rehearsing"
            channel.is_up = True
            self._listener.joined(channel)
            return
        logger.warning("%s %s", worker.counts.name, found[0])
        if channel.fail():
            # Ray may place it on another node, which has what it needs.
            channel.restarts += 1
            self._loop.call_later(_NEXT_TRY, self._try_again, channel, channel.restarts)
        else:
            self._give_up(channel)

    def _give_up(self, channel: Channel) -> None:
        channel.is_wanted, channel.is_given_up = False, True
        channel.worker.counts.state = "off"

    def _try_again(self, channel: Channel, restarts: int) -> None:
        if not self._is_closed and restarts == channel.restarts:
            self._kill(channel)
            self._await_start(channel)


def _patience(channel: Channel) -> float:
    return PATIENCE if channel.has_town else _FIRST * PATIENCE


def _hung(channel: Channel) -> str:
    return f"it has not replied for {_patience(channel):.0f} seconds"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]

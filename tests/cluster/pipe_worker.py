"""A worker behind a pipe: the process of a rehearsal worker without Ray, for tests.

Each message is a length of four bytes, a number of four bytes (0: start) and a frame.
"""

from __future__ import annotations

import asyncio
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Final

import msgspec

from ga_ooo.cluster.facts import difference
from ga_ooo.cluster.frames import Facts, Setup, WorkerStart, encode
from ga_ooo.cluster.worker_side.actor import RehearsalActor
from ga_ooo.runahead.worker_counts import WorkerCounts

_HEAD: Final = struct.Struct("!II")


class PipeWorker:
    """The same as :class:`~ga_ooo.cluster.ray_worker.RayWorker`."""

    def __init__(self, setup: bytes, name: str) -> None:
        self.counts = WorkerCounts(name)
        self.process: subprocess.Popen[bytes] | None = None
        self._setup = setup
        self._waiting: dict[int, Future[bytes]] = {}
        self._count = 0

    def start(self) -> Future[bytes]:
        """See :class:`~ga_ooo.cluster.ray_worker.RayWorker`."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, self._setup.hex()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )
            self._waiting = {}
            given = (self.process, self._waiting)
            threading.Thread(target=self._read, args=given, daemon=True).start()
        return self._put(b"", 0)

    def exchange(self, frame: bytes) -> Future[bytes]:
        """See :class:`~ga_ooo.cluster.ray_worker.RayWorker`."""
        self._count += 1
        return self._put(frame, self._count)

    def kill(self) -> None:
        """See :class:`~ga_ooo.cluster.ray_worker.RayWorker`."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """See :class:`~ga_ooo.cluster.ray_worker.RayWorker`."""
        self.kill()

    def _put(self, frame: bytes, number: int) -> Future[bytes]:
        future: Future[bytes] = Future()
        self._waiting[number] = future
        process = self.process
        try:
            assert process is not None and process.stdin is not None
            process.stdin.write(_HEAD.pack(len(frame), number) + frame)
            process.stdin.flush()
        except (OSError, AssertionError) as error:
            future.set_exception(ConnectionError(f"the process is gone: {error}"))
        return future

    def _read(self, process: subprocess.Popen[bytes], waiting: dict[int, Future[bytes]]) -> None:
        assert process.stdout is not None
        while True:
            message = _read_message(process.stdout)
            if message is None:
                break
            number, frame = message
            waiting.pop(number).set_result(frame)
        for future in list(waiting.values()):
            if not future.done():
                future.set_exception(ConnectionError("the process is gone"))


class PipePool:
    """The same as :class:`~ga_ooo.cluster.pool.RayPool`."""

    def __init__(
        self,
        first: Callable[[bytes, str], PipeWorker],
        count: int,
        setup: Setup,
        facts: Facts,
    ) -> None:
        self.facts = facts
        data = encode(setup)
        kinds = [first, *[PipeWorker] * (count - 1)]
        self.workers = [kind(data, f"rehearsal worker {i + 1}") for i, kind in enumerate(kinds)]
        for worker, start in [(worker, worker.start()) for worker in self.workers]:
            assert self.check(worker, start.result(60)) is None
            worker.counts.state = "rehearsing"

    def check(self, worker: PipeWorker, data: bytes) -> tuple[str, str] | None:
        """See :class:`~ga_ooo.cluster.pool.RayPool`."""
        start: WorkerStart = msgspec.msgpack.decode(data, type=WorkerStart)
        worker.counts.node, worker.counts.process = start.node, start.pid
        return (start.problem, "") if start.problem else difference(self.facts, start.facts)

    def close(self) -> None:
        """End all processes."""
        for worker in self.workers:
            worker.kill()


def _read_message(stream: IO[bytes]) -> tuple[int, bytes] | None:
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, number = _HEAD.unpack(head)
    return number, stream.read(length)


async def _serve(setup: bytes) -> None:
    actor, loop = RehearsalActor(setup), asyncio.get_running_loop()
    # Host code may print.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    under_way: set[asyncio.Task[None]] = set()

    async def reply(number: int, frame: bytes) -> None:
        data = await (actor.exchange(frame) if number else actor.start())
        out.write(_HEAD.pack(len(data), number) + data)
        out.flush()

    while True:
        message = await loop.run_in_executor(None, _read_message, sys.stdin.buffer)
        if message is None:
            os._exit(0)
        task = loop.create_task(reply(*message))
        under_way.add(task)
        task.add_done_callback(under_way.discard)


if __name__ == "__main__":
    asyncio.run(_serve(bytes.fromhex(sys.argv[1])))

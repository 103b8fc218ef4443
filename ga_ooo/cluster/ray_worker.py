"""One rehearsal worker on Ray: an actor, which Ray starts again when its process is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from ga_ooo.runahead.worker_counts import WorkerCounts

_LOOK_EVERY: Final = 0.2
"""Seconds between two looks whether Ray has started an actor again."""


class RayWorker:
    """Implements :class:`~ga_ooo.cluster.pool.Worker` on an actor of Ray.

    Args:
        ray: gives the module, connected to a Ray.
        new_actor: makes the actor; its handle is the result.
        name: for users.
    """

    def __init__(self, ray: Callable[[], Any], new_actor: Callable[[str], Any], name: str) -> None:
        self.counts = WorkerCounts(name)
        self._connected = ray
        self._new_actor = new_actor
        self._actor: Any = None
        self._is_ended = False
        self._starting: threading.Thread | None = None

    def start(self) -> Future[bytes]:
        """See :class:`~ga_ooo.cluster.pool.Worker`."""
        future: Future[bytes] = Future()
        self._wait_no_more()
        self._is_ended = False
        self._starting = threading.Thread(target=self._start, args=(future,), daemon=True)
        self._starting.start()
        return future

    def exchange(self, frame: bytes) -> Future[bytes]:
        """See :class:`~ga_ooo.cluster.pool.Worker`."""
        future: Future[bytes] = self._actor.exchange.remote(frame).future()
        return future

    def kill(self) -> None:
        """See :class:`~ga_ooo.cluster.pool.Worker`. Ray starts the actor again."""
        self._connected().kill(self._actor, no_restart=False)

    def end(self) -> None:
        """See :class:`~ga_ooo.cluster.pool.Worker`."""
        self._wait_no_more()
        if self._actor is not None:
            self._connected().kill(self._actor)
        self._actor = None

    def close(self) -> None:
        """Use Ray no more. The end of Ray in this process ends the actor."""
        self._wait_no_more()

    def _wait_no_more(self) -> None:
        """Let the thread end that waits for the actor. A thread that uses Ray after its end would
        end the whole process."""
        self._is_ended = True
        if self._starting is not None:
            self._starting.join()

    def _start(self, future: Future[bytes]) -> None:
        """Wait as long as Ray needs: a node may be added later."""
        try:
            ray = self._connected()
            if self._actor is None:
                self._actor = self._new_actor(self.counts.name)
            reply = None
            while not self._is_ended:
                try:
                    reply = reply or self._actor.start.remote()
                    future.set_result(ray.get(reply, timeout=_LOOK_EVERY))
                    return
                except ray.exceptions.GetTimeoutError:
                    continue
                except ray.exceptions.ActorUnavailableError:
                    reply = None
                    time.sleep(_LOOK_EVERY)
            future.set_exception(ConnectionError("it was ended"))
        except Exception as error:
            future.set_exception(error)

"""The workers of a run: Ray starts them, restarts them, and carries their frames."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from importlib import import_module
from typing import Any, Final, Protocol

import msgspec

from ga_ooo.cluster.facts import difference
from ga_ooo.cluster.frames import Facts, Setup, WorkerStart, encode
from ga_ooo.errors import HostError, RunStoppedError, UsageError, install_command

logger = logging.getLogger(__name__)

_START_SECONDS: Final = 180.0
"""So long may a worker take to import the host."""

_TRY_AGAIN: Final = 0.5
"""Seconds between two looks whether Ray has started an actor again."""

_NO_WORKERS: Final = "correct the cause, or run without --workers"


class WorkersError(RunStoppedError):
    """The rehearsal workers cannot be started."""

    exit_code = 3


class Worker(Protocol):
    """A process that rehearses.

    Attributes:
        name: for users; likewise ``where``, its machine and process.
    """

    name: str
    where: str

    def start(self) -> Future[bytes]:
        """Import the host; see :class:`~ga_ooo.cluster.frames.WorkerStart`. Also after the process
        has ended and another one is in its place."""
        ...

    def exchange(self, frame: bytes) -> Future[bytes]:
        """Send a frame; the frame of the worker is the result."""
        ...

    def kill(self) -> None:
        """End its process, and let another one take its place."""
        ...


class Pool(Protocol):
    """The workers of a run."""

    @property
    def workers(self) -> Sequence[Worker]:
        """All of them."""
        ...

    def check(self, worker: Any, data: bytes) -> str | None:
        """Why a worker that has started cannot be used, as the rest of a sentence; None if it can.

        Args:
            data: the reply to its start.
        """
        ...


class RayWorker:
    """Implements :class:`Worker` on an actor of Ray.

    Args:
        ray: the module.
        actor: its handle.
        name: for users.

    Attributes:
        where: its node and process, for users; as of its last start.
    """

    def __init__(self, ray: Any, actor: Any, name: str) -> None:
        self.name = name
        self.where = ""
        self._ray = ray
        self._actor = actor

    def start(self) -> Future[bytes]:
        """See :class:`Worker`. Waits while Ray has not started the actor again."""
        future: Future[bytes] = Future()
        threading.Thread(target=self._start, args=(future,), daemon=True).start()
        return future

    def _start(self, future: Future[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                future.set_result(self._ray.get(self._actor.start.remote()))
                return
            except self._ray.exceptions.ActorUnavailableError as error:
                if time.monotonic() > deadline:
                    future.set_exception(error)
                    return
                time.sleep(_TRY_AGAIN)
            except Exception as error:
                future.set_exception(error)
                return

    def exchange(self, frame: bytes) -> Future[bytes]:
        """See :class:`Worker`."""
        return _future(self._actor.exchange.remote(frame))

    def kill(self) -> None:
        """See :class:`Worker`. Ray starts the actor again."""
        self._ray.kill(self._actor, no_restart=False)


class RayPool:
    """All workers of a run. Leaving the block ends them, and a Ray that was started for them.

    Args:
        count: of workers.
        address: of a cluster that runs already; None: Ray on this machine, for this run.
        setup: which host they import.
        facts: of the main process.

    Raises:
        UsageError: Ray is not installed.
        WorkersError: Ray, or a worker, cannot be started.
        HostError: a worker has another host or another package than this process.
    """

    def __init__(self, count: int, address: str | None, setup: Setup, facts: Facts) -> None:
        self._ray = _import_ray()
        self._setup = encode(setup)
        self.facts = facts
        self._connect(count, address)
        try:
            self.workers = [self._new_worker(i) for i in range(count)]
            started = [worker.start() for worker in self.workers]
            for worker, start in zip(self.workers, started, strict=True):
                problem = self.check(worker, _result(start, worker))
                if problem is not None:
                    raise HostError(f"{worker.name} {problem}", _NO_WORKERS)
        except BaseException:
            self.close()
            raise

    def check(self, worker: RayWorker, data: bytes) -> str | None:
        """See :class:`Pool`."""
        start = msgspec.msgpack.decode(data, type=WorkerStart)
        worker.where = f"process {start.pid} on {start.node}"
        if start.problem is not None:
            return f"({worker.where}) cannot rehearse: {start.problem}"
        other = difference(self.facts, start.facts)
        return None if other is None else f"({worker.where}) has {other}"

    def close(self) -> None:
        """End the workers, and Ray in this process."""
        self._ray.shutdown()

    def __enter__(self) -> RayPool:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _connect(self, count: int, address: str | None) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # Processes of a Ray on this machine inherit the environment, and start faster without.
        variables = {"PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0")}
        self._environment = None if address is None else {"env_vars": variables}
        logging.getLogger("ray").setLevel(logging.ERROR)
        options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        if address is None:
            # An address in the environment belongs to other work of the user.
            options |= {"address": "local", "num_cpus": count, "include_dashboard": False}
        else:
            options |= {"address": address}
        try:
            self._ray.init(namespace="ga-ooo", **options)
        except Exception as error:
            where = "on this machine" if address is None else f"at {address}"
            raise WorkersError(f"Ray {where} cannot be used: {error}", _NO_WORKERS) from error

    def _new_worker(self, index: int) -> RayWorker:
        from ga_ooo.cluster.actor import RehearsalActor

        name = f"rehearsal worker {index + 1}"
        actor = (
            self._ray.remote(RehearsalActor)
            .options(
                name=f"ga-ooo {name} of {os.getpid()}",
                num_cpus=1,
                max_restarts=-1,
                scheduling_strategy="SPREAD",
                runtime_env=self._environment,
            )
            .remote(self._setup)
        )
        return RayWorker(self._ray, actor, name)


def _future(reference: Any) -> Future[bytes]:
    future: Future[bytes] = reference.future()
    return future


def _result(start: Future[bytes], worker: RayWorker) -> bytes:
    try:
        return start.result(_START_SECONDS)
    except Exception as error:
        problem = str(error) or f"nothing heard of it within {_START_SECONDS:.0f} seconds"
        raise WorkersError(f"{worker.name} cannot be started: {problem}", _NO_WORKERS) from error


def _import_ray() -> Any:
    try:
        # By name: Ray need not be installed where the types of this package are checked.
        return import_module("ray")
    except ImportError as error:
        raise UsageError(
            "--workers needs Ray, which is not installed", f"run {install_command('cluster')}"
        ) from error

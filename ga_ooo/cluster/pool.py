"""The workers of a run: Ray starts them, restarts them, and carries their frames."""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from itertools import count as count_from
from typing import Any, Final, Protocol

import msgspec

from ga_ooo.cluster.facts import difference
from ga_ooo.cluster.frames import Facts, Setup, WorkerStart, encode
from ga_ooo.cluster.ray_worker import RayWorker
from ga_ooo.errors import HostError, RunStoppedError, UsageError, install_command
from ga_ooo.runahead.worker_counts import WorkerCounts

logger = logging.getLogger(__name__)

_START_SECONDS: Final = 300.0
"""So long may a worker take to import the host."""

_NO_WORKERS: Final = "correct the cause, or run without --workers"

RAY_VARIABLES: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # By default Ray's workers have niceness 15, and rehearse nothing while other programs compute.
    "RAY_worker_niceness": "0",
    # By default Ray ends a process that has not reached the head node for a minute. A run must
    # outlive its workers, and continues without them.
    "RAY_gcs_rpc_server_reconnect_timeout_s": str(365 * 24 * 3600),
}


class WorkersError(RunStoppedError):
    """The rehearsal workers cannot be started."""

    exit_code = 3


class Worker(Protocol):
    """A process that rehearses.

    Attributes:
        counts: what is known of it.
    """

    counts: WorkerCounts

    def start(self) -> Future[bytes]:
        """Import the host; see :class:`~ga_ooo.cluster.frames.WorkerStart`. Also after the process
        has ended, with another one in its place, for which this waits as long as needed."""
        ...

    def exchange(self, frame: bytes) -> Future[bytes]:
        """Send a frame; the frame of the worker is the result."""
        ...

    def kill(self) -> None:
        """End its process, and let another one take its place."""
        ...

    def end(self) -> None:
        """End its process. It may be started again later."""
        ...


class Pool(Protocol):
    """The workers of a run."""

    @property
    def workers(self) -> Sequence[Worker]:
        """All of them, also those that do not run."""
        ...

    def check(self, worker: Any, data: bytes) -> tuple[str, str] | None:
        """Why a worker that has started cannot be used, as the rest of a sentence, and what the
        user can do about it; None if it can be used.

        Args:
            data: the reply to its start.
        """
        ...


class RayPool:
    """All workers of a run. Leaving the block ends them, and a Ray that was started for them.

    Args:
        count: of workers; None for as many as there are free cores, none of them started.
        address: of a cluster that runs already; None: Ray on this machine, for this run.
        setup: which host they import.
        facts: of the main process.

    Raises:
        UsageError: Ray is not installed.
    """

    def __init__(self, count: int | None, address: str | None, setup: Setup, facts: Facts) -> None:
        if find_spec("ray") is None:
            raise _not_installed()
        self._ray: Any = None
        self._setup = encode(setup)
        self._address = address
        self._connecting = threading.Lock()
        self._keeper: ThreadPoolExecutor | None = None
        self._actors = count_from(1)
        self.facts = facts
        self._count = self._free_cores() if count is None else count
        names = [f"rehearsal worker {i + 1}" for i in range(self._count)]
        self.workers = [RayWorker(self.connected, self._new_actor, name) for name in names]
        if count is None:
            for worker in self.workers:
                worker.counts.state = "off"

    def start_all(self) -> None:
        """Start all workers, and wait until each has imported the host.

        Raises:
            WorkersError: Ray, or a worker, cannot be started.
            HostError: a worker has another host or another package than this process.
        """
        ray = self.connected()
        until = time.monotonic() + _START_SECONDS
        started = [worker.start() for worker in self.workers]
        for worker, start in zip(self.workers, started, strict=True):
            found = self.check(worker, self._result(ray, start, worker, until))
            if found is not None:
                raise HostError(f"{worker.counts.name} {found[0]}", found[1])
            worker.counts.state = "rehearsing"

    def check(self, worker: RayWorker, data: bytes) -> tuple[str, str] | None:
        """See :class:`Pool`."""
        start, counts = msgspec.msgpack.decode(data, type=WorkerStart), worker.counts
        counts.node, counts.process = start.node, start.pid
        if start.problem is not None:
            return f"({counts.where}) cannot rehearse: {start.problem}", _NO_WORKERS
        other = difference(self.facts, start.facts)
        return other and (f"({counts.where}) has {other[0]}", other[1].format(start.node))

    def close(self) -> None:
        """End the workers, and Ray in this process."""
        for worker in self.workers:
            worker.close()
        with self._connecting:
            if self._ray is not None:
                self._ray.shutdown()
            if self._keeper is not None:
                self._keeper.shutdown()

    def __enter__(self) -> RayPool:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def connected(self) -> Any:
        """Ray's module, connected to a Ray.

        Raises:
            WorkersError: Ray cannot be started or reached.
        """
        with self._connecting:
            if self._ray is None:
                ray = _import_ray()
                self._connect_for_good(ray)
                self._ray = ray
        return self._ray

    def _connect_for_good(self, ray: Any) -> None:
        """Connect in a thread that lives as long as Ray is used. Linux ends the processes of a Ray
        together with the thread that has started them, and Ray then ends this process."""
        if threading.current_thread() is threading.main_thread():
            self._connect(ray)
            return
        self._keeper = self._keeper or ThreadPoolExecutor(1)
        self._keeper.submit(self._connect, ray).result()

    def _free_cores(self) -> int:
        """Cores besides that of the main process."""
        if self._address is None:
            return len(os.sched_getaffinity(0)) - 1
        return int(self.connected().cluster_resources().get("CPU", 0))

    def _connect(self, ray: Any) -> None:
        logging.getLogger("ray").setLevel(logging.ERROR)
        options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        if self._address is None:
            # An address in the environment belongs to other work of the user.
            options |= {"address": "local", "num_cpus": self._count, "include_dashboard": False}
            # Frames are small, and Ray would reserve a third of the memory.
            options |= {"object_store_memory": 100_000_000}
        else:
            options |= {"address": self._address}
        try:
            ray.init(namespace="ga-ooo", **options)
        except Exception as error:
            if self._address is None:
                raise WorkersError(
                    f"Ray on this machine cannot be used: {error}", _NO_WORKERS
                ) from error
            raise WorkersError(
                f"Ray at {self._address} cannot be reached: {error}",
                "start Ray on its head, make this machine a node (docs/cluster.md), or correct "
                "--ray-address",
            ) from error

    def _new_actor(self, name: str) -> Any:
        from ga_ooo.cluster.worker_side.actor import RehearsalActor

        # Processes of a Ray on this machine inherit the environment, and start faster without.
        variables = {"PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", "0")}
        environment = None if self._address is None else {"env_vars": variables}
        number = next(self._actors)
        # The name of an actor that has just ended may still be taken.
        again = f", start {number}" if number > self._count else ""
        of = f"process {os.getpid()} on {platform.node()}{again}"
        return (
            self._ray.remote(RehearsalActor)
            .options(
                name=f"ga-ooo {name} of {of}",
                num_cpus=1,
                max_restarts=-1,
                scheduling_strategy="SPREAD",
                runtime_env=environment,
            )
            .remote(self._setup)
        )

    def _result(self, ray: Any, start: Future[bytes], worker: RayWorker, until: float) -> bytes:
        name = worker.counts.name
        try:
            return start.result(max(0.0, until - time.monotonic()))
        except TimeoutError as error:
            cpus = ray.cluster_resources().get("CPU", 0)
            raise WorkersError(
                f"{name} has not started within {_START_SECONDS:.0f} seconds; Ray has "
                f"{cpus:.0f} CPUs in all, and each worker needs one that is free",
                "give fewer --workers, or add nodes to the cluster",
            ) from error
        except Exception as error:
            raise WorkersError(
                f"{name} cannot be started: {str(error) or type(error).__name__}",
                f"install this version of ga-ooo on each node ({install_command('cluster')}), or "
                "run without --workers",
            ) from error


def _import_ray() -> Any:
    for name, value in RAY_VARIABLES.items():
        os.environ.setdefault(name, value)
    try:
        # By name: Ray need not be installed where the types of this package are checked.
        return import_module("ray")
    except ImportError as error:
        raise _not_installed() from error


def _not_installed() -> UsageError:
    return UsageError(
        "--workers needs Ray, which is not installed", f"run {install_command('cluster')}"
    )

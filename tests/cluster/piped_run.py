"""``ga-ooo`` with workers behind pipes in place of Ray: ``python -m tests.cluster.piped_run``.

``WORKERS_END`` in the environment names what happens to the first worker at some frame:
``kill:FRAME`` or ``stop:FRAME``.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from ga_ooo.cli.main import run_process
from ga_ooo.cluster import exchange, start
from ga_ooo.cluster.facts import facts_of
from ga_ooo.host.run.run import Run
from tests.cluster.pipe_worker import PipePool, PipeWorker


class _Ending(PipeWorker):
    """A worker that is killed or stopped at a frame, once."""

    def __init__(self, setup: bytes, name: str) -> None:
        super().__init__(setup, name)
        how, _, frame = os.environ["WORKERS_END"].partition(":")
        self._signal = signal.SIGKILL if how == "kill" else signal.SIGSTOP
        self._frame = int(frame)

    def exchange(self, frame: bytes) -> Future[bytes]:
        future = super().exchange(frame)
        self._frame -= 1
        if not self._frame and self.process is not None:
            os.kill(self.process.pid, self._signal)
        return future


@contextmanager
def _pipes(run: Run) -> Iterator[None]:
    kind = _Ending if "WORKERS_END" in os.environ else PipeWorker
    pool = PipePool(kind, run.options.workers, start.setup_of(run), facts_of(run.host.checkout))
    start.rehearse_on(run, pool)
    try:
        yield
    finally:
        pool.close()


if __name__ == "__main__":
    start.rehearsal_workers = _pipes
    if os.environ.get("WORKERS_END", "").startswith("stop"):
        exchange.PATIENCE = 0.5  # type: ignore[misc] # the test does not wait for long
    run_process()

"""``ga-ooo`` with workers behind pipes in place of Ray: ``python -m tests.cluster.piped_run``.

``WORKERS_END`` in the environment names what happens to the first worker at some frame:
``kill:FRAME``, ``stop:FRAME`` (noticed soon), ``hang:FRAME`` (noticed late), or ``damage:FRAME``,
which sends it a state that it cannot read.

``WORKERS_APART`` places personas who see each other on different workers, and prints how often a
worker needed the state of a persona.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from ga_ooo.cli.main import run_process
from ga_ooo.cluster import exchange, main_side, start
from ga_ooo.cluster.facts import facts_of
from ga_ooo.cluster.frames import encode, read_for_worker
from ga_ooo.cluster.placement import Placement
from ga_ooo.cluster.states.subscription import Subscriptions
from ga_ooo.engine.ids import PersonaIndex
from ga_ooo.host.run.run import Run
from tests.cluster.pipe_worker import PipePool, PipeWorker


class _Ending(PipeWorker):
    """A worker that is killed, stopped or confused at a frame, once."""

    def __init__(self, setup: bytes, name: str) -> None:
        super().__init__(setup, name)
        how, _, frame = os.environ["WORKERS_END"].partition(":")
        self._how = how
        self._frame = int(frame)

    def exchange(self, frame: bytes) -> Future[bytes]:
        self._frame -= 1
        if not self._frame and self._how == "damage":
            message = read_for_worker(frame)
            message.states = [b"damaged"]
            return super().exchange(encode(message))
        future = super().exchange(frame)
        if not self._frame and self.process is not None:
            how = signal.SIGKILL if self._how == "kill" else signal.SIGSTOP
            os.kill(self.process.pid, how)
        return future


def _place_apart(placement: Placement, workers: Sequence[int]) -> dict[int, list[PersonaIndex]]:
    people = range(len(placement.near()))
    return {worker: list(people[at :: len(workers)]) for at, worker in enumerate(workers)}


class _Counted(Subscriptions):
    """Prints whom workers ask for."""

    def move_personas(self) -> bool:
        for channel in self._channels:
            for persona in channel.needs:
                print(f"{channel.worker.counts.name} needs persona {persona}")
        return super().move_personas()


@contextmanager
def _pipes(run: Run) -> Iterator[None]:
    kind = _Ending if "WORKERS_END" in os.environ else PipeWorker
    count = run.options.workers
    assert isinstance(count, int)
    pool = PipePool(kind, count, start.setup_of(run), facts_of(run.host.checkout))
    start.rehearse_on(run, pool)
    try:
        yield
    finally:
        pool.close()


if __name__ == "__main__":
    start.rehearsal_workers = _pipes
    if os.environ.get("WORKERS_END", "").startswith("stop"):
        exchange.PATIENCE = 0.5  # type: ignore[misc] # the test does not wait for long
    if "WORKERS_APART" in os.environ:
        Placement.assign = _place_apart  # type: ignore[method-assign,assignment]
        main_side.Subscriptions = _Counted  # type: ignore[attr-defined]
    run_process()

"""kill -9 of rehearsal workers, of nodes of a Ray cluster, and of the run that uses them.

    python -m benchmarks.worker_kills HOST --fork SCENARIO --steps N --of workers --kills 100
    python -m benchmarks.worker_kills HOST --fork SCENARIO --steps N --of nodes --kills 30
    python -m benchmarks.worker_kills HOST --fork SCENARIO --steps N --of main --kills 30

As :mod:`benchmarks.kills`: each run is disturbed several times, and its files and its record are
compared with those of an undisturbed run without workers. A killed node is replaced by a new one.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from benchmarks.kills import Campaign, Tally
from ga_ooo.cluster.pool import RAY_VARIABLES
from ga_ooo.live.figures import Worker
from ga_ooo.live.figures_file import VARIABLE, read_figures

_LOOK_EVERY: Final = 0.02


class WorkerCampaign(Campaign):
    """Runs with workers.

    Args:
        arguments: arguments of this command.
        folder: folder for simulations.

    Attributes:
        back: seconds from each kill to the first move that the next process has rehearsed.
    """

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        super().__init__(arguments, folder)
        self.latency = arguments.latency
        self.back: list[float] = []
        self._figures = folder / "figures.json"

    def environment(self) -> dict[str, str]:
        """See :class:`~benchmarks.kills.Campaign`."""
        return {**super().environment(), VARIABLE: str(self._figures)}

    def disturbed_run(self, name: str, kills: int, kill: Callable[[Worker], None]) -> None:
        """One run whose workers are killed."""
        # Processes of the run before must not be killed.
        self._figures.unlink(missing_ok=True)
        self.asked.write_bytes(b"")
        known: set[tuple[object, ...]] = set()
        away: dict[str, tuple[float, Worker]] = {}
        process, then = self.start(name), 0.0
        while process.poll() is None:
            time.sleep(_LOOK_EVERY)
            now, workers = time.monotonic(), self.workers()
            self._note_back(away, workers)
            able = [w for w in workers if w.moves and w.state == "rehearsing"]
            able = [worker for worker in able if worker.name not in away]
            if not able or not kills or now < then:
                continue
            self.tally.asked_again += len(known & self.asked_now())
            known = self.recorded(self.storage / name)
            self.asked.write_bytes(b"")
            victim = self.rng.choice(able)
            kill(victim)
            self.tally.kills["a worker that rehearsed"] += 1
            away[victim.name] = now, victim
            kills, then = kills - 1, now + self.rng.uniform(0.0, 2.0)
        self.tally.asked_again += len(known & self.asked_now())
        code = process.wait()
        assert code == 0, f"{code}: " + (self.storage / f"{name}.log").read_text()
        self.check(name)

    def _note_back(
        self, away: dict[str, tuple[float, Worker]], workers: tuple[Worker, ...]
    ) -> None:
        for worker in workers:
            if worker.name in away:
                killed_at, before = away[worker.name]
                if worker.process != before.process and worker.moves > before.moves:
                    self.back.append(time.monotonic() - killed_at)
                    del away[worker.name]

    def workers(self) -> tuple[Worker, ...]:
        """As the live view shows them."""
        try:
            return read_figures(self._figures).workers
        except (OSError, ValueError):
            return ()


class Nodes:
    """A Ray cluster on this machine: a head node without workers, and nodes with one CPU each.

    Args:
        count: of nodes.
    """

    def __init__(self, count: int) -> None:
        os.environ.update(RAY_VARIABLES)
        head = {"num_cpus": 0, "object_store_memory": 80_000_000, "include_dashboard": False}
        # By name: Ray need not be installed where types are checked.
        self._cluster = import_module("ray.cluster_utils").Cluster(
            initialize_head=True, head_node_args=head
        )
        self.address = str(self._cluster.address)
        self._nodes = [self._new() for _ in range(count)]

    def kill(self, worker: Worker) -> None:
        """Kill the node of a worker, and its processes; another node takes its place."""
        raylet = _parent(worker.process)
        node = next(node for node in self._nodes if _raylet(node) == raylet)
        self._cluster.remove_node(node, allow_graceful=False)
        self._nodes.remove(node)
        self._nodes.append(self._new())

    def close(self) -> None:
        """End the cluster."""
        self._cluster.shutdown()

    def _new(self) -> Any:
        return self._cluster.add_node(num_cpus=1, object_store_memory=80_000_000)


def _raylet(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


def _parent(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])


def _kill_process(worker: Worker) -> None:
    os.kill(worker.process, signal.SIGKILL)


def _campaign(arguments: argparse.Namespace, campaign: WorkerCampaign) -> None:
    campaign.run_undisturbed()
    nodes = None if arguments.local else Nodes(arguments.workers)
    campaign.extra_flags = ["--workers", str(arguments.workers)]
    if nodes is not None:
        campaign.extra_flags += ["--ray-address", nodes.address]
    tally = campaign.tally
    try:
        while tally.kills.total() < arguments.kills and not tally.different:
            name = f"run{tally.runs}"
            if arguments.of == "main":
                campaign.one_run(name, arguments.kills_a_run)
            else:
                of_nodes = arguments.of == "nodes"
                kill = nodes.kill if nodes is not None and of_nodes else _kill_process
                campaign.disturbed_run(name, arguments.kills_a_run, kill)
            print(
                f"{arguments.of}: {tally.kills.total()} kills, {tally.runs} runs, "
                f"{len(tally.different)} different, {len(tally.records)} records differ, "
                f"{tally.asked_again} asked again; rehearsals back after "
                f"{[round(seconds, 1) for seconds in campaign.back]}",
                flush=True,
            )
    finally:
        if nodes is not None:
            nodes.close()


def _report(of: str, tally: Tally, back: list[float]) -> None:
    print(f"{of}: {tally.kills.total()} kills in {tally.runs} runs; {dict(tally.kills)}")
    print(f"different: {len(tally.different)}; records that differ: {len(tally.records)}")
    print("\n".join([*tally.different, *tally.records]))
    print(f"calls asked again although they were in the journal: {tally.asked_again}")
    seconds = sorted(back)
    if seconds:
        middle = seconds[len(seconds) // 2]
        print(
            f"from a kill to the first rehearsed move of the next process: median {middle:.1f} s, "
            f"longest {seconds[-1]:.1f} s ({len(seconds)} measured)"
        )


def main() -> None:
    """Run the campaign and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host", type=Path)
    parser.add_argument("--fork", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--of", choices=("workers", "nodes", "main"), default="workers")
    parser.add_argument("--local", action="store_true", help="a Ray for each run, and no cluster")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--kills-a-run", type=int, default=5)
    parser.add_argument("--latency", default="0.3:0.02:0.0001")
    parser.add_argument("--checkpoint-every", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        campaign = WorkerCampaign(arguments, Path(folder))
        _campaign(arguments, campaign)
        _report(arguments.of, campaign.tally, campaign.back)


if __name__ == "__main__":
    main()

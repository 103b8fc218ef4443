"""Run a few steps of minitown and show which persona is held by which other persona, and why.

    PYTHONHASHSEED=0 python examples/why_held.py [STEPS]

Without STEPS it runs 20. The dependency graph is read at every model call. The graph that is
printed is the one in which most personas are held.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import networkx as nx

import ga_ooo

TOWN = Path(__file__).with_name("minitown")
FORK = "demo_minitown_n25"


class Watcher(ga_ooo.Observer):
    """Reads the dependency graph at every model call."""

    def __init__(self) -> None:
        self.graph = nx.DiGraph()

    def begun(self, start: ga_ooo.StretchStart) -> None:
        self._scheduler = start.scheduler

    def call_started(self, call: object) -> None:
        graph = ga_ooo.dependency_graph(self._scheduler)
        self.graph = max(self.graph, graph, key=nx.DiGraph.number_of_edges)


def watch(storage: Path, steps: int) -> nx.DiGraph:
    """Run, and return the graph in which most personas were held."""
    watcher = Watcher()
    options = ga_ooo.Options(
        # In virtual time, the latencies of the scripted model cost no waiting.
        run=ga_ooo.RunOptions(clock="virtual", checkpoints=False),
        model=ga_ooo.ModelOptions(latency=(0.05, 0.02, 0.0001)),
        files=ga_ooo.FileOptions(storage=storage, temp_storage=storage),
    )
    ga_ooo.run_in_process(
        TOWN, fork=FORK, sim="watched", steps=steps, options=options, observers=[watcher]
    )
    return watcher.graph


def main() -> None:
    """Print the graph, one edge per line."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as storage:
        scenario = TOWN / "environment/frontend_server/storage" / FORK
        shutil.copytree(scenario, Path(storage) / FORK)
        graph = watch(Path(storage), steps)
    for name, state in graph.nodes(data=True):
        print(f"{name}: step {state['step']}, {state['phase']}")
        for _, blocker, hold in graph.out_edges(name, data=True):
            print(f"  held by {blocker} until step {hold['until']} ({hold['hazard']} hazard)")


if __name__ == "__main__":
    main()

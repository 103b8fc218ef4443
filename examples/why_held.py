"""Run a stretch of minitown and show who is held by whom, with the public API.

    PYTHONHASHSEED=0 python examples/why_held.py [STEPS]

Without STEPS it runs 20. The dependency graph is looked at at every model call; the one shown is
that in which most people are held.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from ga_ooo.engine.graph import DiGraph, dependency_graph
from ga_ooo.engine.loop.clock import make_loop
from ga_ooo.host.checkout.locate import locate
from ga_ooo.host.checkout.shipped import data_folder
from ga_ooo.host.run.headless import HeadlessRun, run_headless
from ga_ooo.host.run.run import open_run
from ga_ooo.model.requests import ModelCall
from ga_ooo.observer import Observer, StretchStart
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.plugin import Plugins

FORK = "demo_minitown_n25"


class Watcher(Observer):
    """Looks at the dependency graph at every model call."""

    def __init__(self) -> None:
        self.graph = DiGraph()

    def begun(self, start: StretchStart) -> None:
        self._scheduler = start.scheduler

    def call_started(self, call: ModelCall) -> None:
        graph = dependency_graph(self._scheduler)
        self.graph = max(self.graph, graph, key=DiGraph.number_of_edges)


def watch(storage: Path, steps: int) -> DiGraph:
    """Run, and return the graph of the moment at which most people were held."""
    watcher = Watcher()
    run = open_run(
        Plugins(),
        locate(data_folder("minitown")),
        RunOptions(),
        ModelOptions(latency=(0.05, 0.02, 0.0001)),
        make_loop(virtual=True),
        storage=storage,
        temp_storage=storage,
        observers=[watcher],
    )
    try:
        run_headless(run, HeadlessRun(FORK, "watched", [steps]))
    finally:
        run.close()
    return watcher.graph


def main() -> None:
    """Print the graph, one edge a line."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as storage:
        scenarios = data_folder("minitown") / "environment/frontend_server/storage"
        shutil.copytree(scenarios / FORK, Path(storage) / FORK)
        graph = watch(Path(storage), steps)
    for name, state in graph.nodes(data=True):
        print(f"{name}: step {state['step']}, {state['phase']}")
        for _, blocker, hold in graph.out_edges(name, data=True):
            print(f"  held by {blocker} until step {hold['until']} ({hold['hazard']} hazard)")


if __name__ == "__main__":
    main()

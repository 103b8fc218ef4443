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
from ga_ooo.options import ModelOptions, RunOptions
from ga_ooo.plugin import Plugins

FORK = "demo_minitown_n25"


def watch(storage: Path, steps: int) -> DiGraph:
    """Run, and return the graph of the moment at which most people were held."""
    model = ModelOptions(latency=(0.05, 0.02, 0.0001))
    session = Plugins().open_session(
        locate(data_folder("minitown")),
        RunOptions(),
        model,
        make_loop(virtual=True),
        storage=storage,
        temp_storage=storage,
    )
    graphs = [DiGraph()]

    def look(_: object) -> None:
        assert session.engine is not None
        graph = dependency_graph(session.engine.scheduler)
        graphs[0] = max(graphs[0], graph, key=DiGraph.number_of_edges)

    session.gateway.observer.started.append(look)
    try:
        run_headless(session, HeadlessRun(FORK, "watched", [steps]))
    finally:
        session.close()
    return graphs[0]


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

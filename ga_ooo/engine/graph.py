"""The dependency graph at this moment, as a networkx graph: who is held, by whom, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from ga_ooo.engine.scheduler import Scheduler

if TYPE_CHECKING:
    DiGraph = nx.DiGraph[str]
else:
    DiGraph = nx.DiGraph


def dependency_graph(scheduler: Scheduler) -> DiGraph:
    """Snapshot of the dependencies.

    Nodes are persona names with ``step`` (commit step), ``phase`` (held, running, completed)
    and ``tile`` (index). An edge from a to b says that a is held by b, with ``hazard`` and
    ``until``: the earliest commit step of b at which that can be over. The graph of a live
    engine has no cycle (see :mod:`ga_ooo.engine.hazards`).
    """
    graph = DiGraph()
    names = scheduler.story.names
    for persona, name in enumerate(names):
        graph.add_node(
            name,
            step=scheduler.commit_step(persona),
            phase=scheduler.phase(persona).name.lower(),
            tile=scheduler.tile(persona),
        )
    for persona, hold in scheduler.holds.items():
        graph.add_edge(
            names[persona], names[hold.blocker], hazard=hold.hazard.value, until=hold.until
        )
    return graph


def explain(scheduler: Scheduler, name: str) -> str:
    """Why a persona is where it is, as one line per link of the chain that holds it.

    Raises:
        KeyError: nobody has this name.
    """
    graph = dependency_graph(scheduler)
    node, lines, told = name, [], set[str]()
    while node not in told:
        told.add(node)
        state = graph.nodes[node]
        held = list(graph.out_edges(node, data=True))
        if not held:
            lines.append(f"{node} (step {state['step']}) is {state['phase']}")
            return "\n".join(lines)
        _, blocker, edge = held[0]
        lines.append(
            f"{node} (step {state['step']}, {state['phase']}) is held by {blocker}: "
            f"{edge['hazard']} hazard until step {edge['until']}"
        )
        node = blocker
    # Only in a deadlock, which this text is there to explain.
    return "\n".join([*lines, f"and so on from {node}: a cycle"])


def explain_all(scheduler: Scheduler) -> str:
    """Why everybody is where they are; see :func:`explain`."""
    return "\n".join(explain(scheduler, name) for name in scheduler.story.names)

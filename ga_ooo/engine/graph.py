"""The dependency graph at one moment: who is held, by whom, until which step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from ga_ooo.engine.scheduler import Scheduler

if TYPE_CHECKING:
    DiGraph = nx.DiGraph[str]
else:
    DiGraph = nx.DiGraph


def dependency_graph(scheduler: Scheduler) -> DiGraph:
    """A snapshot of the dependencies.

    Nodes are persona names with ``step`` (commit step), ``phase`` (held, running, completed)
    and ``tile`` (index). An edge from a to b means that a is held by b. It has ``hazard`` (the
    reason) and ``until`` (the earliest commit step of b at which the hold can end). The graph of a
    live engine has no cycle (see :mod:`ga_ooo.engine.hazards`).
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
    """Why a persona does not advance: one line per link of the chain that holds it.

    Raises:
        KeyError: nobody has this name.
    """
    graph = dependency_graph(scheduler)
    node, lines, visited = name, [], set[str]()
    while node not in visited:
        visited.add(node)
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
    # Only in a deadlock, whose error contains this text.
    return "\n".join([*lines, f"and so on from {node}: a cycle"])


def explain_all(scheduler: Scheduler) -> str:
    """Why each persona does not advance; see :func:`explain`."""
    return "\n".join(explain(scheduler, name) for name in scheduler.story.names)

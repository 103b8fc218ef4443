"""The dependency graph, and its explanation in words."""

from __future__ import annotations

import pytest

from ga_ooo.engine.graph import dependency_graph, explain
from ga_ooo.engine.protocol import Completed
from tests.engine.drawing import draw, run_until, start

STREET = draw("............")


def test_graph_of_a_chain() -> None:
    """Cy waits for Bo, Bo for Ada; Ada runs."""
    scheduler = start(STREET, {"Ada": (0, 0), "Bo": (2, 0), "Cy": (4, 0)})
    run_until(scheduler, 5)
    graph = dependency_graph(scheduler)
    assert {name: graph.nodes[name] for name in graph} == {
        "Ada": {"step": 0, "phase": "running", "tile": 0},
        "Bo": {"step": 0, "phase": "held", "tile": 2},
        "Cy": {"step": 0, "phase": "held", "tile": 4},
    }
    assert list(graph.edges(data=True)) == [
        ("Bo", "Ada", {"hazard": "order", "until": 1}),
        ("Cy", "Bo", {"hazard": "order", "until": 1}),
    ]


def test_explain_follows_the_chain() -> None:
    """One line per link, down to the persona that can advance."""
    scheduler = start(STREET, {"Ada": (0, 0), "Bo": (2, 0), "Cy": (4, 0)})
    run_until(scheduler, 5)
    assert explain(scheduler, "Cy").splitlines() == [
        "Cy (step 0, held) is held by Bo: order hazard until step 1",
        "Bo (step 0, held) is held by Ada: order hazard until step 1",
        "Ada (step 0) is running",
    ]
    scheduler.handle(Completed(0, 0))
    assert explain(scheduler, "Ada").splitlines() == [
        "Ada (step 0, completed) is held by Bo: commit hazard until step 1",
        "Bo (step 0) is running",
    ]


def test_explain_nobody() -> None:
    """The name is unknown."""
    with pytest.raises(KeyError):
        explain(start(STREET, {"Ada": (0, 0)}), "Eve")

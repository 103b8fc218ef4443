"""A look at the personas of a run changes nothing, and scores memories as the host does."""

from __future__ import annotations

import asyncio
import copy
from types import SimpleNamespace
from typing import Any

import pytest

from ga_ooo.host.run.own_prompts.live_minds import LiveMinds
from ga_ooo.watch.views.memories import memories, mind, scratch_of


def _node(number: int, kind: str, accessed: int, poignancy: int) -> SimpleNamespace:
    return SimpleNamespace(
        node_id=f"node_{number}",
        node_count=number,
        type=kind,
        created=number,
        expiration=None,
        description=f"memory {number}",
        poignancy=poignancy,
        last_accessed=accessed,
        embedding_key="idle" if number == 9 else f"memory {number}",
    )


def _normalized(values: dict[str, float], low: float, high: float) -> dict[str, float]:
    least, most = min(values.values()), max(values.values())
    return {key: (value - least) / ((most - least) or 1) for key, value in values.items()}


RETRIEVE = SimpleNamespace(
    extract_recency=lambda persona, nodes: {
        node.node_id: persona.scratch.recency_decay**at for at, node in enumerate(nodes, 1)
    },
    extract_importance=lambda persona, nodes: {node.node_id: node.poignancy for node in nodes},
    extract_relevance=lambda persona, nodes, text: {
        node.node_id: float(text in node.description) for node in nodes
    },
    normalize_dict_floats=_normalized,
)


@pytest.fixture
def minds() -> LiveMinds:
    scratch = SimpleNamespace(
        recency_w=1, relevance_w=1, importance_w=1, recency_decay=0.5, curr_time="now"
    )
    scratch.f_daily_schedule = [["reading", 60]]
    memory = SimpleNamespace(
        seq_event=[_node(9, "event", 5, 1), _node(2, "event", 2, 4)],
        seq_thought=[_node(3, "thought", 1, 8)],
        seq_chat=[_node(4, "chat", 3, 2)],
    )
    found = LiveMinds({"persona.cognitive_modules.retrieve": RETRIEVE})
    found.people = {"Ada": SimpleNamespace(scratch=scratch, a_mem=memory)}
    return found


def test_a_look_changes_nothing(minds: LiveMinds) -> None:
    before = copy.deepcopy(minds.people)
    nodes = minds.nodes("Ada")
    assert nodes is not None and list(nodes) == ["node_9", "node_4", "node_3", "node_2"]
    assert mind(scratch_of(minds.scratch("Ada")) or {})["schedule"] == [["reading", 60]]
    scores = asyncio.run(minds.scores("Ada", "memory 2"))
    # By the weights of the original: 0.5 recency, 3 relevance, 2 importance.
    assert scores == {
        "node_3": {"recency": 1.0, "importance": 1.0, "relevance": 0.0, "score": 2.5},
        "node_2": {"recency": 0.0, "importance": 0.0, "relevance": 1.0, "score": 3.0},
    }
    shown = memories(nodes, skip=0, most=9, scores=scores)
    assert [node["node"] for node in shown["nodes"]] == ["node_2", "node_3"]
    assert minds.people == before


def test_hosts_that_retrieve_in_another_way(minds: LiveMinds) -> None:
    minds.modules = {"persona.cognitive_modules.retrieve": SimpleNamespace()}
    with pytest.raises(LookupError, match="another way"):
        asyncio.run(minds.scores("Ada", "mill"))
    none: Any = minds.scratch("nobody")
    assert none is None and minds.nodes("nobody") is None

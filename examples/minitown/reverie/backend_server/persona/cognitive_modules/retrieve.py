"""Remembering: what in memory bears on an event, a person or a question."""
import numpy as np

from persona.prompt_template.gpt_structure import *

# Weights of recency, relevance and importance.
GW = (0.5, 3, 2)


def retrieve(persona, perceived):
    """Of each perceived event: {"curr_event": it, "events": related ones, "thoughts": same}."""
    retrieved = {}
    for event in perceived:
        spo = event.spo_summary()
        retrieved[event.description] = {
            "curr_event": event,
            "events": list(persona.a_mem.retrieve_relevant_events(*spo)),
            "thoughts": list(persona.a_mem.retrieve_relevant_thoughts(*spo)),
        }
    return retrieved


def nodes_by_access(persona):
    """Events and thoughts worth a thought, the longest forgotten first."""
    a_mem = persona.a_mem
    nodes = [node for node in a_mem.seq_event + a_mem.seq_thought
             if "idle" not in node.embedding_key]
    return sorted(nodes, key=lambda node: node.last_accessed)


def _normalized(values):
    """Scaled to 0..1; all one half when they do not differ."""
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else np.full(len(values), 0.5)


def _relevance(persona, nodes, focal_pt):
    """Cosine similarity of each node to the focal point."""
    focal = np.array(get_embedding(focal_pt))
    known = np.array([persona.a_mem.embeddings[node.embedding_key] for node in nodes])
    # Sums along rows rather than a matrix product: the same bits however many rows there are.
    lengths = np.sqrt((known * known).sum(axis=1) * (focal * focal).sum())
    return (known * focal).sum(axis=1) / np.maximum(lengths, 1e-12)


def new_retrieve(persona, focal_points, n_count=30):
    """The best nodes for each focal point, which counts as an access to them."""
    scratch = persona.scratch
    retrieved = {}
    for focal_pt in focal_points:
        nodes = nodes_by_access(persona)
        if not nodes:
            retrieved[focal_pt] = []
            continue
        recency = _normalized(scratch.recency_decay ** np.arange(1, len(nodes) + 1))
        relevance = _normalized(_relevance(persona, nodes, focal_pt))
        importance = _normalized(np.array([float(node.poignancy) for node in nodes]))
        scores = (scratch.recency_w * recency * GW[0] + scratch.relevance_w * relevance * GW[1]
                  + scratch.importance_w * importance * GW[2])
        best = [nodes[i] for i in np.argsort(-scores, kind="stable")[:n_count]]
        for node in best:
            node.last_accessed = scratch.curr_time
        retrieved[focal_pt] = best
    return retrieved

"""The memory of the personas of a run in progress, read in the process of the run.

Everything is read between two instructions of the engine, in its thread, and nothing is changed: a
look at a persona is no part of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ga_ooo.engine.loop.fibers import run_alone

_RETRIEVE: Final = "persona.cognitive_modules.retrieve"
_WEIGHTS: Final = {"recency": 0.5, "relevance": 3, "importance": 2}
"""Of the original's ``new_retrieve``, where each is multiplied by a weight of the persona too."""

_LISTS: Final = ("seq_event", "seq_thought", "seq_chat")
_NODE: Final = ("type", "created", "expiration", "description", "poignancy", "last_accessed")


class LiveMinds:
    """The personas, once the run takes steps.

    Attributes:
        people: the host's personas by name; empty before the first step.
        modules: of the host, by name.
    """

    def __init__(self, modules: Mapping[str, Any]) -> None:
        self.people: Mapping[str, Any] = {}
        self.modules = modules

    def scratch(self, name: str) -> dict[str, Any] | None:
        """The scratch memory of a persona; None if there is no such persona now."""
        persona = self.people.get(name)
        return None if persona is None else dict(vars(persona.scratch))

    def nodes(self, name: str) -> dict[str, dict[str, Any]] | None:
        """The memories of a persona by their ids, the newest first; None as above."""
        persona = self.people.get(name)
        if persona is None:
            return None
        found = [node for each in _LISTS for node in getattr(persona.a_mem, each)]
        found.sort(key=lambda node: node.node_count, reverse=True)
        return {node.node_id: {key: _plain(getattr(node, key)) for key in _NODE} for node in found}

    async def scores(self, name: str, text: str) -> dict[str, dict[str, float]]:
        """How much each memory counts when the host retrieves memories for a text, as in its
        ``new_retrieve``: recency, relevance, importance, and their weighted sum, by id.

        The host's own functions are used. They ask for the embedding of the text.

        Raises:
            LookupError: there is no such persona, or this host retrieves in another way.
            GaOooError: the text has no embedding.
        """
        persona, found = self.people[name], dict[str, dict[str, float]]()
        module = self.modules[_RETRIEVE]
        await run_alone(lambda: found.update(_scores(module, persona, text)))
        return found


def _scores(module: Any, persona: Any, text: str) -> dict[str, dict[str, float]]:
    try:
        parts = {
            "recency": (module.extract_recency, ()),
            "importance": (module.extract_importance, ()),
            "relevance": (module.extract_relevance, (text,)),
        }
        normalized = module.normalize_dict_floats
    except AttributeError as error:
        raise LookupError(f"this host retrieves memories in another way ({error})") from error
    memory, scratch = persona.a_mem, persona.scratch
    nodes = [node for each in _LISTS[:2] for node in getattr(memory, each)]
    nodes = [node for node in nodes if "idle" not in node.embedding_key]
    nodes.sort(key=lambda node: node.last_accessed)
    if not nodes:
        return {}
    by_part = {
        part: normalized(function(persona, nodes, *more), 0, 1)
        for part, (function, more) in parts.items()
    }
    weights = {part: getattr(scratch, f"{part}_w") * own for part, own in _WEIGHTS.items()}
    return {
        node.node_id: {
            **{part: float(values[node.node_id]) for part, values in by_part.items()},
            "score": float(
                sum(weights[part] * values[node.node_id] for part, values in by_part.items())
            ),
        }
        for node in nodes
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else str(value)

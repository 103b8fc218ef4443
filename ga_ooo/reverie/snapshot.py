"""Clean copies of personas, taken before each move and put back when a move has failed.

Copies are incremental, since they are taken 200,000 times a day: memory nodes are shared (the
host never changes one after it was made, but for ``last_accessed``), an associative memory that
has not grown since the last copy is not copied again (it only ever grows: ``add_event`` and its
siblings), and other containers that equal their last copy share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ATOMS = (str, int, float, bool, type(None), tuple, frozenset)


def copy_value(value: Any, memo: dict[int, Any]) -> Any:
    """Copy nested lists, dicts and sets; share everything else. Aliases stay aliases.

    Args:
        memo: containers already copied, by identity of the original.
    """
    if not isinstance(value, (list, dict, set)):
        return value
    known = memo.get(id(value))
    if known is not None:
        return known
    if isinstance(value, list):
        copied: list[Any] = []
        memo[id(value)] = copied
        copied.extend(copy_value(item, memo) for item in value)
        return copied
    if isinstance(value, dict):
        memo[id(value)] = mapping = type(value)()
        for key, item in value.items():
            mapping[key] = copy_value(item, memo)
        return mapping
    memo[id(value)] = items = set(value)
    return items


def _copy_attributes(
    attributes: dict[str, Any], last: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Copy attributes; containers that equal their last copy are shared with it, since comparing
    a day's schedule is ten times cheaper than copying it."""
    memo: dict[int, Any] = {}
    copied: dict[str, Any] = {}
    for name, value in attributes.items():
        if not isinstance(value, (list, dict, set)):
            copied[name] = value
        elif last is not None and value == last.get(name):
            copied[name] = last[name]
        else:
            copied[name] = copy_value(value, memo)
    return copied


def _copy_memory(attributes: dict[str, Any]) -> dict[str, Any]:
    """Copy an associative memory: its containers and theirs, but not nodes nor vectors."""
    copied: dict[str, Any] = {}
    for name, value in attributes.items():
        if isinstance(value, dict):
            copied[name] = {
                key: list(item) if isinstance(item, list) and _holds_nodes(item) else item
                for key, item in value.items()
            }
        else:
            copied[name] = list(value) if isinstance(value, list) else value
    return copied


def _holds_nodes(items: list[Any]) -> bool:
    return bool(items) and not isinstance(items[0], _ATOMS)


def _size(attributes: dict[str, Any]) -> tuple[int, ...]:
    return tuple(len(v) for v in attributes.values() if isinstance(v, (list, dict, set)))


@dataclass(frozen=True, slots=True)
class PersonaCopy:
    """A persona's state at one moment. Never changed; putting it back copies it again.

    Attributes:
        parts: attributes of each part of the persona (``scratch``, ``a_mem``, ``s_mem`` and
            whatever else a fork keeps).
        memory_size: sizes of the containers of the associative memory when it was copied.
        accessed: memory nodes with their ``last_accessed``; empty where nothing can have
            changed it.
    """

    parts: dict[str, dict[str, Any]]
    memory_size: tuple[int, ...]
    accessed: Sequence[tuple[Any, Any]] = ()


def take_copy(persona: Any, last: PersonaCopy | None = None) -> PersonaCopy:
    """Copy a persona.

    Args:
        persona: the host's ``Persona``.
        last: an earlier copy of the same persona; what has not grown since is shared with it.
    """
    parts: dict[str, dict[str, Any]] = {}
    memory_size = _size(vars(persona.a_mem))
    for name, part in vars(persona).items():
        if not hasattr(part, "__dict__"):
            continue
        earlier = last.parts.get(name) if last is not None else None
        if name != "a_mem":
            parts[name] = _copy_attributes(vars(part), earlier)
        elif earlier is not None and last is not None and last.memory_size == memory_size:
            parts[name] = earlier
        else:
            parts[name] = _copy_memory(vars(part))
    return PersonaCopy(parts, memory_size)


def with_accessed(copy: PersonaCopy, persona: Any) -> PersonaCopy:
    """The same copy with the access times of all memory nodes as they are now.

    Only retrieval writes them (``new_retrieve``), after it has asked the model for an embedding;
    so right before a move's first call they are still those of the clean copy, and a move that
    asks nothing need not read them at all.
    """
    nodes: Iterable[Any] = persona.a_mem.id_to_node.values()
    return PersonaCopy(copy.parts, copy.memory_size, [(node, node.last_accessed) for node in nodes])


def put_back(persona: Any, copy: PersonaCopy) -> None:
    """Make the persona what it was. Objects keep their identity, the host holds on to them."""
    for name, attributes in copy.parts.items():
        part = vars(getattr(persona, name))
        part.clear()
        part.update(_copy_memory(attributes) if name == "a_mem" else _copy_attributes(attributes))
    for node, accessed in copy.accessed:
        node.last_accessed = accessed
